import { createHmac } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Tables } from '../../db/tables.ts';

/** Too many attempts are `stopped`, and from the second one on that is `still-stopped`, until they are forgotten. */
export type Admission = 'admitted' | 'stopped' | 'still-stopped';

/** Slows down guessing: by name and address together, by address, and by name. */
export interface SignInLimits {
  /** Counts an attempt. */
  admit(who: { readonly login: string; readonly address: string }): Promise<Admission>;
  /** Forgets the attempts of somebody who succeeded. */
  forget(who: { readonly login: string; readonly address: string }): Promise<void>;
}

const WINDOW_SECONDS = 15 * 60;

/**
 * A person who mistypes has some tries; one address that tries many names, and many addresses that try one name,
 * are slowed down as well. The limit of a name alone is wide, or anybody could keep its owner out.
 */
const TRIES = { pair: 8, address: 60, login: 40 } as const;
type Kind = keyof typeof TRIES;

/**
 * Counts in the database, so that several processes count together.
 *
 * @param key keeps names and addresses out of the table: it has keyed hashes
 */
export function createSignInLimits({ db, key }: { db: Kysely<Tables>; key: Buffer }): SignInLimits {
  const storeClient = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      const { rows, numAffectedRows } = await db.executeQuery(CompiledQuery.raw(text, values));
      return { rows, rowCount: rows.length || Number(numAffectedRows ?? 0) };
    },
  };
  const limiters = Object.fromEntries(
    Object.entries(TRIES).map(([kind, points]) => [
      kind,
      new RateLimiterPostgres({
        storeClient,
        storeType: 'client',
        tableName: 'sign_in_limit',
        tableCreated: true,
        keyPrefix: kind,
        points,
        duration: WINDOW_SECONDS,
        clearExpiredByTimeout: true,
      }),
    ]),
  ) as Record<Kind, RateLimiterPostgres>;
  const keysOf = ({ login, address }: { login: string; address: string }): [Kind, string][] => [
    ['pair', hashed(`${login}\n${address}`)],
    ['address', hashed(address)],
    ['login', hashed(login)],
  ];
  const hashed = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return {
    async admit(who) {
      for (const [kind, of] of keysOf(who)) {
        const admission = await consume(limiters[kind], of);
        if (admission !== 'admitted') return admission;
      }
      return 'admitted';
    },
    async forget(who) {
      // What else the address tried still counts.
      for (const [kind, of] of keysOf(who)) if (kind !== 'address') await limiters[kind].delete(of);
    },
  };
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<Admission> {
  try {
    await limiter.consume(key);
    return 'admitted';
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason;
    return reason.consumedPoints === limiter.points + 1 ? 'stopped' : 'still-stopped';
  }
}
