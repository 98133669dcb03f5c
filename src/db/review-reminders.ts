import { sql, type Kysely, type Transaction } from 'kysely';
import { OPEN_FOR_HOURS } from '../domain/review-reminders.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** A running review, of which its supervisors may have to be reminded. */
export interface RunningReview {
  readonly sessionId: string;
  readonly projectId: string;
  readonly round: number;
  readonly openedAt: Date;
  readonly dueAt: Date;
  /** Whether a card in Telegram shows it. */
  readonly shown: boolean;
}

/**
 * Running reviews whose window ends within a number of hours and of which nobody was reminded since it began to,
 * the most urgent first.
 */
export async function unremindedReviews(
  db: Kysely<Tables>,
  { hours, now, limit }: { hours: number; now: Date; limit: number },
): Promise<RunningReview[]> {
  const { rows } = await sql<RunningReview>`
    select r.session_id as "sessionId", s.project_id as "projectId", r.round, r.opened_at as "openedAt",
      r.due_at as "dueAt",
      exists (select from review_card c where c.session_id = r.session_id and c.round = r.round) as shown
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where ${WAITS} and r.due_at > ${now}
      and r.due_at <= ${now}::timestamptz + ${hours} * interval '1 hour'
      and r.opened_at < r.due_at - ${hours + OPEN_FOR_HOURS} * interval '1 hour'
      and not exists (select from review_reminder m
        where m.session_id = r.session_id and m.round = r.round and m.hours <= ${hours})
    order by r.due_at, r.session_id limit ${limit}`.execute(db);
  return rows;
}

/** Notes that supervisors are reminded. @returns those of the reviews that nobody else noted meanwhile */
export async function noteReminders(
  tx: Transaction<Tables>,
  reviews: readonly RunningReview[],
  { hours, now }: { hours: number; now: Date },
): Promise<RunningReview[]> {
  if (reviews.length === 0) return [];
  const noted = await tx
    .insertInto('review_reminder')
    .values(reviews.map(({ sessionId, round }) => ({ session_id: sessionId, round, hours, queued_at: now })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('session_id')
    .execute();
  const ids = new Set(noted.map((row) => row.session_id));
  return reviews.filter(({ sessionId }) => ids.has(sessionId));
}
