import { lockErasure, restrictedParts, runningErasure, updateErasure } from '../db/erasures.ts';
import { addDuration } from '../domain/durations.ts';
import { ERASURE_DEADLINE, ERASURE_TARGET } from '../domain/erasure.ts';
import type { ActDeps } from './deps.ts';
import { markLives } from './erasure-marking.ts';
import { recordErasure, type ErasureAct } from './erasure-progress.ts';
import { end } from './erasures.ts';

/** A request that nobody confirmed in time ends without an erasure; asking again is always possible. */
export async function expireErasure(deps: ActDeps, act: ErasureAct): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasure(tx, act.erasureId);
    const waiting = erasure.state === 'requested' || erasure.state === 'filed';
    if (!waiting || (erasure.confirmable_until && erasure.confirmable_until > act.now)) return;
    await end(tx, erasure, { ...act, state: 'expired' });
  });
}

/**
 * Looks again at what a hold or a law kept. What nothing keeps any more is erased now, by the same steps as
 * the rest was; once nothing is left the erasure is done.
 */
export async function reviewGrounds(deps: ActDeps, act: ErasureAct): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasure(tx, act.erasureId);
    if (erasure.state !== 'restricted') return;
    // A newer request that waits for its answer takes all there is, or lets this one go on once it is over.
    if (await runningErasure(tx, erasure.subject_id)) {
      await updateErasure(tx, erasure.id, { grounds_reviewed_at: act.now });
      return;
    }
    const restricted = new Set((await restrictedParts(tx, erasure.id)).map(({ sessionId }) => sessionId));
    const parts = await markLives(tx, erasure, act.now, ({ sessionId }) => restricted.has(sessionId));
    const freed = parts.filter(({ ground }) => ground === null).length;
    const again = {
      keys_destroyed_at: null,
      removed_at: null,
      verified_at: null,
      receipt_queued_at: null,
      target_at: addDuration(act.now, ERASURE_TARGET, 'UTC'),
      deadline_at: addDuration(act.now, ERASURE_DEADLINE, 'UTC'),
    };
    await updateErasure(tx, erasure.id, {
      grounds_reviewed_at: act.now,
      ...(freed > 0 && { state: 'confirmed', resumed_at: act.now, alarmed_hours: 0, ...again }),
      ...(parts.length === 0 && { state: 'done' }),
    });
    if (freed > 0)
      await recordErasure(tx, erasure, { ...act, action: 'erasure.resumed', counts: { sessions: freed } });
  });
}
