import type { Kysely, Transaction } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import { noteReminders, unremindedReviews, type RunningReview } from '../db/review-reminders.ts';
import type { Tables } from '../db/tables.ts';
import { REMINDER_HOURS } from '../domain/review-reminders.ts';

/** What is looked at in one go; the rest a moment later. */
const BATCH = 1000;
/** More reminders at once than these would bury each other: the others come as one. */
const MOST_SINGLE = 5;

/**
 * Queues the reminders that are due, each exactly once: a row says that it was queued. Of several that came
 * due while nothing ran, the last alone is sent.
 *
 * @returns of how many reviews somebody is reminded
 */
export async function queueReminders(db: Kysely<Tables>, now: Date): Promise<number> {
  let queued = 0;
  for (const hours of REMINDER_HOURS.toSorted((a, b) => a - b)) {
    queued += await db.transaction().execute(async (tx) => {
      const due = await unremindedReviews(tx, { hours, now, limit: BATCH });
      const mine = await noteReminders(tx, due, { hours, now });
      for (const [projectId, theirs] of Map.groupBy(mine, (review) => review.projectId))
        await queue(tx, projectId, theirs, { hours, now });
      return mine.length;
    });
  }
  return queued;
}

async function queue(
  tx: Transaction<Tables>,
  projectId: string,
  reviews: readonly RunningReview[],
  { hours, now }: { hours: number; now: Date },
): Promise<void> {
  // One without a card has no message to hang a reminder on.
  const single = reviews.filter(({ shown }) => shown).slice(0, MOST_SINGLE);
  for (const { sessionId, round } of single)
    await putDelivery(tx, {
      ...{ projectId, sessionId, now, target: 'supervisors' },
      content: { kind: 'review-reminder', round, hours },
    });
  if (reviews.length > single.length)
    await putDelivery(tx, {
      // A queue of its own: what waits for the morning must not hold up an alarm.
      ...{ projectId, now, target: 'digest' },
      content: { kind: 'reviews-ending', hours },
    });
}
