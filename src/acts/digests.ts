import type { Kysely } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import { noteDigest } from '../db/digests.ts';
import { nextReview } from '../db/reviews.ts';
import type { Tables } from '../db/tables.ts';
import { digestDay, type ReviewTimes } from '../domain/quiet-hours.ts';

/**
 * Queues the digest of a project once its hour has come, once a day; none where nothing waits.
 *
 * @returns whether it did now
 */
export async function queueDigest(
  db: Kysely<Tables>,
  { projectId, times, now }: { projectId: string; times: ReviewTimes; now: Date },
): Promise<boolean> {
  const day = digestDay(now, times);
  if (!day) return false;
  return db.transaction().execute(async (tx) => {
    if (!(await noteDigest(tx, { projectId, day, now }))) return false;
    if (!(await nextReview(tx, projectId))) return false;
    await putDelivery(tx, { projectId, target: 'digest', content: { kind: 'digest', day }, now });
    return true;
  });
}
