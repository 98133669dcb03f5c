import { sql, type Insertable, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { RestrictionGround } from '../domain/erasure.ts';
import type { ErasureFacts } from '../domain/erasure-steps.ts';
import type { Jurisdiction } from '../domain/jurisdictions.ts';
import { AppError } from '../domain/errors.ts';
import type { ErasureTable, Tables } from './tables.ts';

export type Erasure = Selectable<ErasureTable>;

/** A request as it is filed: what comes later has no value yet. */
export type NewErasure = Partial<Insertable<ErasureTable>> & Pick<Insertable<ErasureTable>, 'id' | 'number'>;

/** How many sessions one child workflow takes. */
export const ERASURE_BATCH = 100;

/** @throws AppError `not_found` */
export async function readErasure(db: Kysely<Tables>, id: string): Promise<Erasure> {
  return found(id, await db.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirst());
}

/** The same with its row locked: whoever changes an erasure goes through here. @throws AppError `not_found` */
export async function lockErasure(tx: Transaction<Tables>, id: string): Promise<Erasure> {
  return found(
    id,
    await tx.selectFrom('erasure').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst(),
  );
}

function found(id: string, row: Erasure | undefined): Erasure {
  if (!row)
    throw new AppError('not_found', `There is no erasure ${id}. Look it up with: retention erasure list`);
  return row;
}

/** What the next step depends on. */
export function erasureFacts(row: Erasure): ErasureFacts {
  return {
    state: row.state,
    confirmableUntil: row.confirmable_until,
    // What a ground kept has a clock of its own, from the day the ground ended.
    confirmedAt: row.resumed_at ?? row.confirmed_at,
    keysDestroyedAt: row.keys_destroyed_at,
    removedAt: row.removed_at,
    verifiedAt: row.verified_at,
    groundsReviewedAt: row.grounds_reviewed_at,
    alarmedHours: row.alarmed_hours,
  };
}

/** The request of a subject that is under way, if there is one. */
export async function runningErasure(db: Kysely<Tables>, subjectId: string): Promise<Erasure | undefined> {
  return db
    .selectFrom('erasure')
    .selectAll()
    .where('subject_id', '=', subjectId)
    .where('state', 'in', ['requested', 'filed', 'confirmed'])
    .executeTakeFirst();
}

/** Files a request; `false` where one is under way already. */
export async function insertErasure(tx: Transaction<Tables>, row: NewErasure): Promise<boolean> {
  const { rows } = await sql`
    insert into erasure ${sql.raw(columnsOf(row))} values (${sql.join(Object.values(row))})
    on conflict (subject_id) where state in ('requested', 'filed', 'confirmed') do nothing
    returning id`.execute(tx);
  return rows.length > 0;
}

function columnsOf(row: object): string {
  return `(${Object.keys(row).join(', ')})`;
}

/** Changes an erasure's row; the caller holds its lock. */
export async function updateErasure(
  tx: Transaction<Tables>,
  id: string,
  change: Partial<Omit<Erasure, 'id' | 'counts'>> & { counts?: string },
): Promise<void> {
  await tx.updateTable('erasure').set(change).where('id', '=', id).execute();
}

/** One session of a subject, as the marking of an erasure sees it. */
export interface MarkedPart {
  readonly sessionId: string;
  readonly ground: RestrictionGround | null;
  readonly until: Date | null;
  /** Whether others take part in the session, which then goes on without the subject. */
  readonly shared: boolean;
}

/**
 * Marks every part of a subject's sessions in one go: what may go is hidden and out of anybody's reach from
 * this transaction on, what has to stay is restricted.
 */
export async function markParts(
  tx: Transaction<Tables>,
  erasure: { id: string; subjectId: string; now: Date },
  parts: readonly MarkedPart[],
): Promise<void> {
  const { id, subjectId, now } = erasure;
  const going = parts.filter(({ ground }) => ground === null);
  const staying = parts.filter(({ ground }) => ground !== null);
  const { rows } = await sql<{ last: number }>`
    select coalesce(max(erasure_batch), -1) as last from participant where erasure_id = ${id}`.execute(tx);
  const first = (rows[0]?.last ?? -1) + 1;
  await sql`
    update participant set erasure_id = ${id}, restricted_ground = null, restricted_until = null,
      erasure_batch = ${first} + (list.at - 1) / ${ERASURE_BATCH}
    from unnest(${going.map(({ sessionId }) => sessionId)}::uuid[]) with ordinality as list (session_id, at)
    where participant.session_id = list.session_id and subject_id = ${subjectId}`.execute(tx);
  await sql`
    update participant set erasure_id = ${id}, restricted_ground = list.ground, restricted_until = list.until
    from unnest(${staying.map(({ sessionId }) => sessionId)}::uuid[], ${staying.map(({ ground }) => ground)}::text[],
      ${staying.map(({ until }) => until)}::timestamptz[]) as list (session_id, ground, until)
    where participant.session_id = list.session_id and subject_id = ${subjectId}`.execute(tx);
  const whole = (list: readonly MarkedPart[]) =>
    list.filter(({ shared }) => !shared).map(({ sessionId }) => sessionId);
  // From here on the session stands as one whose deletion has begun: every act has its answer to that.
  await sql`
    update session set erasure_id = ${id}, deletion_began_at = coalesce(deletion_began_at, ${now}), restricted_at = null
    where id = any(${whole(going)}::uuid[])`.execute(tx);
  await sql`
    update session set erasure_id = ${id}, restricted_at = coalesce(restricted_at, ${now}),
      -- A message that comes now begins a session of its own.
      reopen_until = least(reopen_until, ${now})
    where id = any(${whole(staying)}::uuid[])`.execute(tx);
}

/** The child workflows of an erasure that have something left to remove. */
export async function openBatches(db: Kysely<Tables>, erasureId: string): Promise<number[]> {
  const { rows } = await sql<{ batch: number }>`
    select distinct erasure_batch as batch from participant
    where erasure_id = ${erasureId} and restricted_ground is null and erasure_batch is not null
    order by batch`.execute(db);
  return rows.map(({ batch }) => batch);
}

/** One part that a child workflow has to remove. */
export interface ErasurePart {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly projectId: string;
  /** Whether the whole session goes. */
  readonly whole: boolean;
}

/** What is left of a batch. */
export async function partsOfBatch(
  db: Kysely<Tables>,
  erasureId: string,
  batch: number,
): Promise<ErasurePart[]> {
  const { rows } = await sql<ErasurePart>`
    select p.session_id as "sessionId", p.subject_id as "subjectId", s.project_id as "projectId",
      coalesce(s.erasure_id = p.erasure_id, false) as whole
    from participant p join session s on s.id = p.session_id
    where p.erasure_id = ${erasureId} and p.erasure_batch = ${batch} and p.restricted_ground is null
    order by p.session_id`.execute(db);
  return rows;
}

/** Every session an erasure has anything to do with and whose key must go. */
export async function partsToDestroy(db: Kysely<Tables>, erasureId: string): Promise<ErasurePart[]> {
  const { rows } = await sql<ErasurePart>`
    select p.session_id as "sessionId", p.subject_id as "subjectId", s.project_id as "projectId",
      coalesce(s.erasure_id = p.erasure_id, false) as whole
    from participant p join session s on s.id = p.session_id
    where p.erasure_id = ${erasureId} and p.restricted_ground is null
    order by p.session_id`.execute(db);
  return rows;
}

/** What a ground keeps for now, per ground. */
export async function restrictedParts(
  db: Kysely<Tables>,
  erasureId: string,
): Promise<{ sessionId: string; ground: RestrictionGround; until: Date | null }[]> {
  const { rows } = await sql<{ sessionId: string; ground: RestrictionGround; until: Date | null }>`
    select session_id as "sessionId", restricted_ground as ground, restricted_until as until
    from participant where erasure_id = ${erasureId} and restricted_ground is not null
    order by restricted_until nulls last, session_id`.execute(db);
  return rows;
}

/** The erasures of a project that are over but for what holds keep. */
export async function erasuresKeptByHolds(db: Kysely<Tables>, projectId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select e.id from erasure e where e.project_id = ${projectId} and e.state = 'restricted'
      and exists (select from participant p where p.erasure_id = e.id and p.restricted_ground = 'hold')`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

/** What a request is dated by: the subject's own jurisdiction, or the project's. */
export interface ErasureSubject {
  readonly id: string;
  readonly jurisdiction: Jurisdiction;
  readonly timeZone: string;
}

/** The subject behind a Telegram id, if the project knows one. */
export async function findErasureSubject(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<ErasureSubject | undefined> {
  const { rows } = await sql<ErasureSubject>`
    select s.id, coalesce(s.jurisdiction, p.jurisdiction) as jurisdiction, p.time_zone as "timeZone"
    from subject s join project p on p.id = s.project_id
    where s.project_id = ${projectId} and s.telegram_user_id = ${telegramUserId}`.execute(db);
  return rows[0];
}

/** The number of the erasure that a session goes with, if it does. */
export async function erasureNumberOf(db: Kysely<Tables>, sessionId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('session')
    .innerJoin('erasure', 'erasure.id', 'session.erasure_id')
    .select('erasure.number')
    .where('session.id', '=', sessionId)
    .executeTakeFirst();
  return row?.number;
}

/** Whether a session, or one person's share of it, is erased again after a restore: its objects went the first time. */
export async function wasErasedBefore(
  db: Kysely<Tables>,
  sessionId: string,
  subjectId?: string,
): Promise<boolean> {
  const { rows } = await sql<{ again: boolean }>`
    select exists (
      select from audit_entry e join participant p on p.erasure_id::text = e.object_id
      where p.session_id = ${sessionId} and (${subjectId ?? null}::uuid is null or p.subject_id = ${subjectId ?? null})
        and e.object_kind = 'erasure' and e.action = 'erasure.repeated') as again`.execute(db);
  return rows[0]?.again ?? false;
}
