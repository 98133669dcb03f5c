import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { holdsOn } from './life.ts';
import type { Tables } from './tables.ts';

/**
 * What can be overdue:
 * - `archive`: a closed session is not archived when its archive should be complete
 * - `review`: a retention period is over and no review opened
 * - `decision`: a review's window is over and it goes on
 * - `deletion`: decided and not begun
 * - `deleting`: begun and not finished
 * - `erasure`: an erasure stands still, or is past its target
 * - `outbox`: an event did not reach its workflow
 * - `audit`: an audit entry is under no signed head, or a head is not with the anchor
 */
export const OVERDUE_KINDS = [
  'archive',
  'review',
  'decision',
  'deletion',
  'deleting',
  'erasure',
  'outbox',
  'audit',
] as const;
export type OverdueKind = (typeof OVERDUE_KINDS)[number];

/** Something that should have been done more than an hour ago. */
export interface Overdue {
  /** The session, or the erasure. */
  readonly id: string;
  readonly projectId: string;
  readonly dueAt: Date;
}

const HOUR_MS = 3_600_000;

/**
 * All that is overdue of a kind, the oldest first; `audit` belongs to no project, see `overdueAudit`.
 *
 * @param options.evenIfTold also what was nudged and may be about to be done: it is not done yet
 */
export async function overdueOf(
  db: Kysely<Tables>,
  kind: Exclude<OverdueKind, 'audit'>,
  now: Date,
  options: { evenIfTold?: boolean } = {},
): Promise<Overdue[]> {
  const untoldYet = options.evenIfTold ? sql`true` : untold(now);
  const { rows } = await sql<Overdue>`
    select id, project_id as "projectId", due_at as "dueAt" from (${QUERIES[kind](now, anHourBefore(now), untoldYet)}) overdue
    order by due_at, id`.execute(db);
  return rows;
}

function anHourBefore(now: Date): Date {
  return new Date(now.getTime() - HOUR_MS);
}

type Query = (now: Date, before: Date, untold: RawBuilder<unknown>) => RawBuilder<unknown>;

const QUERIES: Record<Exclude<OverdueKind, 'audit'>, Query> = {
  archive: (_now, before, untold) => sql`
    select s.id, s.project_id, s.archive_due_at as due_at from session s
    where s.phase = 'closed' and s.archive_due_at < ${before} and s.deletion_began_at is null
      and not ${isSpam()} and ${untold}`,
  review: (now, before, untold) => sql`
    select s.id, s.project_id, greatest(s.keep_until, s.archived_at) as due_at from session s
    where s.phase = 'archived' and s.keep_until < ${before} and s.archived_at < ${before}
      and ${free(now, before)} and ${untold}
    union all
    -- A hold ended the round; now that nothing holds it any more, the next should be open.
    select s.id, s.project_id, r.ended_at from session s
    join review r on r.session_id = s.id and r.round = s.review_round
    where s.phase = 'review' and r.ended_at < ${before} and r.ended not in ('approve', 'silence-delete')
      and ${free(now, before)} and ${untold}`,
  decision: (now, before, untold) => sql`
    select s.id, s.project_id, r.due_at from review r
    join session s on s.id = r.session_id and s.review_round = r.round
    where r.ended is null and r.due_at < ${before} and s.phase = 'review'
      and ${free(now, before)} and ${untold}`,
  deletion: (now, before, untold) => sql`
    select s.id, s.project_id, r.ended_at as due_at from session s
    join review r on r.session_id = s.id and r.round = s.review_round
    join project p on p.id = s.project_id
    where s.phase = 'review' and r.ended in ('approve', 'silence-delete') and r.ended_at < ${before}
      and p.deletions_paused_at is null and ${free(now, before)} and ${untold}
    union all
    select s.id, s.project_id, spam.due_at from session s
    join project p on p.id = s.project_id
    cross join lateral (
      select (s.closed_at at time zone p.time_zone + (document #>> '{spam,deleteAfter}')::interval)
        at time zone p.time_zone as due_at
      from policy where project_id = s.project_id order by version desc limit 1) spam
    where s.phase = 'closed' and spam.due_at < ${before} and ${isSpam()}
      and ${free(now, before)} and ${untold}`,
  deleting: (_now, before, untold) => sql`
    select s.id, s.project_id, s.deletion_began_at as due_at from session s
    where s.deletion_began_at < ${before} and s.phase <> 'deleted'
      -- Those of an erasure are counted with it.
      and (s.erasure_id is null or s.restricted_at is not null) and ${untold}`,
  erasure: (now, before) => sql`
    select e.id, e.project_id, e.due_at from (
      select id, project_id, case
        when state in ('requested', 'filed') then confirmable_until
        when state = 'restricted' then coalesce(grounds_reviewed_at, completed_at) + interval '1 day'
        when keys_destroyed_at is null then confirmed_at
        else target_at end as due_at
      from erasure where state in ('requested', 'filed', 'confirmed', 'restricted')) e
    where e.due_at < ${before} and e.due_at < ${now}`,
  outbox: (_now, before) => sql`
    select o.stream as id, coalesce(s.project_id, e.project_id) as project_id, min(o.created_at) as due_at
    from outbox o left join session s on s.id = o.session_id left join erasure e on e.id = o.erasure_id
    where o.delivered_at is null and o.created_at < ${before}
    group by o.stream, coalesce(s.project_id, e.project_id)`,
};

