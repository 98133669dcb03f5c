import type { Kysely } from 'kysely';
import { createAccountActs } from '../acts/accounts.ts';
import { hashOf, newToken } from '../console/sign-in/tokens.ts';
import { accountByLogin, hasAdministrator } from '../db/accounts.ts';
import type { Tables } from '../db/tables.ts';
import { consoleUrl } from './console.ts';
import type { Services } from './services.ts';

/**
 * The link by which the first administrator takes up an account; `undefined` once there is one. Each start makes
 * a new link, and the one before ends.
 */
export async function firstSignIn(services: Pick<Services, 'db' | 'config'>): Promise<string | undefined> {
  const { db, config } = services;
  if (await hasAdministrator(db)) return undefined;
  const token = newToken();
  await createAccountActs({ db }).invite({
    login: await freeLogin(db),
    administrator: true,
    tokenHash: hashOf(token),
    actor: { kind: 'system', id: 'start' },
    now: new Date(),
  });
  return new URL(`/enrol/${token}`, consoleUrl(config)).href;
}

/** `admin`, or the first of `admin-2`, `admin-3` … that is nobody else's: an invitation is never taken away. */
async function freeLogin(db: Kysely<Tables>, number = 1): Promise<string> {
  const login = number === 1 ? 'admin' : `admin-${number}`;
  const known = await accountByLogin(db, login);
  const isWaiting = known?.administrator && !known.disabled_at && !known.password_hash && !known.subject;
  return !known || isWaiting ? login : freeLogin(db, number + 1);
}
