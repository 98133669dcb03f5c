import { sql, type Kysely, type Transaction } from 'kysely';
import { addDuration } from '../domain/durations.ts';
import { ERASURE_DEADLINE, ERASURE_TARGET, type ErasureOrigin } from '../domain/erasure.ts';
import { insertErasure, lockErasure, runningErasure, updateErasure, type Erasure } from './erasures.ts';
import type { Tables } from './tables.ts';

/** An erasure as the ledger outside the database remembers it. */
export interface ErasedBefore {
  readonly id: string;
  readonly number: string;
  readonly project: string;
  readonly pseudonym: string;
  readonly subject: string;
  readonly origin: ErasureOrigin;
  readonly regulation: string;
  readonly receivedAt: string;
  readonly legalDeadlineAt: string;
  readonly confirmedAt: string;
  readonly sessions: readonly string[];
  readonly shares: readonly string[];
}

/** A person's row, as far as it takes to find them again. */
export interface KnownSubject {
  readonly id: string;
  readonly telegramUserId: number;
  readonly createdAt: Date;
}

const PAGE = 5000;

/** Every subject of a project, in the order of their ids. */
export async function* subjectsOf(db: Kysely<Tables>, projectId: string): AsyncIterable<KnownSubject> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<KnownSubject>`
      select id, telegram_user_id as "telegramUserId", created_at as "createdAt" from subject
      where project_id = ${projectId} and id > ${after} order by id limit ${PAGE}`.execute(db);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}

/** What a restored database holds again of an erasure. */
export interface CameBack {
  readonly subjectId: string | null;
  /** Sessions that are the person's alone, and those they share with others. */
  readonly sessions: readonly string[];
  readonly shares: readonly string[];
  /** Whether the database knows that it was confirmed: false where it was restored to before that. */
  readonly known: boolean;
}

/**
 * What is there again of an erasure: not what a ground keeps, nor what is being erased at this moment.
 *
 * @param subject the person's row, if there is one that was there before the erasure
 */
export async function readCameBack(
  db: Kysely<Tables>,
  entry: ErasedBefore,
  subject: KnownSubject | undefined,
): Promise<CameBack> {
  const { rows } = await sql<{ sessionId: string; shared: boolean }>`
    select s.id as "sessionId",
      (select count(*) from participant where session_id = s.id) > 1 as shared
    from participant p join session s on s.id = p.session_id left join erasure e on e.id = p.erasure_id
    where p.subject_id = ${subject?.id ?? entry.subject} and s.phase <> 'deleted'
      and (s.id = any(${entry.sessions}::uuid[]) or s.id = any(${entry.shares}::uuid[])
        or s.opened_at <= ${entry.confirmedAt})
      and not (e.id is not null and e.state = 'confirmed' and p.restricted_ground is null)
      and not (e.id is not null and e.state in ('confirmed', 'restricted') and p.restricted_ground is not null
        and s.id <> all(${[...entry.sessions, ...entry.shares]}::uuid[]))
    order by s.id`.execute(db);
  const { rows: carried } = await sql`
    select from erasure where id = ${entry.id} and state in ('confirmed', 'restricted', 'done')`.execute(db);
  const ids = (shared: boolean) => rows.filter((row) => row.shared === shared).map((row) => row.sessionId);
  return {
    subjectId: subject && (rows.length > 0 || carried.length === 0) ? subject.id : null,
    sessions: ids(false),
    shares: ids(true),
    known: carried.length > 0,
  };
}

/**
 * The erasure that carries it out again: the one that runs, its own row, or that row made anew. Its clock
 * starts now, since the data came back now.
 */
export async function reviveErasure(
  tx: Transaction<Tables>,
  entry: ErasedBefore,
  subjectId: string,
  now: Date,
): Promise<Erasure> {
  const running = await runningErasure(tx, subjectId);
  const own = await tx.selectFrom('erasure').select('id').where('id', '=', entry.id).executeTakeFirst();
  if (!running && !own)
    await insertErasure(tx, {
      id: entry.id,
      number: entry.number,
      project_id: entry.project,
      subject_id: subjectId,
      pseudonym: entry.pseudonym,
      origin: entry.origin,
      state: 'confirmed',
      regulation: entry.regulation,
      received_at: new Date(entry.receivedAt),
      legal_deadline_at: new Date(entry.legalDeadlineAt),
    } as never);
  const erasure = await lockErasure(tx, running?.id ?? entry.id);
  await updateErasure(tx, erasure.id, {
    subject_id: subjectId,
    state: 'confirmed',
    nonce_hash: null,
    confirmed_at: now,
    resumed_at: null,
    target_at: addDuration(now, ERASURE_TARGET, 'UTC'),
    deadline_at: addDuration(now, ERASURE_DEADLINE, 'UTC'),
    alarmed_hours: 0,
    keys_destroyed_at: null,
    removed_at: null,
    verified_at: null,
    receipt_queued_at: null,
  });
  return lockErasure(tx, erasure.id);
}

/** Sessions that were erased once: no hold that a back-up brought back keeps them from going again. */
export async function beginDeletions(
  tx: Transaction<Tables>,
  sessionIds: readonly string[],
  now: Date,
): Promise<void> {
  await sql`
    update session set deletion_began_at = coalesce(deletion_began_at, ${now}), restricted_at = null
    where id = any(${sessionIds}::uuid[]) and phase <> 'deleted'`.execute(tx);
}

/** Every session that is neither deleted nor about to be, page by page in the order of their ids. */
export async function* standingSessions(db: Kysely<Tables>): AsyncIterable<string[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      select id from session where phase <> 'deleted' and deletion_began_at is null and id > ${after}
      order by id limit ${PAGE}`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id }) => id);
    after = last.id;
  }
}

/** The subjects who take part in a session. */
export async function participantsOf(db: Kysely<Tables>, sessionId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('participant')
    .select('subject_id')
    .where('session_id', '=', sessionId)
    .execute();
  return rows.map((row) => row.subject_id);
}

/** How many of these sessions are not deleted yet. */
export async function countStanding(db: Kysely<Tables>, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from session where id = any(${ids}::uuid[]) and phase <> 'deleted'`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** How many of these erasures are not over yet. */
export async function countRunning(db: Kysely<Tables>, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from erasure where id = any(${ids}::uuid[]) and state = 'confirmed'`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** How many of these erasures the database has not carried out, as far as it knows. */
export async function countUnknown(db: Kysely<Tables>, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from unnest(${ids}::uuid[]) as list (id)
    where not exists (select from erasure where erasure.id = list.id
      and state in ('confirmed', 'restricted', 'done'))`.execute(db);
  return rows[0]?.count ?? 0;
}
