import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Work } from '../domain/overview.ts';
import type { Tables } from './tables.ts';

/** How late one kind of work was done, against when it was due. Times are in seconds. */
export interface Lateness {
  readonly kind: Work;
  readonly done: number;
  /** How many of them more than an hour late. */
  readonly late: number;
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

/** Work on sessions; an erasure's is on a person. */
export type SessionWork = Exclude<Work, 'erasure'>;

/**
 * How late work was done since an instant, from the rows it left. What was early counts as on time:
 * - `archive`: recorded, against when it should be complete
 * - `review`: opened, against the end of the retention period (first rounds: later ones follow a hold)
 * - `decision`: lapsed, against the end of the window
 * - `deletion`: finished, against the decision
 * - `erasure`: completed, against its target of 24 hours
 *
 * @param projectId of one project alone; of all where it is left out
 */
export async function readLateness(
  db: Kysely<Tables>,
  since: Date,
  projectId: string | null = null,
): Promise<Lateness[]> {
  const sessions = projectId === null ? sql`session` : ofProject(projectId);
  const onSessions = Object.values(DONE).map((done) => done(since, sessions));
  const { rows } = await sql<Lateness>`
    with done as (
      ${sql.join(onSessions, sql` union all `)}
      union all
      select 'erasure', null, target_at, completed_at from erasure
        where completed_at >= ${since} and target_at is not null
          and (${projectId}::text is null or project_id = ${projectId})),
    late as (select kind, greatest(extract(epoch from done_at - due_at), 0)::float as seconds from done)
    select kind, count(*)::int as done, (count(*) filter (where seconds > ${LATE_S}))::int as late,
      percentile_cont(0.5) within group (order by seconds) as median,
      percentile_cont(0.99) within group (order by seconds) as p99, max(seconds) as worst
    from late group by kind
    order by array_position(array['archive', 'review', 'decision', 'deletion', 'erasure'], kind)`.execute(db);
  return rows;
}

/** One kind of work that was done since an instant; where `lateS` is given, more seconds than that after it was due. */
export interface DoneWork {
  readonly work: SessionWork;
  readonly since: Date;
  readonly lateS?: number | undefined;
}

/** From so much on work counts as late, where nothing was promised; in seconds. */
export const LATE_S = 3600;

/**
 * Work that was done on a project's sessions: `session_id`, `due_at`, `done_at`. How late is part of the text, so that
 * the index of late work is seen to answer.
 */
export function workDone(projectId: string, { work, since, lateS }: DoneWork): RawBuilder<unknown> {
  const late =
    lateS === undefined
      ? sql``
      : sql`where done_at > due_at and done_at - due_at > ${sql.lit(`${lateS} seconds`)}::interval`;
  return sql`select session_id, due_at, done_at from (${DONE[work](since, ofProject(projectId))}) done ${late}`;
}

function ofProject(projectId: string): RawBuilder<unknown> {
  return sql`(select * from session where project_id = ${projectId})`;
}

/** What was done since an instant on some sessions, and when it was due. */
const DONE: Readonly<
  Record<SessionWork, (since: Date, sessions: RawBuilder<unknown>) => RawBuilder<unknown>>
> = {
  archive: (since, sessions) => sql`
    select 'archive' as kind, id as session_id, archive_due_at as due_at, archived_at as done_at from ${sessions} s
    where archived_at >= ${since} and archive_due_at is not null`,
  review: (since, sessions) => sql`
    select 'review' as kind, s.id as session_id, r.opening_due_at as due_at, r.opened_at as done_at
    from review r join ${sessions} s on s.id = r.session_id
    where r.opened_at >= ${since} and r.opening_due_at is not null`,
  decision: (since, sessions) => sql`
    select 'decision' as kind, s.id as session_id, r.due_at, r.ended_at as done_at
    from review r join ${sessions} s on s.id = r.session_id
    where r.ended_at >= ${since} and r.ended in ('silence-delete', 'silence-hold')`,
  deletion: (since, sessions) => sql`
    select 'deletion' as kind, s.id as session_id, r.ended_at as due_at, s.deleted_at as done_at
    from ${sessions} s join review r on r.session_id = s.id and r.round = s.review_round
    where s.deleted_at >= ${since} and r.ended in ('approve', 'silence-delete') and s.erasure_id is null`,
};
