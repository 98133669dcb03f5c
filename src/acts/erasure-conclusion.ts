import type { Transaction } from 'kysely';
import { isOnItsWay } from '../db/deliveries.ts';
import { erasureFacts, lockErasure, restrictedParts, updateErasure, type Erasure } from '../db/erasures.ts';
import { finalFromOf } from '../db/erasure-proof.ts';
import { forgetSubject } from '../db/erasure-subject.ts';
import type { Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { nextErasureStep, type ErasureStep } from '../domain/erasure-steps.ts';
import type { ActDeps } from './deps.ts';
import { recordErasure, showProgress, type ErasureAct } from './erasure-progress.ts';

/** How long the customer's row waits for the receipt to reach them; after that it goes unseen. */
const PATIENCE = 'PT6H';
const ASK_AGAIN_MS = 20_000;

/**
 * Sends the receipt, and once it has arrived (or cannot) removes the last that is known of the person: the
 * row with their Telegram id.
 */
export async function concludeErasure(deps: ActDeps, act: ErasureAct): Promise<ErasureStep> {
  return deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasure(tx, act.erasureId);
    const next = nextErasureStep(erasureFacts(erasure));
    if (next.step !== 'conclude') return next;
    if (!erasure.receipt_queued_at) {
      await updateErasure(tx, erasure.id, { receipt_queued_at: act.now });
      await showProgress(tx, { ...erasure, receipt_queued_at: act.now }, act.now);
      return { ...next, at: act.now.getTime() + ASK_AGAIN_MS };
    }
    if (await stillOnItsWay(tx, erasure, act.now)) return { ...next, at: act.now.getTime() + ASK_AGAIN_MS };
    return conclude(tx, erasure, act);
  });
}

async function stillOnItsWay(tx: Transaction<Tables>, erasure: Erasure, now: Date): Promise<boolean> {
  const until = addDuration(erasure.receipt_queued_at ?? now, PATIENCE, 'UTC');
  const pending = await isOnItsWay(tx, { subjectId: erasure.subject_id, kind: 'erasure' });
  return pending && now < until;
}

async function conclude(tx: Transaction<Tables>, erasure: Erasure, act: ErasureAct): Promise<ErasureStep> {
  const kept = await restrictedParts(tx, erasure.id);
  const state = kept.length > 0 ? ('restricted' as const) : ('done' as const);
  const forgotten = await forgetSubject(tx, erasure);
  await updateErasure(tx, erasure.id, {
    state,
    completed_at: erasure.completed_at ?? act.now,
    // At once, then daily: a ground can end between the marking and here.
    grounds_reviewed_at: null,
  });
  const final = finalFromOf(erasure);
  await recordErasure(tx, erasure, {
    ...act,
    action: 'erasure.completed',
    // Until then the owner of the bucket can bring objects back; nobody can read them.
    ...(final && { reason: `final from ${final.toISOString()}` }),
    counts: { ...erasure.counts, restricted: kept.length, subjects: forgotten ? 1 : 0 },
  });
  return nextErasureStep({ ...erasureFacts(erasure), state, groundsReviewedAt: null });
}
