import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** How late one kind of work was done, against when it was due. Times are in seconds. */
export interface Lateness {
  readonly kind: 'archive' | 'review' | 'decision' | 'deletion' | 'erasure';
  readonly done: number;
  /** How many of them more than an hour late. */
  readonly late: number;
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

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
  const { rows } = await sql<Lateness>`
    with of_project as (
      select * from session where ${projectId}::text is null or project_id = ${projectId}),
    done (kind, due_at, done_at) as (
      select 'archive', archive_due_at, archived_at from of_project
        where archived_at >= ${since} and archive_due_at is not null
      union all
      -- The retention period may have been over before: what is imported old is due when it is archived.
      select 'review', greatest(s.keep_until, s.archived_at), r.opened_at from review r
        join of_project s on s.id = r.session_id
        where r.opened_at >= ${since} and r.round = 1 and s.extended_until is null and s.keep_until <= r.opened_at
      union all
      select 'decision', r.due_at, r.ended_at from review r
        join of_project s on s.id = r.session_id
        where r.ended_at >= ${since} and r.ended in ('silence-delete', 'silence-hold')
      union all
      select 'deletion', r.ended_at, s.deleted_at from of_project s
        join review r on r.session_id = s.id and r.round = s.review_round
        where s.deleted_at >= ${since} and r.ended in ('approve', 'silence-delete') and s.erasure_id is null
      union all
      select 'erasure', target_at, completed_at from erasure
        where completed_at >= ${since} and target_at is not null
          and (${projectId}::text is null or project_id = ${projectId})),
    late as (select kind, greatest(extract(epoch from done_at - due_at), 0)::float as seconds from done)
    select kind, count(*)::int as done, (count(*) filter (where seconds > 3600))::int as late,
      percentile_cont(0.5) within group (order by seconds) as median,
      percentile_cont(0.99) within group (order by seconds) as p99, max(seconds) as worst
    from late group by kind
    order by array_position(array['archive', 'review', 'decision', 'deletion', 'erasure'], kind)`.execute(db);
  return rows;
}
