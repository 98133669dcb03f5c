import type { Transaction } from 'kysely';
import { lockLife, nextStepOf, type Life } from '../db/life.ts';
import { putDelivery } from '../db/deliveries.ts';
import { mergeTerms } from '../db/search.ts';
import type { CloseReason, Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { AppError, type RefusedAct } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { NextStep } from '../domain/next-step.ts';
import { answerTo, standingOf } from '../domain/phases.ts';
import type { AuditEntry } from '../audit/append.ts';
import type { ActDeps } from './deps.ts';
import { record } from './record.ts';

/** Closes an open session. @throws AppError `phase_conflict` when it is not open. */
export async function closeSession(
  deps: ActDeps,
  act: { sessionId: string; reason: CloseReason; actor: Actor; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    if (answerTo('close', life, act.now) !== 'take') throw phaseConflict('close', life);
    await close(tx, life, { ...act, closedAt: act.now });
    await record(tx, life, {
      actor: act.actor,
      action: 'session.closed',
      reason: act.reason,
      now: act.now,
      event: { kind: 'closed' },
      status: 'closed',
    });
    await tellCustomer(tx, life, 'closed', act.now);
  });
}

/** Sets the columns of closure; the caller holds the lock and records the act. */
export async function close(
  tx: Transaction<Tables>,
  life: Life,
  closure: { reason: CloseReason; closedAt: Date },
): Promise<void> {
  const { policy, timeZone } = life;
  await tx
    .updateTable('session')
    .set({
      phase: 'closed',
      closed_at: closure.closedAt,
      close_reason: closure.reason,
      reopen_until: addDuration(closure.closedAt, policy.reopen, timeZone),
      archive_due_at: addDuration(closure.closedAt, policy.archiveWithin, timeZone),
    })
    .where('id', '=', life.sessionId)
    .execute();
  await mergeTerms(tx, life.sessionId);
}

/** Reopens a session whose window has not passed. @throws AppError `phase_conflict` */
export async function reopenSession(
  deps: ActDeps,
  act: { sessionId: string; actor: Actor; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    if (answerTo('reopen', life, act.now) !== 'take') throw phaseConflict('reopen', life);
    await reopen(tx, life, act.now);
    await record(tx, life, {
      actor: act.actor,
      action: 'session.reopened',
      now: act.now,
      event: { kind: 'reopened' },
      status: 'reopened',
    });
    await tellCustomer(tx, life, 'reopened', act.now);
  });
}

/** Clears the columns of closure; the caller holds the lock and records the act. */
export async function reopen(tx: Transaction<Tables>, life: Life, now: Date): Promise<void> {
  await tx
    .updateTable('session')
    .set({
      phase: 'open',
      closed_at: null,
      close_reason: null,
      reopen_until: null,
      archive_due_at: null,
      last_activity_at: now,
    })
    .where('id', '=', life.sessionId)
    .execute();
}

/**
 * Closes a session that has been idle for as long as its policy says, and says what comes next either
 * way: a message that came in since has moved the date.
 */
export async function closeIfIdle(
  deps: ActDeps,
  act: { sessionId: string; actor: Actor; now: Date; source?: AuditEntry['source'] },
): Promise<NextStep> {
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const next = nextStepOf(life);
    if (next.step !== 'close-if-idle' || next.at === null || next.at > act.now.getTime()) return next;
    await close(tx, life, { reason: 'idle', closedAt: act.now });
    await record(tx, life, {
      actor: act.actor,
      action: 'session.closed',
      reason: 'idle',
      now: act.now,
      status: 'closed',
      ...(act.source && { source: act.source }),
    });
    await tellCustomer(tx, life, 'closed', act.now);
    return nextStepOf(await lockLife(tx, act.sessionId, act.now));
  });
}

/** Queues one of the bot's own texts for the customer of a session, if it has one. */
export async function tellCustomer(
  tx: Transaction<Tables>,
  life: Life,
  key: string,
  now: Date,
): Promise<void> {
  if (!life.subjectId) return;
  await putDelivery(tx, {
    projectId: life.projectId,
    sessionId: life.sessionId,
    subjectId: life.subjectId,
    target: 'customer',
    content: { kind: 'text', key },
    now,
  });
}

/**
 * The refusal of an act that the session's standing does not allow.
 *
 * @param words the act as it stands before "session"
 */
export function phaseConflict(act: RefusedAct, life: Life, words: string = act): AppError {
  const standing = standingOf(life);
  const { deletionBeganAt } = life;
  const isKept = life.restrictedAt !== null && standing !== 'deleting' && standing !== 'deleted';
  const told = isKept ? 'restricted' : standing;
  const refusal = { why: 'standing', act, standing: told, deletionBeganAt } as const;
  if (standing === 'deleting')
    return new AppError(
      'deletion_began',
      `Cannot ${words} session ${life.sessionId}: its deletion began at ${deletionBeganAt?.toISOString() ?? ''} and cannot be stopped.`,
      { refusal },
    );
  if (isKept)
    return new AppError(
      'phase_conflict',
      `Cannot ${words} session ${life.sessionId}: it is kept against an erasure, which removes it once its ground has ended.`,
      { refusal },
    );
  return new AppError(
    'phase_conflict',
    `Cannot ${words} session ${life.sessionId}: it is ${standing}. See where it stands with: retention session show ${life.sessionId}`,
    { refusal },
  );
}
