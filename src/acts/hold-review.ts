import type { Transaction } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import type { Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';

/**
 * A review that a hold cuts short starts anew, with a full window, once nothing holds the session; the
 * caller holds the session's lock.
 */
export async function interruptReview(
  tx: Transaction<Tables>,
  life: Life,
  act: { actor: Actor; now: Date },
): Promise<void> {
  if (life.phase !== 'review') return;
  const interrupted = await tx
    .updateTable('review')
    .set({ ended: 'interrupted', ended_by: act.actor.id, ended_at: act.now })
    .where('session_id', '=', life.sessionId)
    .where('round', '=', life.round)
    .where((eb) => eb.or([eb('ended', 'is', null), eb('ended', 'in', ['approve', 'silence-delete'])]))
    .executeTakeFirst();
  if (interrupted.numUpdatedRows === 0n) return;
  await putDelivery(tx, {
    projectId: life.projectId,
    sessionId: life.sessionId,
    target: 'supervisors',
    content: { kind: 'review-card', round: life.round },
    now: act.now,
  });
}
