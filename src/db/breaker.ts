import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Policy } from '../domain/policy.ts';
import type { Life } from './life.ts';
import type { Tables } from './tables.ts';

/** What the project's archive holds; read from the index on it. */
function archiveOf(projectId: string): RawBuilder<number> {
  return sql`(select count(*)::int from session
    where project_id = ${projectId} and phase in ('archived', 'review'))`;
}

function dayOf(now: Date, timeZone: string): RawBuilder<unknown> {
  return sql`(${now}::timestamptz at time zone ${timeZone})::date`;
}

/** How many deletions a day may begin of an archive of a size. */
function allowance(breaker: Policy['breaker'], archived: RawBuilder<number>): RawBuilder<number> {
  return sql`greatest(${breaker.orFewerThan}::int, floor(${breaker.sharePerDay}::numeric * ${archived})::int)`;
}

/**
 * Marks a session's deletion as begun, and counts it against the day's allowance in the same statement:
 * the archive itself is counted by the first deletion of the day alone. The caller holds the session's
 * lock.
 *
 * Spam is neither counted nor stopped: it was never in the archive that the share is of, and a flood of
 * it must not stop the deletions of everybody else. Erasures do not come here: they have 48 hours.
 *
 * @returns false when the allowance is used up
 */
export async function markBegun(tx: Transaction<Tables>, life: Life, now: Date): Promise<boolean> {
  const { sessionId, projectId, policy, timeZone } = life;
  if (life.phase !== 'review') {
    await tx.updateTable('session').set({ deletion_began_at: now }).where('id', '=', sessionId).execute();
    return true;
  }
  const day = dayOf(now, timeZone);
  const { rows } = await sql`
    with counted as (
      insert into deletion_day as d (project_id, day, archived, began)
      select ${projectId}, ${day}, case
        when exists (select from deletion_day where project_id = ${projectId} and day = ${day}) then 0
        else ${archiveOf(projectId)} end, 1
      on conflict (project_id, day) do update set began = d.began + 1
        where d.began < ${allowance(policy.breaker, sql`d.archived`)}
      returning began)
    update session set deletion_began_at = ${now}
    where id = ${sessionId} and exists (select from counted)
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Pauses a project's deletions. @returns false when they were paused already */
export async function setPaused(tx: Transaction<Tables>, projectId: string, now: Date): Promise<boolean> {
  const paused = await tx
    .updateTable('project')
    .set({ deletions_paused_at: now })
    .where('id', '=', projectId)
    .where('deletions_paused_at', 'is', null)
    .executeTakeFirst();
  return paused.numUpdatedRows > 0n;
}

/**
 * Lets a project's deletions go on, with the day's allowance anew: what compliance has looked at is
 * one allowance, not all that is still to come. The day is locked before the project, as by a deletion
 * that pauses it.
 *
 * @returns false when they were not paused
 */
export async function clearPaused(
  tx: Transaction<Tables>,
  project: { id: string; timeZone: string },
  now: Date,
): Promise<boolean> {
  await sql`
    update deletion_day set began = 0, archived = ${archiveOf(project.id)}
    where project_id = ${project.id} and day = ${dayOf(now, project.timeZone)}`.execute(tx);
  const resumed = await tx
    .updateTable('project')
    .set({ deletions_paused_at: null })
    .where('id', '=', project.id)
    .where('deletions_paused_at', 'is not', null)
    .executeTakeFirst();
  return resumed.numUpdatedRows > 0n;
}

/** The sessions whose deletion is decided and has not begun. */
export async function decidedDeletions(tx: Kysely<Tables>, projectId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from session s join review r on r.session_id = s.id and r.round = s.review_round
    where s.project_id = ${projectId} and s.phase = 'review' and s.deletion_began_at is null
      and r.ended in ('approve', 'silence-delete')`.execute(tx);
  return rows.map(({ id }) => id);
}

/** How a project's breaker stands. */
export interface BreakerStatus {
  readonly projectId: string;
  readonly pausedAt: Date | null;
  /** How many sessions the archive held when the day's first deletion began; now, if none has. */
  readonly archived: number;
  /** How many deletions began today, or since they were last resumed today. */
  readonly began: number;
  /** How many may. */
  readonly allowed: number;
  /** Sessions whose deletion is decided and has not begun. */
  readonly waiting: number;
}

/** How a project's breaker stands; `undefined` where there is no such project. */
export async function readBreaker(
  db: Kysely<Tables>,
  projectId: string,
  now: Date,
): Promise<BreakerStatus | undefined> {
  const project = await db
    .selectFrom('project')
    .innerJoin('policy', 'policy.project_id', 'project.id')
    .select(['time_zone', 'deletions_paused_at', 'document'])
    .where('project.id', '=', projectId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!project) return undefined;
  const { rows } = await sql<{ archived: number; began: number; allowed: number }>`
    select archived, began, ${allowance(project.document.breaker, sql`archived`)} as allowed
    from (select coalesce(max(archived), ${archiveOf(projectId)}) as archived, coalesce(max(began), 0) as began
      from deletion_day where project_id = ${projectId} and day = ${dayOf(now, project.time_zone)}) today`.execute(
    db,
  );
  const { archived = 0, began = 0, allowed = 0 } = rows[0] ?? {};
  const waiting = (await decidedDeletions(db, projectId)).length;
  return { projectId, pausedAt: project.deletions_paused_at, archived, began, allowed, waiting };
}
