import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { VaultDatabase } from './tables.ts';

/** Whom a data key belongs to. Without a session: the subject's own profile key. */
export interface KeyScope {
  readonly sessionId: string | null;
  readonly subjectId: string;
}

export interface WrappedKey extends KeyScope {
  readonly id: string;
  readonly kekId: string;
  readonly wrapped: Buffer;
}

/** Which keys to destroy: all of a session, all of a subject, or those of one subject in one session. */
export type DestroyScope =
  | { readonly sessionId: string; readonly subjectId?: undefined }
  | { readonly subjectId: string; readonly sessionId?: undefined }
  | { readonly sessionId: string; readonly subjectId: string }
  // The key of the subject's own profile, and no session's.
  | { readonly sessionId: null; readonly subjectId: string };

type Db = Kysely<VaultDatabase>;

const wrappedKey = sql`k.id, k.session_id as "sessionId", k.subject_id as "subjectId", k.kek_id as "kekId", k.wrapped`;

/** The wrapped keys that exist for these scopes, in no order. */
export async function findKeysOfScopes(db: Db, scopes: readonly KeyScope[]): Promise<WrappedKey[]> {
  const sessions = scopes.map((scope) => scope.sessionId);
  const subjects = scopes.map((scope) => scope.subjectId);
  // Two joins: "is not distinct from" would keep PostgreSQL from using the unique index.
  const { rows } = await sql<WrappedKey>`
    with wanted as (select * from unnest(${sessions}::uuid[], ${subjects}::uuid[]) as w(session_id, subject_id))
    select ${wrappedKey} from wanted w
      join data_key k on k.session_id = w.session_id and k.subject_id = w.subject_id
    union all
    select ${wrappedKey} from wanted w
      join data_key k on w.session_id is null and k.session_id is null and k.subject_id = w.subject_id`.execute(
    db,
  );
  return rows;
}

/** For each id that is known: its wrapped key, or nothing but the fact that it was destroyed. */
export async function findKeysById(
  db: Db,
  ids: readonly string[],
): Promise<{ keys: WrappedKey[]; destroyed: string[] }> {
  const { rows } = await sql<WrappedKey & { wrapped: Buffer | null }>`
    select ${wrappedKey} from data_key k where k.id = any(${ids}::uuid[])
    union all
    select k.id, k.session_id, k.subject_id, null, null from destroyed_key k where k.id = any(${ids}::uuid[])`.execute(
    db,
  );
  return {
    keys: rows.filter((row) => row.wrapped !== null),
    destroyed: rows.filter((row) => row.wrapped === null).map((row) => row.id),
  };
}

/**
 * Stores new keys and returns the ids that were taken. A scope that another process filled first, or whose
 * key was destroyed, is left as it is.
 */
export async function insertKeys(db: Db, keys: readonly WrappedKey[]): Promise<Set<string>> {
  // Ordered, because two processes that insert the same scopes in different order would deadlock. Profile
  // keys may be made again after a destruction: a person may come back; a deleted session never does.
  const { rows } = await sql<{ id: string }>`
    insert into data_key (id, session_id, subject_id, kek_id, wrapped)
    select n.id, n.session_id, n.subject_id, n.kek_id, n.wrapped
    from unnest(
      ${keys.map((key) => key.id)}::uuid[],
      ${keys.map((key) => key.sessionId)}::uuid[],
      ${keys.map((key) => key.subjectId)}::uuid[],
      ${keys.map((key) => key.kekId)}::text[],
      ${keys.map((key) => key.wrapped)}::bytea[]
    ) as n(id, session_id, subject_id, kek_id, wrapped)
    where not exists (
      select from destroyed_key d where d.session_id = n.session_id and d.subject_id = n.subject_id
    )
    order by n.session_id, n.subject_id
    on conflict do nothing
    returning id`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/** How many of these scopes had a key that is now destroyed. */
export async function countDestroyedScopes(db: Db, scopes: readonly KeyScope[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count
    from unnest(
      ${scopes.map((scope) => scope.sessionId)}::uuid[],
      ${scopes.map((scope) => scope.subjectId)}::uuid[]
    ) as w(session_id, subject_id)
    where exists (
      select from destroyed_key d where d.session_id is not distinct from w.session_id and d.subject_id = w.subject_id
    )`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Deletes the keys and leaves their markers, in one statement. Returns how many went now. */
export async function destroyKeys(db: Db, scope: DestroyScope): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with gone as (
      delete from data_key
      where (${scope.sessionId === undefined} or session_id is not distinct from ${scope.sessionId ?? null}::uuid)
        and (${scope.subjectId ?? null}::uuid is null or subject_id = ${scope.subjectId ?? null}::uuid)
      returning id, session_id, subject_id
    ), marked as (
      insert into destroyed_key (id, session_id, subject_id)
      select id, session_id, subject_id from gone
    )
    select count(*)::int as count from gone`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Which of these sessions had keys, all of which are destroyed. */
export async function findEmptiedSessions(db: Db, sessionIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from unnest(${sessionIds}::uuid[]) as list (id)
    where exists (select from destroyed_key d where d.session_id = list.id)
      and not exists (select from data_key k where k.session_id = list.id)`.execute(db);
  return rows.map(({ id }) => id);
}

export async function countKeysOfSession(db: Db, sessionId: string): Promise<number> {
  const { count } = await db
    .selectFrom('data_key')
    .where('session_id', '=', sessionId)
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Makes the key encryption key known, so that data keys can refer to it. */
export async function registerKek(db: Db, kek: { id: string; provider: string }): Promise<void> {
  await db
    .insertInto('key_encryption_key')
    .values({ id: kek.id, provider: kek.provider, retired_at: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Up to `limit` keys that are wrapped under another key than this one. */
export async function findKeysNotUnder(db: Db, kekId: string, limit: number): Promise<WrappedKey[]> {
  return db
    .selectFrom('data_key')
    .where('kek_id', '<>', kekId)
    .orderBy('id')
    .limit(limit)
    .select(['id', 'session_id as sessionId', 'subject_id as subjectId', 'kek_id as kekId', 'wrapped'])
    .execute();
}

/** Puts the new wrapping in place of the old. Keys that were destroyed meanwhile stay destroyed. */
export async function replaceWrapping(
  db: Db,
  kekId: string,
  keys: readonly { id: string; wrapped: Buffer }[],
): Promise<number> {
  const result = await sql`
    update data_key k set kek_id = ${kekId}, wrapped = n.wrapped
    from unnest(${keys.map((key) => key.id)}::uuid[], ${keys.map((key) => key.wrapped)}::bytea[]) as n(id, wrapped)
    where k.id = n.id`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}

/** Marks every key encryption key that no data key needs any more, but for the current one. */
export async function retireUnusedKeks(db: Db, currentId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update key_encryption_key kek set retired_at = now()
    where kek.id <> ${currentId} and kek.retired_at is null
      and not exists (select from data_key k where k.kek_id = kek.id)
    returning kek.id`.execute(db);
  return rows.map((row) => row.id);
}
