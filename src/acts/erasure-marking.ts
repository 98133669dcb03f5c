import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import type { AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { markParts, updateErasure, type Erasure, type MarkedPart } from '../db/erasures.ts';
import { removeTopicShare } from '../db/deleted-messages.ts';
import { removeTopic } from '../db/deletion.ts';
import { lockOutHolds } from '../db/holds.ts';
import { lockLivesOf, type Life } from '../db/life.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { ERASURE_DEADLINE, ERASURE_TARGET, legalGround } from '../domain/erasure.ts';
import type { Actor } from '../domain/events.ts';
import { close } from './lifecycle.ts';

/**
 * Marks all of a subject's sessions in one transaction: what may go is hidden and closed to every act from
 * here on, what a hold or a legal minimum keeps is restricted.
 */
export async function markErasure(
  tx: Transaction<Tables>,
  erasure: Erasure,
  act: { actor: Actor; now: Date; source?: AuditEntry['source'] },
): Promise<void> {
  const { now } = act;
  await updateErasure(tx, erasure.id, {
    state: 'confirmed',
    confirmed_at: now,
    target_at: addDuration(now, ERASURE_TARGET, 'UTC'),
    deadline_at: addDuration(now, ERASURE_DEADLINE, 'UTC'),
    nonce_hash: null,
  });
  const parts = await markLives(tx, erasure, now);
  await appendAuditEntry(tx, {
    at: now,
    actor: act.actor,
    action: 'erasure.confirmed',
    object: { kind: 'erasure', id: erasure.id },
    projectId: erasure.project_id,
    requestId: erasure.number,
    counts: countsOf(parts),
    ...(act.source && { source: act.source }),
  });
  await putEvent(tx, { erasureId: erasure.id, event: 'confirmed', now });
  await putDelivery(tx, {
    projectId: erasure.project_id,
    subjectId: erasure.subject_id,
    target: 'customer',
    content: { kind: 'erasure', erasureId: erasure.id },
    now,
  });
}

/** Marks what there is now; run again when a ground may have ended. */
export async function markLives(
  tx: Transaction<Tables>,
  erasure: Pick<Erasure, 'id' | 'project_id' | 'subject_id'>,
  now: Date,
  which: (life: Life) => boolean = () => true,
): Promise<MarkedPart[]> {
  // A wider hold that is being placed now either comes first, and is seen, or finds the deletion begun.
  await lockOutHolds(tx, erasure.project_id);
  const lives = (await lockLivesOf(tx, erasure.subject_id, now)).filter(which);
  const parts = lives.map((life) => partOf(life, now));
  const staying = new Set(parts.filter(({ ground }) => ground !== null).map(({ sessionId }) => sessionId));
  for (const life of lives.filter(({ participants }) => participants === 1)) {
    // What stays by law is archived like any other session, and waits for no answer any more.
    if (life.phase === 'open') {
      await close(tx, life, { reason: 'erasure', closedAt: now });
      // Its workflow would archive it no sooner than it would have closed it.
      if (staying.has(life.sessionId))
        await putEvent(tx, { sessionId: life.sessionId, event: 'closed', now });
    }
    // The copy that staff see in Telegram goes at once, whatever the archive store does.
    await removeTopic(tx, life, now);
    if (life.phase === 'review')
      await putDelivery(tx, {
        ...{ projectId: life.projectId, sessionId: life.sessionId, target: 'supervisors', now },
        content: { kind: 'review-card', round: life.round },
      });
  }
  for (const life of lives.filter(({ participants }) => participants > 1))
    await removeTopicShare(tx, life, erasure.subject_id, now);
  await markParts(tx, { id: erasure.id, subjectId: erasure.subject_id, now }, parts);
  return parts;
}

function partOf(life: Life, now: Date): MarkedPart {
  const part = { sessionId: life.sessionId, shared: life.participants > 1 };
  // A deletion that has begun goes on, whatever would have kept it before.
  if (life.deletionBeganAt) return { ...part, ground: null, until: null };
  if (life.holdEnds.length > 0) return { ...part, ground: 'hold', until: null };
  const legal = legalGround(life.policy, { ...life, closedAt: life.closedAt ?? now });
  return legal && legal > now
    ? { ...part, ground: 'legal', until: legal }
    : { ...part, ground: null, until: null };
}

function countsOf(parts: readonly MarkedPart[]) {
  const count = (which: (part: MarkedPart) => boolean) => parts.filter(which).length;
  return {
    sessions: count(({ ground }) => ground === null),
    'sessions-on-hold': count(({ ground }) => ground === 'hold'),
    'sessions-kept-by-law': count(({ ground }) => ground === 'legal'),
    'sessions-shared': count(({ shared }) => shared),
  };
}
