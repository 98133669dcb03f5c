import type { Transaction } from 'kysely';
import type { Approval } from '../db/approvals.ts';
import {
  findErasureSubject,
  lockErasure,
  runningErasure,
  updateErasure,
  type Erasure,
  type ErasureSubject,
} from '../db/erasures.ts';
import { lockErasureByNumber, timeZoneOf } from '../db/erasure-report.ts';
import { telegramIdOf } from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import {
  extendedDeadline,
  EXTENSION_GROUNDS,
  isExtensionGround,
  isRefusalGround,
  REFUSAL_GROUNDS,
} from '../domain/erasure-answers.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { requestApproval } from './approval-request.ts';
import type { ActDeps } from './deps.ts';
import { markErasure } from './erasure-marking.ts';
import { recordErasure, showProgress } from './erasure-progress.ts';
import { fileErasure } from './erasure-request.ts';
import { end } from './erasures.ts';

/** Whom a filed request is about. */
export type FiledFor = { readonly telegramUserId: number } | { readonly subjectId: string };

/** What filing a request led to. */
export interface FilingOutcome {
  readonly erasureId: string;
  readonly number: string;
  /** What a second person has to approve. */
  readonly approvalId: string;
}

/**
 * Files a request that a customer made elsewhere, such as by e-mail. Nothing is erased before a second person
 * has approved it. Filing one again whose approval was refused asks for it anew.
 *
 * @param act.proof where the proof of who they are lies: a short reference, never personal data
 * @throws AppError `not_found`, `input_invalid`, `already_decided` when a request of theirs is under way
 */
export async function fileErasureRequest(
  deps: ActDeps,
  act: { projectId: string; whom: FiledFor; proof: string; actor: Actor; now: Date },
): Promise<FilingOutcome> {
  if (!PROOF.test(act.proof))
    throw new AppError(
      'input_invalid',
      'The proof is a reference that the records keep, such as a ticket number: at most 40 letters, digits and . _ # -. Example: TICKET-4711',
    );
  const { subject, telegramUserId } = await personMeant(deps, act);
  return deps.db.transaction().execute(async (tx) => {
    const { erasureId, number } = await waiting(tx, deps, subject, { ...act, telegramUserId });
    const approvalId = await requestApproval(tx, {
      projectId: act.projectId,
      kind: 'erasure',
      objectId: erasureId,
      payload: { erasureId, number },
      reason: act.proof,
      actor: act.actor,
      now: act.now,
    });
    return { erasureId, number, approvalId };
  });
}

const PROOF = /^[A-Za-z0-9._#-]{1,40}$/;

async function personMeant(
  { db }: ActDeps,
  { projectId, whom }: { projectId: string; whom: FiledFor },
): Promise<{ subject: ErasureSubject; telegramUserId: number }> {
  const telegramUserId = 'subjectId' in whom ? await telegramIdOf(db, whom.subjectId) : whom.telegramUserId;
  const subject = telegramUserId && (await findErasureSubject(db, projectId, telegramUserId));
  if (!subject || ('subjectId' in whom && subject.id !== whom.subjectId))
    throw new AppError('not_found', `Nothing is kept about this person in project ${projectId}.`);
  return { subject, telegramUserId };
}

/** The request that waits for its approval: the one that was filed before, or a new one. */
async function waiting(
  tx: Transaction<Tables>,
  deps: ActDeps,
  subject: ErasureSubject,
  act: { projectId: string; telegramUserId: number; proof: string; actor: Actor; now: Date },
): Promise<{ erasureId: string; number: string }> {
  const running = await runningErasure(tx, subject.id);
  if (!running) return fileErasure(tx, deps, subject, { ...act, origin: 'staff' });
  if (running.state !== 'filed')
    throw new AppError(
      'already_decided',
      `Erasure ${running.number} of the same customer is under way. See: retention erasure show ${running.number}`,
    );
  return { erasureId: running.id, number: running.number };
}

/** Confirms a filed request that a second person has approved. @throws AppError `already_decided` */
export async function carryOutErasure(
  tx: Transaction<Tables>,
  approval: Approval,
  act: { actor: Actor; now: Date },
): Promise<void> {
  const { erasureId } = approval.payload as { erasureId: string };
  const erasure = await lockErasure(tx, erasureId);
  if (erasure.state !== 'filed') throw over(erasure);
  await markErasure(tx, erasure, act);
}

/**
 * Refuses a request on a ground from the closed list, which the customer is told.
 *
 * @throws AppError `not_found`, `input_invalid`, `already_decided` once it is confirmed or over
 */
export async function refuseErasure(
  deps: ActDeps,
  act: { number: string; ground: string; actor: Actor; now: Date },
): Promise<Erasure> {
  const { ground, actor, now } = act;
  if (!isRefusalGround(ground)) throw unknownGround(Object.keys(REFUSAL_GROUNDS));
  return deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasureByNumber(tx, act.number);
    if (erasure.state !== 'requested' && erasure.state !== 'filed') throw over(erasure);
    await end(tx, erasure, { state: 'refused', ground, actor, now });
    return lockErasure(tx, erasure.id);
  });
}

/**
 * Moves the legal deadline by as much as the regulation allows, once and before it has passed; the customer is
 * told why. The clock of 48 hours from confirmation stays what it is.
 *
 * @throws AppError `not_found`, `input_invalid` where the regulation knows no extension, `already_decided`
 */
export async function extendErasure(
  deps: ActDeps,
  act: { number: string; ground: string; actor: Actor; now: Date },
): Promise<Erasure> {
  const { ground, actor, now } = act;
  if (!isExtensionGround(ground)) throw unknownGround(Object.keys(EXTENSION_GROUNDS));
  return deps.db.transaction().execute(async (tx) => {
    const erasure = await lockErasureByNumber(tx, act.number);
    const open = ['requested', 'filed', 'confirmed'].includes(erasure.state);
    if (!open) throw over(erasure);
    const deadline = await movedDeadline(tx, erasure, now);
    await updateErasure(tx, erasure.id, {
      legal_deadline_at: deadline,
      extended_at: now,
      extension_ground: ground,
    });
    await recordErasure(tx, erasure, { actor, now, action: 'erasure.extended', reason: ground });
    await showProgress(tx, erasure, now);
    return lockErasure(tx, erasure.id);
  });
}

async function movedDeadline(tx: Transaction<Tables>, erasure: Erasure, now: Date): Promise<Date> {
  const { number, regulation, legal_deadline_at: deadline } = erasure;
  if (erasure.extended_at)
    throw new AppError(
      'already_decided',
      `The legal deadline of ${number} was moved already; it moves once.`,
    );
  if (deadline <= now)
    throw new AppError(
      'already_decided',
      `The legal deadline of ${number} has passed; it could be moved only before. Answer the customer now.`,
    );
  const moved = extendedDeadline(regulation, deadline, await timeZoneOf(tx, erasure.project_id));
  if (moved) return moved;
  throw new AppError(
    'input_invalid',
    `${regulation}, which erasure ${number} is under, lets no deadline be moved. Answer by ${deadline.toISOString()}.`,
  );
}

function unknownGround(grounds: readonly string[]): AppError {
  return new AppError('input_invalid', `Choose one of these grounds: ${grounds.join(', ')}.`);
}

function over({ number, state }: Erasure): AppError {
  return new AppError(
    'already_decided',
    `Erasure ${number} is ${state} already. See: retention erasure show ${number}`,
  );
}
