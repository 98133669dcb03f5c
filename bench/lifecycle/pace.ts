/**
 * The pace of the sessions, the same for every contender. Long enough that each timer is really set, short
 * enough that machines and not waits bound the rate.
 */
export const OPEN_MS = 500;
export const REOPEN_MS = 500;
/** Counted from closure, as the policy counts it. */
export const KEEP_MS = 3000;
/** Never reached: a supervisor approves first, and the timer is cancelled. */
export const REVIEW_MS = 600_000;
export const IDLE_MS = 600_000;
/** For the session that is left parked, to weigh it. */
export const PARKED_MS = 20 * 365 * 86_400_000;

export const MESSAGES = 20;
