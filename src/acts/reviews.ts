import type { Transaction } from 'kysely';
import type { AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { lapseRound } from '../db/holds.ts';
import { lockLife, nextStepOf, type Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { NextStep } from '../domain/next-step.ts';
import { answerTo } from '../domain/phases.ts';
import type { ReviewDecision, ReviewEnd } from '../domain/review.ts';
import type { ActDeps } from './deps.ts';
import { insertHold } from './holds.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';
import { waitsForSecond } from './review-second-person.ts';
import { applyTag, parseTag, redecide } from './tags.ts';

interface WorkflowAct {
  sessionId: string;
  actor: Actor;
  now: Date;
  source?: AuditEntry['source'];
}

/** Opens a review round once the retention period is over, and says what comes next either way. */
export async function openReview(deps: ActDeps, act: WorkflowAct): Promise<NextStep> {
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const next = nextStepOf(life);
    if (next.step !== 'open-review' || next.at === null || next.at > act.now.getTime()) return next;
    const openedAt = deps.agreeOnTime?.(act.now, life.databaseNow) ?? act.now;
    const round = life.round + 1;
    const { window, onSilence } = life.policy.review;
    const dueAt = addDuration(openedAt, window, life.timeZone);
    await tx
      .insertInto('review')
      .values({
        session_id: life.sessionId,
        round,
        opened_at: openedAt,
        opening_due_at: openingDue(life),
        due_at: dueAt,
        on_silence: onSilence,
      })
      .execute();
    await tx
      .updateTable('session')
      .set({ phase: 'review', review_round: round })
      .where('id', '=', life.sessionId)
      .execute();
    await record(tx, life, { ...act, action: 'review.opened', counts: { round }, status: 'review' });
    await showCard(tx, life, round, act.now);
    return nextStepOf({ ...life, phase: 'review', round, review: { dueAt, onSilence, ended: null } });
  });
}

/**
 * When a first review should open. The retention period may be over before: what is imported old is due when it is
 * archived. Later ones follow a hold or a decision, and are measured against nothing.
 */
function openingDue({ round, keepUntil, archivedAt, extendedUntil }: Life): Date | null {
  if (round > 0 || extendedUntil || !keepUntil) return null;
  return new Date(Math.max(keepUntil.getTime(), archivedAt?.getTime() ?? 0));
}

/** Ends a review that nobody decided in its window, as its policy says. */
export async function endReview(deps: ActDeps, act: WorkflowAct): Promise<NextStep> {
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const next = nextStepOf(life);
    if (next.step !== 'end-review' || next.at === null || next.at > act.now.getTime()) return next;
    deps.agreeOnTime?.(act.now, life.databaseNow);
    // What the card promised when the round opened, whatever the policy says by now.
    const onSilence = life.review?.onSilence ?? 'hold';
    const ended = onSilence === 'delete' ? 'silence-delete' : 'silence-hold';
    const lapsed = await lapseRound(tx, life, { ended, by: act.actor.id, now: act.now });
    if (lapsed !== ended) return nextStepOf(await lockLife(tx, act.sessionId, act.now));
    if (onSilence === 'hold')
      await insertHold(tx, life, { ...act, reason: 'no decision in the review window' });
    await record(tx, life, { ...act, action: 'review.lapsed', reason: onSilence, status: 'lapsed' });
    await showCard(tx, life, life.round, act.now);
    return nextStepOf(await lockLife(tx, act.sessionId, act.now));
  });
}

/** A decision as a supervisor gives it. */
export interface DecisionAct {
  readonly sessionId: string;
  readonly decision: ReviewDecision;
  /** Which round it answers; absent means the running one. */
  readonly round?: number;
  /** For `extend`. */
  readonly until?: Date;
  /** For `relabel`. */
  readonly tag?: string;
  /** For `hold`. */
  readonly reason?: string;
  readonly actor: Actor;
  readonly now: Date;
  readonly source?: AuditEntry['source'];
  /** False where the workflow itself carries a decision that came to it as a signal. */
  readonly tellWorkflow?: boolean;
}

/**
 * Records a supervisor's decision. The review's row decides: of two people deciding at once, one is
 * recorded and the other learns who was first.
 *
 * @returns `approved-once` where the policy asks for a second person, and the review goes on
 * @throws AppError `already_decided`, `wrong_round`, `phase_conflict`, `input_invalid`, `not_allowed`
 */
