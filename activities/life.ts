import { closeIfIdle } from '../src/acts/lifecycle.ts';
import { decideReview, endReview, openReview } from '../src/acts/reviews.ts';
import { appendAuditEntry } from '../src/audit/append.ts';
import { readNextStep } from '../src/db/life.ts';
import { AppError, isRetryable } from '../src/domain/errors.ts';
import type { NextStep } from '../src/domain/next-step.ts';
import type { DecisionPayload } from '../src/domain/review.ts';
import type { ActivityDeps } from './deps.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/** A step of a session's life, at the workflow's own time. */
export interface Step {
  readonly sessionId: string;
  /** Epoch milliseconds by the workflow's clock: an activity never asks the wall clock for a due date. */
  readonly now: number;
}

/** The steps that are one PostgreSQL transaction each. */
export interface LifeActivities {
  readNextStep(step: Step): Promise<NextStep>;
  closeIfIdle(step: Step): Promise<NextStep>;
  openReview(step: Step): Promise<NextStep>;
  endReview(step: Step): Promise<NextStep>;
  takeDecision(step: Step & { decision: DecisionPayload }): Promise<void>;
  recordUnreadableSignal(step: Step & { signal: string }): Promise<void>;
}

export function createLifeActivities(deps: ActivityDeps): LifeActivities {
  const act = ({ sessionId, now }: Step) => ({
    sessionId,
    now: new Date(now),
    actor: workflowActor(),
    source: sourceOfActivity(),
  });
  return {
    readNextStep: (step) => readNextStep(deps.db, step.sessionId, new Date(step.now)),
    closeIfIdle: (step) => closeIfIdle(deps, act(step)),
    openReview: (step) => openReview(deps, act(step)),
    endReview: (step) => endReview(deps, act(step)),
    async takeDecision({ decision, ...step }) {
      const { by, round, until, tag } = decision;
      try {
        await decideReview(deps, {
          ...act(step),
          actor: { kind: 'operator', id: by, role: 'temporal' },
          decision: decision.decision,
          ...(round !== undefined && { round }),
          ...(until !== undefined && { until: new Date(until) }),
          ...(tag !== undefined && { tag }),
          tellWorkflow: false,
        });
      } catch (error) {
        // Nobody waits for an answer to a signal, so a refusal is told to the audit.
        if (!(error instanceof AppError) || isRetryable(error.code)) throw error;
        await recordRefusal(deps, act(step), `decision by ${by}: ${error.code}`);
      }
    },
    async recordUnreadableSignal({ signal, ...step }) {
      await recordRefusal(deps, act(step), `signal ${signal}: payload not understood`);
    },
  };
}

async function recordRefusal(
  deps: ActivityDeps,
  act: { sessionId: string; now: Date; source: ReturnType<typeof sourceOfActivity> },
  reason: string,
): Promise<void> {
  await appendAuditEntry(deps.db, {
    at: act.now,
    actor: workflowActor(),
    action: 'signal.refused',
    object: { kind: 'session', id: act.sessionId },
    projectId: null,
    reason: reason.slice(0, 200),
    source: act.source,
  });
}
