/** What a supervisor can decide in a review. */
export const REVIEW_DECISIONS = ['approve', 'extend', 'relabel', 'hold'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/**
 * How a review round ended: by a supervisor, by silence as the policy says, or cut short by a hold
 * placed from outside the review.
 */
export type ReviewEnd = ReviewDecision | 'silence-delete' | 'silence-hold' | 'interrupted';

/**
 * A supervisor's decision as it travels: by button, console or CLI with the id of the row that already
 * holds it, or straight from the Temporal UI with the name of its author and nothing else.
 */
export interface DecisionPayload {
  readonly decision: ReviewDecision;
  /** The author: a staff id, or the name an operator gives in the Temporal UI. */
  readonly by: string;
  /** Which review round this answers; absent means the running one. */
  readonly round?: number;
  /** `extend`: keep until this instant (ISO 8601). */
  readonly until?: string;
  /** `relabel`: the tag to add. */
  readonly tag?: string;
  /** Set when the decision is recorded already; the signal then only wakes the workflow. */
  readonly eventId?: string;
}

/**
 * Reads a decision that anybody may have typed; `undefined` if it is none. By hand rather than by a
 * schema: the workflow sandbox evaluates what it imports for every run, and zod cost 6 ms a session.
 */
export function parseDecision(payload: unknown): DecisionPayload | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { decision, by, round, until, tag, eventId } = payload as Record<string, unknown>;
  const known = REVIEW_DECISIONS.find((one) => one === decision);
  if (!known || !isText(by, 64) || !AUTHOR.test(by)) return undefined;
  if (round !== undefined && !(Number.isInteger(round) && (round as number) > 0)) return undefined;
  if (until !== undefined && !(isText(until, 40) && Number.isFinite(Date.parse(until)))) return undefined;
  if (tag !== undefined && !isText(tag, 40)) return undefined;
  return {
    decision: known,
    by,
    ...(round !== undefined && { round: round as number }),
    ...(until !== undefined && { until }),
    ...(tag !== undefined && { tag }),
    ...(isText(eventId, 100) && { eventId }),
  };
}

// It ends up in the audit, which holds no names: an id such as cli:anna or a staff member's.
const AUTHOR = /^[A-Za-z0-9._:-]+$/;

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest;
}