export async function decideReview(deps: ActDeps, act: DecisionAct): Promise<'decided' | 'approved-once'> {
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    await refuseLateDecision(tx, life, act);
    if (act.decision === 'approve' && (await waitsForSecond(tx, life, act))) {
      await record(tx, life, {
        ...{ actor: act.actor, now: act.now, action: 'review.approved-once', counts: { round: life.round } },
        ...(act.source && { source: act.source }),
      });
      await showCard(tx, life, life.round, act.now);
      return 'approved-once';
    }
    await carryOut(tx, life, act);
    await record(tx, life, {
      actor: act.actor,
      action: `review.${act.decision}`,
      counts: { round: life.round },
      now: act.now,
      status: 'decided',
      ...(act.source && { source: act.source }),
      ...(act.tellWorkflow !== false && {
        event: {
          kind: 'decided' as const,
          payload: { decision: act.decision, by: act.actor.id, round: life.round },
        },
      }),
    });
    await showCard(tx, life, life.round, act.now);
    return 'decided';
  });
}

async function refuseLateDecision(tx: Transaction<Tables>, life: Life, act: DecisionAct) {
  const round = act.round ?? life.round;
  const row = await tx
    .selectFrom('review')
    .select(['ended', 'ended_by', 'ended_at'])
    .where('session_id', '=', life.sessionId)
    .where('round', '=', round)
    .executeTakeFirst();
  if (row?.ended && row.ended !== 'interrupted')
    throw new AppError(
      'already_decided',
      `Round ${round} of the review of session ${life.sessionId} was already decided: ${row.ended} by ${row.ended_by ?? ''} at ${row.ended_at?.toISOString() ?? ''}.`,
    );
  // It goes by itself once its ground has ended: nobody decides on it before, and no new round follows.
  if (life.restrictedAt !== null) throw phaseConflict('decide', life, 'decide on');
  // A wider hold may be placed in the moment in which a round opens, and leave it running.
  if (row?.ended === 'interrupted' || (row?.ended === null && life.holdEnds.length > 0))
    throw new AppError(
      'held',
      `A hold cut round ${round} of the review of session ${life.sessionId} short. Once it is released, a new round begins.`,
    );
  if (answerTo('decide', life, act.now) !== 'take') throw phaseConflict('decide', life, 'decide on');
  if (round !== life.round)
    throw new AppError(
      'wrong_round',
      `Session ${life.sessionId} is in review round ${life.round}, not ${round}. Open its newest card.`,
    );
}

async function carryOut(tx: Transaction<Tables>, life: Life, act: DecisionAct): Promise<void> {
  switch (act.decision) {
    case 'approve':
      return endRound(tx, life, 'approve', act);
    case 'hold':
      await endRound(tx, life, 'hold', act);
      await insertHold(tx, life, { ...act, reason: act.reason ?? 'held in review' });
      return;
    case 'extend':
      return extend(tx, life, act);
    case 'relabel':
      return relabel(tx, life, act);
  }
}

async function extend(tx: Transaction<Tables>, life: Life, act: DecisionAct) {
  if (!act.until || act.until <= act.now)
    throw new AppError(
      'input_invalid',
      `To extend session ${life.sessionId}, name a date that lies ahead. Example: --until 2030-01-31`,
    );
  await endRound(tx, life, 'extend', act);
  await tx
    .updateTable('session')
    .set({ phase: 'archived', keep_until: act.until, keep_rule: 'extension', extended_until: act.until })
    .where('id', '=', life.sessionId)
    .execute();
}

async function relabel(tx: Transaction<Tables>, life: Life, act: DecisionAct) {
  const tag = parseTag(act.tag ?? '');
  await applyTag(tx, life, { tag, change: 'add', actor: act.actor, now: act.now });
  const keepUntil = await redecide(tx, await lockLife(tx, life.sessionId, act.now), act);
  if (!keepUntil || keepUntil <= act.now)
    throw new AppError(
      'input_invalid',
      `The tag ${tag} does not keep session ${life.sessionId} any longer: no rule of its policy extends it. Extend it to a date, or hold it.`,
      { refusal: 'tag-keeps-no-longer' },
    );
}

async function endRound(
  tx: Transaction<Tables>,
  life: Life,
  ended: ReviewEnd,
  act: { actor: Actor; now: Date },
): Promise<void> {
  await tx
    .updateTable('review')
    .set({ ended, ended_by: act.actor.id, ended_at: act.now })
    .where('session_id', '=', life.sessionId)
    .where('round', '=', life.round)
    .execute();
}

async function showCard(tx: Transaction<Tables>, life: Life, round: number, now: Date) {
  await putDelivery(tx, {
    projectId: life.projectId,
    sessionId: life.sessionId,
    target: 'supervisors',
    content: { kind: 'review-card', round },
    now,
  });
}
