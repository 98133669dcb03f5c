import { appendAuditEntry } from '../audit/append.ts';
import {
  findBulk,
  needsSecondPerson,
  readBulk,
  saveBulk,
  type BulkReview,
  type ReviewRound,
} from '../db/review-bulk.ts';
import { reviewOf } from '../db/reviews.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { leftOutOfBulk, type LeftOut } from '../domain/review-bulk.ts';
import type { ReviewEnd } from '../domain/review.ts';
import type { ActDeps } from './deps.ts';
import { decideReview } from './reviews.ts';

/** So many are approved at once: each is an act of its own, and whoever pressed waits for all. */
const MOST_AT_ONCE = 200;

/** What approving many at once would do. */
export interface BulkPlan {
  /** By which it is approved; `null` where there is nothing to approve. */
  readonly id: string | null;
  readonly take: readonly BulkReview[];
  /** Those that would be taken if it were not too many at once. */
  readonly more: number;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/** How many somebody else, or the end of the window, decided meanwhile. */
interface DecidedElsewhere {
  readonly by: string;
  readonly ended: Exclude<ReviewEnd, 'interrupted'>;
  readonly count: number;
}

/** What came of it: counts, and who was faster. */
export interface BulkResult {
  readonly rule: string;
  readonly approved: number;
  /** First approvals, where the policy began to ask for two meanwhile. */
  readonly approvedOnce: number;
  /** How many ended otherwise meanwhile, how and by whom. */
  readonly decided: readonly DecidedElsewhere[];
  /** How many were refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Says what approving all that waits of a rule would do, and keeps that: nothing is approved yet. */
export async function planBulk(
  deps: Pick<ActDeps, 'db'>,
  { projectId, rule, actor, now }: { projectId: string; rule: string; actor: Actor; now: Date },
): Promise<BulkPlan> {
  const secondPerson = await needsSecondPerson(deps.db, projectId);
  const leftOut: Partial<Record<LeftOut, number>> = {};
  const able = (await readBulk(deps.db, { projectId, rule, now })).filter((review) => {
    const why = leftOutOfBulk(review, { secondPerson, actorId: actor.id });
    if (why) leftOut[why] = (leftOut[why] ?? 0) + 1;
    return !why;
  });
  const take = able.slice(0, MOST_AT_ONCE);
  const rounds = take.map(({ sessionId, round }) => ({ sessionId, round }));
  const id =
    take.length > 0 ? await saveBulk(deps.db, { projectId, rule, rounds, askedBy: actor.id, now }) : null;
  return { id, take, more: able.length - take.length, leftOut };
}

interface Tally {
  approved: number;
  approvedOnce: number;
  readonly decided: Map<string, DecidedElsewhere>;
  readonly refused: Map<string, number>;
}

/**
 * Approves what somebody was shown, each review by an act of its own, and adds up what really happened. Done
 * again after a crash, it counts what was done before.
 *
 * @throws AppError `not_found`
 */
export async function approveAll(
  deps: ActDeps,
  act: { projectId: string; planId: string; actor: Actor; now: Date },
): Promise<BulkResult> {
  const summary = await findBulk(deps.db, act.projectId, act.planId);
  if (!summary)
    throw new AppError('not_found', 'This summary is not known here. Ask for a new one.', {
      refusal: 'summary-unknown',
    });
  const tally: Tally = { approved: 0, approvedOnce: 0, decided: new Map(), refused: new Map() };
  for (const round of summary.rounds) await approveOne(deps, round, act, tally);
  const { approved, approvedOnce } = tally;
  const decided = [...tally.decided.values()];
  await appendAuditEntry(deps.db, {
    ...{ at: act.now, actor: act.actor, action: 'review.approved-many', reason: summary.rule },
    object: { kind: 'project', id: act.projectId },
    projectId: act.projectId,
    counts: {
      ...{ approved, once: approvedOnce },
      ...{ decided: sum(decided.map(({ count }) => count)), refused: sum(tally.refused.values()) },
    },
    // Pressed twice, it is one act.
    opId: `review.approved-many:${summary.id}`,
  });
  return { rule: summary.rule, approved, approvedOnce, decided, refused: Object.fromEntries(tally.refused) };
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((all, one) => all + one, 0);
}

async function approveOne(
  deps: ActDeps,
  { sessionId, round }: ReviewRound,
  { actor, now }: { actor: Actor; now: Date },
  tally: Tally,
): Promise<void> {
  try {
    const outcome = await decideReview(deps, { sessionId, round, decision: 'approve', actor, now });
    if (outcome === 'decided') tally.approved += 1;
    else tally.approvedOnce += 1;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const review = await reviewOf(deps.db, sessionId, round);
    if (!review?.ended || review.ended === 'interrupted')
      tally.refused.set(error.code, (tally.refused.get(error.code) ?? 0) + 1);
    // What the same person approved before a crash is theirs.
    else if (review.ended === 'approve' && review.endedBy === actor.id) tally.approved += 1;
    else countDecided(tally, review.ended, review.endedBy ?? '');
  }
}

function countDecided(tally: Tally, ended: DecidedElsewhere['ended'], by: string): void {
  const count = tally.decided.get(`${ended} ${by}`)?.count ?? 0;
  tally.decided.set(`${ended} ${by}`, { ended, by, count: count + 1 });
}