function isSpam(): RawBuilder<unknown> {
  return sql`exists (select from session_tag t where t.session_id = s.id and t.tag = 'spam')`;
}

/** Nothing holds it, and nothing did within the hour: its due date was not yet its own. */
function free(now: Date, before: Date): RawBuilder<unknown> {
  return sql`s.deletion_began_at is null and s.restricted_at is null
    and not exists (select from ${holdsOn('s', now)} h)
    and not exists (select from hold h where (h.session_id = s.id or (h.project_id = s.project_id and h.scope <> 'session'))
      and (h.released_at > ${before} or h.ends_at between ${before} and ${now}))`;
}

/** The queue that told all of a large project of a new policy takes its hours, and nobody is late for that. */
const TELLING_MS = 6 * HOUR_MS;

/** No event for it is on its way, unless that has been on its way for too long. */
function untold(now: Date): RawBuilder<unknown> {
  const since = new Date(now.getTime() - TELLING_MS);
  return sql`not exists (select from throttled_event e where e.session_id = s.id and e.created_at > ${since})
    and not exists (select from outbox o where o.stream = s.id and o.delivered_at is null and o.created_at > ${since})`;
}

/**
 * The oldest audit entry that is under no signed head, and the oldest head that the anchor lacks, where
 * they are older than an hour.
 */
export async function overdueAudit(
  db: Kysely<Tables>,
  now: Date,
  withAnchor: boolean,
): Promise<{ count: number; since: Date } | undefined> {
  const { rows } = await sql<{ count: number; since: Date | null }>`
    with signed as (select coalesce(max(size), 0) as size from audit_checkpoint),
      late as (
        select e.at from audit_pending p join audit_entry e on e.seq = p.seq
        union all
        select e.at from audit_leaf l join audit_entry e on e.seq = l.seq, signed
        where l.position >= signed.size
        union all
        select at from audit_checkpoint where ${withAnchor} and anchored_at is null)
    select count(*) as count, min(at) as since from late where at < ${anHourBefore(now)}`.execute(db);
  const { count = 0, since = null } = rows[0] ?? {};
  return since === null ? undefined : { count, since };
}

/** A signal costs a run one of its 10,000, and a workflow that did not hear the first hears no hundredth. */
const NUDGED_AGAIN = '20 hours';

/**
 * Has the workflows of sessions look at their rows, the first of the list first, through the queue that
 * enters the outbox slowly. One that was told less than a day ago is left alone.
 *
 * @returns how many
 */
export async function nudgeSessions(
  tx: Transaction<Tables>,
  overdue: readonly Overdue[],
  now: Date,
): Promise<number> {
  if (overdue.length === 0) return 0;
  const { rows } = await sql`
    insert into throttled_event (session_id, event, project_id, created_at)
    -- The queue goes by this date, so a microsecond each keeps the order of the deadlines.
    select id, 'redated', project_id, ${now}::timestamptz + nth * interval '1 microsecond'
    from unnest(${overdue.map(({ id }) => id)}::uuid[], ${overdue.map(({ projectId }) => projectId)}::text[])
      with ordinality as list (id, project_id, nth)
    where not exists (select from outbox o where o.stream = list.id and o.event = 'redated'
      and o.created_at > ${now}::timestamptz - ${NUDGED_AGAIN}::interval)
    on conflict do nothing returning session_id`.execute(tx);
  return rows.length;
}

/** Runs the work unless another process is at the same. */
export async function unlessWatched<T>(
  db: Kysely<Tables>,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T | undefined> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(hashtext('retention watchdog')) as mine`.execute(tx);
    return rows[0]?.mine ? work(tx) : undefined;
  });
}

/** Which of the erasures were told nothing for a while. */
export async function untoldErasures(
  tx: Transaction<Tables>,
  ids: readonly string[],
  since: Date,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from unnest(${ids}::uuid[]) with ordinality as list (id, nth)
    where not exists (select from outbox o where o.stream = list.id
      and (o.delivered_at is null or o.created_at > ${since}))
    order by nth`.execute(tx);
  return rows.map(({ id }) => id);
}
