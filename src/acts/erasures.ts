import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import {
  findErasureSubject,
  lockErasure,
  runningErasure,
  updateErasure,
  type Erasure,
  type ErasureSubject,
} from '../db/erasures.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { CONFIRMATION_WINDOW } from '../domain/erasure.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor, type Actor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';
import { insertRequest, type RequestOutcome } from './erasure-request.ts';
import { markErasure } from './erasure-marking.ts';

/**
 * Files a customer's own request. Nothing happens yet: the button with the one-time word proves that it is
 * them. A second request joins the first and makes its older button worthless.
 *
 * @throws AppError `not_found` when nothing is kept about them
 */
export async function requestErasure(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; now: Date },
): Promise<RequestOutcome> {
  const subject = await findErasureSubject(deps.db, act.projectId, act.telegramUserId);
  if (!subject) throw nothingKept();
  const ask = () => fileOrJoin(deps, subject, act);
  // Of two at the same moment one files it; the other then finds it, and joins.
  return ask().catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'rows_changed') return ask();
    throw error;
  });
}

async function fileOrJoin(
  deps: ActDeps,
  subject: ErasureSubject,
  act: { projectId: string; telegramUserId: number; now: Date },
): Promise<RequestOutcome> {
  return deps.db.transaction().execute(async (tx) => {
    const nonce = randomBytes(16).toString('base64url');
    const running = await runningErasure(tx, subject.id);
    const until = addDuration(act.now, CONFIRMATION_WINDOW, 'UTC');
    const change = { nonce_hash: hashOf(nonce), confirmable_until: until };
    if (running) {
      // It may have been confirmed between reading and locking it.
      const locked = await lockErasure(tx, running.id);
      const waits = locked.state === 'requested' || locked.state === 'filed';
      if (!waits) return { ...outcome(locked), nonce: null, joined: true };
      // What staff filed waits for a second person for longer; their own button needs none.
      const filedUntil = locked.state === 'filed' ? locked.confirmable_until : null;
      const later = filedUntil && filedUntil > until ? filedUntil : until;
      await updateErasure(tx, locked.id, { ...change, confirmable_until: later });
      return { ...outcome(locked), nonce, joined: true };
    }
    const filed = await insertRequest(tx, deps, subject, {
      ...act,
      origin: 'customer',
      actor: customerActor(subject.id),
      change,
    });
    return { ...filed, nonce, joined: false };
  });
}

/**
 * Confirms a request by the one-time word of its button, pressed by the person it is about. From this
 * transaction on nobody sees the person's data any more.
 *
 * @throws AppError `not_allowed` for another person's or an outdated button, `already_decided`
 */
export async function confirmErasure(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; nonce: string; progressMessageId?: number; now: Date },
): Promise<RequestOutcome> {
  const subject = await findErasureSubject(deps.db, act.projectId, act.telegramUserId);
  if (!subject) throw notTheirs();
  return deps.db.transaction().execute(async (tx) => {
    const erasure = await lockRequest(tx, subject.id, act);
    await markErasure(tx, erasure, { actor: customerActor(subject.id), now: act.now });
    if (act.progressMessageId)
      await updateErasure(tx, erasure.id, { progress_message_id: act.progressMessageId });
    return { ...outcome(erasure), state: 'confirmed', nonce: null, joined: false };
  });
}

/** Takes back a request that is not confirmed yet. @throws AppError as for `confirmErasure` */
export async function withdrawErasure(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; nonce: string; now: Date },
): Promise<void> {
  const subject = await findErasureSubject(deps.db, act.projectId, act.telegramUserId);
  if (!subject) throw notTheirs();
  await deps.db.transaction().execute(async (tx) => {
    const erasure = await lockRequest(tx, subject.id, act);
    await end(tx, erasure, { state: 'withdrawn', actor: customerActor(subject.id), now: act.now });
  });
}

/** The request that a button belongs to, if it is this person's and the newest button. */
async function lockRequest(
  tx: Transaction<Tables>,
  subjectId: string,
  act: { nonce: string; now: Date },
): Promise<Erasure> {
  const running = await runningErasure(tx, subjectId);
  if (!running) throw notTheirs();
  const erasure = await lockErasure(tx, running.id);
  if (erasure.state === 'confirmed')
    throw new AppError('already_decided', `Erasure ${erasure.number} is confirmed and under way already.`);
  if (!erasure.nonce_hash?.equals(hashOf(act.nonce))) throw notTheirs();
  if (!erasure.confirmable_until || erasure.confirmable_until <= act.now) throw notTheirs();
  return erasure;
}

/** Ends a request without an erasure. */
export async function end(
  tx: Transaction<Tables>,
  erasure: Erasure,
  act: { state: 'withdrawn' | 'refused' | 'expired'; ground?: string; actor: Actor; now: Date },
): Promise<void> {
  await updateErasure(tx, erasure.id, {
    state: act.state,
    completed_at: act.now,
    nonce_hash: null,
    refusal_ground: act.ground ?? null,
  });
  await appendAuditEntry(tx, {
    at: act.now,
    actor: act.actor,
    action: `erasure.${act.state}`,
    object: { kind: 'erasure', id: erasure.id },
    projectId: erasure.project_id,
    requestId: erasure.number,
    ...(act.ground && { reason: act.ground }),
  });
  await putEvent(tx, { erasureId: erasure.id, event: 'changed', now: act.now });
  if (act.state === 'refused')
    await putDelivery(tx, {
      projectId: erasure.project_id,
      subjectId: erasure.subject_id,
      target: 'customer',
      content: { kind: 'erasure', erasureId: erasure.id },
      now: act.now,
    });
}

function outcome(erasure: Erasure) {
  return { erasureId: erasure.id, number: erasure.number, state: erasure.state };
}

function hashOf(nonce: string): Buffer {
  return createHash('sha256').update(nonce).digest();
}

function nothingKept(): AppError {
  return new AppError('not_found', 'Nothing is kept about this person in this project.');
}

// One answer for all that is wrong with a button: it tells a stranger nothing about anybody.
function notTheirs(): AppError {
  return new AppError(
    'not_allowed',
    'This button is not yours, or no longer valid. Send /deletemydata to get a new one.',
  );
}
