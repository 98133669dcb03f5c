import type { Phase } from './phases.ts';
import type { ReviewEnd } from './review.ts';

/** What a new date does to a session of the archive, besides the date. */
export interface Redating {
  /** It is kept again: it goes from review back to the archive. */
  readonly outOfReview: boolean;
  /** Its review round was running, and ends with that. */
  readonly endsRound: boolean;
}

/**
 * Ends of a round after which the session was to be kept: by a hold, whose release would open a new
 * round. What was approved, or lapsed into deletion, is decided and stays so.
 */
const KEPT: readonly (ReviewEnd | null)[] = [null, 'hold', 'silence-hold', 'interrupted'];

/** What follows from a date that was decided anew. A date that has passed leaves a review as it is. */
export function redate(
  session: { readonly phase: Phase; readonly reviewEnded: ReviewEnd | null },
  keepUntil: Date,
  now: Date,
): Redating {
  const outOfReview = session.phase === 'review' && keepUntil > now && KEPT.includes(session.reviewEnded);
  return { outOfReview, endsRound: outOfReview && session.reviewEnded === null };
}
