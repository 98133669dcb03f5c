import { sql, type Kysely } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import type { Policy } from '../domain/policy.ts';
import { holdsOn } from './life.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** How the sessions of one project stand. */
export interface ProjectStatus {
  readonly projectId: string;
  readonly phases: Readonly<Record<Phase, number>>;
  /** Sessions that a hold in force keeps from destruction. */
  readonly held: number;
  /** Closed sessions whose archive should be complete by now. Spam is never archived. */
  readonly lateArchives: number;
  readonly reviewsWaiting: number;
  readonly nearestReviewDueAt: Date | null;
}

/** How the sessions of every project stand at `now`, those of projects without any included. */
export async function projectStatus(db: Kysely<Tables>, now: Date): Promise<ProjectStatus[]> {
  const { rows } = await sql<ProjectStatus>`
    select p.id as "projectId",
      jsonb_build_object(
        'open', count(s.id) filter (where s.phase = 'open'),
        'closed', count(s.id) filter (where s.phase = 'closed'),
        'archived', count(s.id) filter (where s.phase = 'archived'),
        'review', count(s.id) filter (where s.phase = 'review'),
        'deleted', count(s.id) filter (where s.phase = 'deleted')) as phases,
      count(s.id) filter (where s.phase != 'deleted' and exists (select from ${holdsOn('s', now)} h)) as held,
      count(s.id) filter (where s.phase = 'closed' and s.archive_due_at <= ${now} and not exists
        (select from session_tag t where t.session_id = s.id and t.tag = 'spam')) as "lateArchives",
      count(r.due_at) as "reviewsWaiting",
      min(r.due_at) as "nearestReviewDueAt"
    from project p
    left join session s on s.project_id = p.id
    left join review r on r.session_id = s.id and r.round = s.review_round and ${WAITS}
    group by p.id order by p.id`.execute(db);
  return rows;
}

/** How much waits in a queue, and since when. */
export interface QueueStatus {
  readonly waiting: number;
  readonly oldestAt: Date | null;
}

/** What waits to reach the workflows (`outbox`) and Telegram (`deliveries`). */
export async function queueStatus(
  db: Kysely<Tables>,
): Promise<{ outbox: QueueStatus; deliveries: QueueStatus }> {
  const waiting = (row: { waiting: string | number | bigint; oldestAt: Date | null }): QueueStatus => ({
    waiting: Number(row.waiting),
    oldestAt: row.oldestAt,
  });
  const outbox = await db
    .selectFrom('outbox')
    .select((eb) => [eb.fn.countAll().as('waiting'), eb.fn.min('created_at').as('oldestAt')])
    .where('delivered_at', 'is', null)
    .executeTakeFirstOrThrow();
  const deliveries = await db
    .selectFrom('delivery')
    .select((eb) => [eb.fn.countAll().as('waiting'), eb.fn.min('created_at').as('oldestAt')])
    .where('done_at', 'is', null)
    .executeTakeFirstOrThrow();
  return { outbox: waiting(outbox), deliveries: waiting(deliveries) };
}

/** A project with the policy in force. */
export interface ProjectLine {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly language: string;
  readonly policyVersion: number;
  readonly policyAppliedAt: Date;
  readonly policy: Policy;
}

/** Every project with the newest version of its policy. */
export async function listProjectLines(db: Kysely<Tables>): Promise<ProjectLine[]> {
  const { rows } = await sql<ProjectLine>`
    select p.id, p.name, p.time_zone as "timeZone", p.language, newest.version as "policyVersion",
      newest.applied_at as "policyAppliedAt", newest.document as policy
    from project p
    join lateral (select version, applied_at, document from policy where project_id = p.id
      order by version desc limit 1) newest on true
    order by p.id`.execute(db);
  return rows;
}
