import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Overview } from '../domain/overview.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** Sessions of a project whose time is over in the next 90 days, counted by week and rule. */
export function countDeletionsDue(db: Kysely<Tables>, projectId: string, now: Date) {
  return sql<Overview['deletionsDue'][number]>`
    select to_char(week, 'YYYY-MM-DD') as week, rule, count(*)::int as count
    from (${deletionsDue(projectId, now)}) due group by 1, 2 order by 1, 2`.execute(db);
}

/** The ids of those in the week of an instant, and by one rule where it is given. */
export function dueInWeek(
  projectId: string,
  { week, rule, now }: { week: Date; rule?: string | undefined; now: Date },
): RawBuilder<unknown> {
  return sql`
    select id from (${deletionsDue(projectId, now)}) due
    where week = date_trunc('week', ${week}::timestamptz at time zone 'UTC') and (${rule ?? null}::text is null or rule = ${rule ?? null})`;
}

/** What is overdue counts to the week of now. */
function deletionsDue(projectId: string, now: Date): RawBuilder<unknown> {
  return sql`
    select id, coalesce(keep_rule, 'base') as rule,
      date_trunc('week', greatest(at, ${now}::timestamptz) at time zone 'UTC') as week
    from (
      select id, keep_rule, keep_until as at from session
        where project_id = ${projectId} and phase = 'archived' and restricted_at is null
          and keep_until <= ${now}::timestamptz + interval '90 days'
      union all
      select s.id, s.keep_rule, r.due_at from review r
        join session s on s.id = r.session_id and s.review_round = r.round
        where s.project_id = ${projectId} and ${WAITS}) ending`;
}
