import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A request under a key that its client chose. */
export interface KeyedRequest {
  readonly tokenId: string;
  readonly key: Buffer;
  readonly request: Buffer;
}

/**
 * What is known of a key:
 * - `fresh`: nothing; the request is at work from now on
 * - `busy`: the same request is at work, or its process died with it
 * - `other`: it was used for another request
 * - `done`: the same request was answered
 */
export type KeyState =
  | { readonly state: 'fresh' | 'busy' | 'other' }
  | { readonly state: 'done'; readonly status: number; readonly response: string };

/**
 * Claims a key for a request, or says what is known of it. Nobody can tell whether a process that died did what it
 * was asked before, so its claim stays until keys are forgotten: nothing runs twice under one key.
 */
export async function claimKey(db: Kysely<Tables>, keyed: KeyedRequest, now: Date): Promise<KeyState> {
  const claimed = await db
    .insertInto('idempotency_key')
    .values({
      token_id: keyed.tokenId,
      key_sha256: keyed.key,
      request_sha256: keyed.request,
      status: null,
      response: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['token_id', 'key_sha256']).doNothing())
    .returning('token_id')
    .executeTakeFirst();
  if (claimed) return { state: 'fresh' };
  const row = await own(db, keyed).executeTakeFirst();
  if (!row) return { state: 'busy' };
  if (!row.request_sha256.equals(keyed.request)) return { state: 'other' };
  if (row.status === null) return { state: 'busy' };
  return { state: 'done', status: row.status, response: row.response ?? '' };
}

function own(db: Kysely<Tables>, { tokenId, key }: KeyedRequest) {
  return db
    .selectFrom('idempotency_key')
    .select(['request_sha256', 'status', 'response'])
    .where('token_id', '=', tokenId)
    .where('key_sha256', '=', key);
}

/** Keeps the answer of a request for whoever asks again. */
export async function keepAnswer(
  db: Kysely<Tables>,
  { tokenId, key }: KeyedRequest,
  answer: { status: number; response: string },
): Promise<void> {
  await db
    .updateTable('idempotency_key')
    .set(answer)
    .where('token_id', '=', tokenId)
    .where('key_sha256', '=', key)
    .execute();
}

/** Gives a key free whose request came to nothing. */
export async function freeKey(db: Kysely<Tables>, { tokenId, key }: KeyedRequest): Promise<void> {
  await db
    .deleteFrom('idempotency_key')
    .where('token_id', '=', tokenId)
    .where('key_sha256', '=', key)
    .execute();
}

/** Forgets keys that were first used before an instant. */
export async function forgetKeys(db: Kysely<Tables>, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_key').where('created_at', '<', before).execute();
}
