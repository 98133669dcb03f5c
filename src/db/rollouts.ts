import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { RolloutTable } from './policy-tables.ts';
import type { Tables } from './tables.ts';

/** A version of a policy on its way to the sessions of the archive. */
export type Rollout = Selectable<RolloutTable>;

/** Begins to bring a version to the sessions; what an older one has not reached, this one does. */
export async function startRollout(
  tx: Transaction<Tables>,
  { projectId, version, now }: { projectId: string; version: number; now: Date },
): Promise<void> {
  await sql`
    update rollout set phase = 'superseded', finished_at = ${now}
    where project_id = ${projectId} and finished_at is null`.execute(tx);
  await sql`
    insert into rollout (project_id, version, phase, sessions, started_at)
    select ${projectId}, ${version}, 'deciding', count(*), ${now} from session
    where project_id = ${projectId} and phase in ('archived', 'review')`.execute(tx);
}

/** The rollouts of a project, newest first. */
export async function rolloutsOf(db: Kysely<Tables>, projectId: string): Promise<Rollout[]> {
  return db
    .selectFrom('rollout')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('version', 'desc')
    .execute();
}

/** How many workflows of a project still have to be told of a new date. */
export async function waitingToBeTold(db: Kysely<Tables>, projectId: string): Promise<number> {
  const { waiting } = await db
    .selectFrom('throttled_event')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('project_id', '=', projectId)
    .where('event', '=', 'redated')
    .executeTakeFirstOrThrow();
  return waiting;
}

/** Locks the oldest rollout that still decides and that no other process works on. */
export async function lockDeciding(tx: Transaction<Tables>): Promise<Rollout | undefined> {
  return tx
    .selectFrom('rollout')
    .selectAll()
    .where('phase', '=', 'deciding')
    .orderBy('started_at')
    .orderBy('project_id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/** Locks the next sessions of the archive that a version has not decided yet; a deletion is left alone. */
export async function lockUndecided(
  tx: Transaction<Tables>,
  next: { projectId: string; version: number; after: string | null; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session
    where project_id = ${next.projectId} and phase in ('archived', 'review') and deletion_began_at is null
      and id > ${next.after ?? '00000000-0000-0000-0000-000000000000'}
      and policy_version is distinct from ${next.version}
    order by id limit ${next.limit} for update`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Waits for archives that are being recorded: they may have read the policy before it changed, and are
 * visible to whoever looks after this.
 */
export async function awaitRecording(tx: Transaction<Tables>, projectId: string): Promise<void> {
  await sql`
    select id from session
    where project_id = ${projectId} and phase = 'closed' and archive_began_at is not null
    order by id for update`.execute(tx);
}

/** What was decided anew for one session. */
export interface NewDate {
  readonly sessionId: string;
  readonly keepUntil: Date;
  readonly rule: string;
  readonly round: number;
  readonly outOfReview: boolean;
  readonly endsRound: boolean;
}

/** Writes the new dates of sessions that the caller has locked. */
export async function writeDates(
  tx: Transaction<Tables>,
  dates: readonly NewDate[],
  by: { version: number; actorId: string; now: Date },
): Promise<void> {
  await sql`
    update session s set keep_until = d.keep_until, keep_rule = d.rule, policy_version = ${by.version},
      phase = case when d.out_of_review then 'archived' else s.phase end
    from unnest(
      ${dates.map((one) => one.sessionId)}::uuid[], ${dates.map((one) => one.keepUntil)}::timestamptz[],
      ${dates.map((one) => one.rule)}::text[], ${dates.map((one) => one.outOfReview)}::boolean[])
      as d (id, keep_until, rule, out_of_review)
    where s.id = d.id`.execute(tx);
  const ended = dates.filter(({ endsRound }) => endsRound);
  if (ended.length === 0) return;
  await sql`
    update review r set ended = 'relabel', ended_by = ${by.actorId}, ended_at = ${by.now}
    from unnest(${ended.map((one) => one.sessionId)}::uuid[], ${ended.map((one) => one.round)}::int[])
      as d (id, round)
    where r.session_id = d.id and r.round = d.round`.execute(tx);
}

/** Notes how far a rollout has come. */
export async function markProgress(
  tx: Transaction<Tables>,
  rollout: Pick<Rollout, 'project_id' | 'version'>,
  progress: { cursor: string | null; decided: number; earlier: number; later: number },
): Promise<void> {
  await sql`
    update rollout set cursor = ${progress.cursor}, decided = decided + ${progress.decided},
      earlier = earlier + ${progress.earlier}, later = later + ${progress.later}
    where project_id = ${rollout.project_id} and version = ${rollout.version}`.execute(tx);
}

/** Every session has its date: what is left is to tell those workflows that have to know. */
export async function markDecidedAll(
  tx: Transaction<Tables>,
  rollout: Pick<Rollout, 'project_id' | 'version'>,
): Promise<void> {
  await tx
    .updateTable('rollout')
    .set({ phase: 'telling' })
    .where('project_id', '=', rollout.project_id)
    .where('version', '=', rollout.version)
    .execute();
}

/** Ends the rollouts whose workflows have all been told. */
export async function finishTold(tx: Transaction<Tables>, now: Date): Promise<Rollout[]> {
  const { rows } = await sql<Rollout>`
    update rollout set phase = 'done', finished_at = ${now}
    where phase = 'telling' and not exists (
      select from throttled_event t where t.project_id = rollout.project_id and t.event = 'redated')
    returning *`.execute(tx);
  return rows;
}
