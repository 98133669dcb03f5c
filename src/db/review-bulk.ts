import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { ReviewEnd } from '../domain/review.ts';
import { holdsOn } from './life.ts';
import type { Tables } from './tables.ts';

/** A round of a review. */
export interface ReviewRound {
  readonly sessionId: string;
  readonly round: number;
}

/** A review that an approval of many at once is about, or that it leaves out. */
export interface BulkReview extends ReviewRound {
  readonly openedAt: Date;
  readonly held: boolean;
  readonly restricted: boolean;
  readonly approvedBy: string | null;
  readonly ended: ReviewEnd | null;
}

/** What is in review by a rule, the most urgent first, with what may stand against its approval. */
export async function readBulk(
  db: Kysely<Tables>,
  { projectId, rule, now }: { projectId: string; rule: string; now: Date },
): Promise<BulkReview[]> {
  const { rows } = await sql<BulkReview>`
    select r.session_id as "sessionId", r.round, s.opened_at as "openedAt",
      exists (select from ${holdsOn('s', now)} h) as held, s.restricted_at is not null as restricted,
      r.approved_by as "approvedBy", r.ended
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where s.project_id = ${projectId} and s.keep_rule = ${rule} and s.phase = 'review'
      and s.deletion_began_at is null and (r.ended is null or r.ended = 'interrupted')
    order by r.due_at, r.session_id`.execute(db);
  return rows;
}

/** What somebody was shown before they approve many at once. */
export interface BulkSummary {
  readonly id: string;
  readonly rule: string;
  readonly rounds: readonly ReviewRound[];
}

/** Keeps what somebody is shown, so that their yes means that and nothing else. @returns its id */
export async function saveBulk(
  db: Kysely<Tables>,
  summary: Omit<BulkSummary, 'id'> & { projectId: string; askedBy: string; now: Date },
): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('review_bulk')
    .values({
      id,
      project_id: summary.projectId,
      rule: summary.rule,
      rounds: JSON.stringify(summary.rounds),
      asked_by: summary.askedBy,
      asked_at: summary.now,
    })
    .execute();
  return id;
}

/** What was shown; `undefined` where the project has none such. */
export async function findBulk(
  db: Kysely<Tables>,
  projectId: string,
  id: string,
): Promise<BulkSummary | undefined> {
  return db
    .selectFrom('review_bulk')
    .select(['id', 'rule', 'rounds'])
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
}

/** Whether the policy in force wants two people for a deletion. */
export async function needsSecondPerson(db: Kysely<Tables>, projectId: string): Promise<boolean> {
  const { rows } = await sql<{ second: boolean | null }>`
    select (document #>> '{review,secondPerson}')::boolean as second from policy
    where project_id = ${projectId} order by version desc limit 1`.execute(db);
  return rows[0]?.second ?? false;
}
