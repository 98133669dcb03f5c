import { addDuration } from './durations.ts';
import type { Phase } from './phases.ts';
import type { Policy } from './policy.ts';
import type { ReviewEnd } from './review.ts';

/** What a session's workflow does next, and when. `wait` has no date: only a person can end it. */
export interface NextStep {
  readonly phase: Phase;
  readonly step: 'close-if-idle' | 'archive' | 'open-review' | 'end-review' | 'delete' | 'wait' | 'end';
  /** Epoch milliseconds; `null` waits for news alone. */
  readonly at: number | null;
  readonly held: boolean;
  readonly round: number;
  /** It waits because the breaker paused the project's deletions. */
  readonly paused?: true;
  /** It waits because an erasure left it restricted. */
  readonly restricted?: true;
  /** Its life ended because its customer asked for it. */
  readonly erased?: true;
}

/** The rows that decide what comes next. */
export interface LifeFacts {
  readonly phase: Phase;
  readonly lastActivityAt: Date;
  readonly closedAt: Date | null;
  readonly reopenUntil: Date | null;
  readonly keepUntil: Date | null;
  readonly deletionBeganAt: Date | null;
  readonly spam: boolean;
  /** Whether an erasure left it restricted: the erasure ends it once its ground has ended, not a review. */
  readonly restrictedAt: Date | null;
  /** Whether an erasure took the whole session. */
  readonly erased: boolean;
  /** When the breaker paused the deletions of the project, if it did. */
  readonly deletionsPausedAt: Date | null;
  /** Ends of the holds in force; `null` is a hold without an end. */
  readonly holdEnds: readonly (Date | null)[];
  readonly round: number;
  /** The latest review round; `ended` says how it ended, `null` while it runs. */
  readonly review: {
    readonly dueAt: Date;
    readonly onSilence: 'delete' | 'hold';
    readonly ended: ReviewEnd | null;
  } | null;
}

/**
 * What happens next to a session, and when, as its rows say. The workflow sleeps until then; the step
 * itself asks the rows again, so that a wrong wake-up does nothing.
 */
export function nextStep(facts: LifeFacts, policy: Policy, timeZone: string): NextStep {
  const held = facts.holdEnds.length > 0;
  const common = { phase: facts.phase, held, round: facts.round };
  if (facts.phase === 'deleted')
    return { ...common, step: 'end', at: null, ...(facts.erased && { erased: true as const }) };
  if (facts.deletionBeganAt) return { ...common, step: 'delete', at: 0 };
  if (facts.restrictedAt && (facts.phase === 'archived' || facts.phase === 'review'))
    return { ...common, step: 'wait', at: null, ...(!held && { restricted: true as const }) };
  switch (facts.phase) {
    case 'open':
      return { ...common, step: 'close-if-idle', at: after(facts.lastActivityAt, policy.idle, timeZone) };
    case 'closed':
      return facts.spam
        ? unlessHeld(facts, {
            ...common,
            step: 'delete',
            at: after(facts.closedAt, policy.spam.deleteAfter, timeZone),
          })
        : { ...common, step: 'archive', at: facts.reopenUntil?.getTime() ?? 0 };
    case 'archived':
      return unlessHeld(facts, { ...common, step: 'open-review', at: facts.keepUntil?.getTime() ?? null });
    case 'review':
      return unlessHeld(facts, { ...common, ...reviewStep(facts) });
  }
}

function reviewStep({ review, deletionsPausedAt }: LifeFacts): Pick<NextStep, 'step' | 'at' | 'paused'> {
  if (!review?.ended) return { step: 'end-review', at: review?.dueAt.getTime() ?? 0 };
  if (review.ended === 'approve' || review.ended === 'silence-delete')
    return deletionsPausedAt ? { step: 'wait', at: null, paused: true } : { step: 'delete', at: 0 };
  // A hold cut the round short: once nothing holds the session any more, a new full window begins.
  return { step: 'open-review', at: 0 };
}

function after(from: Date | null, duration: string, timeZone: string): number {
  return from ? addDuration(from, duration, timeZone).getTime() : 0;
}

/** A held session waits for its release, or for the day its last hold ends by itself. */
function unlessHeld(facts: LifeFacts, step: NextStep): NextStep {
  if (facts.holdEnds.length === 0) return step;
  const ends = facts.holdEnds.map((end) => end?.getTime() ?? Infinity);
  const last = Math.max(...ends);
  return { ...step, step: 'wait', at: Number.isFinite(last) ? last : null };
}
