import { z } from 'zod';
import type { Acts } from '../../acts/acts.ts';
import type { ChosenReview } from '../../db/review-queue.ts';
import { AppError } from '../../domain/errors.ts';
import { leftOutOfBulk, type LeftOut } from '../../domain/review-bulk.ts';
import type { ProjectPage } from '../page.ts';

/** So many fit into one address and one act. */
export const MOST_CHOSEN = 100;

const round = z
  .string()
  .regex(/^[0-9a-f-]{36}:\d{1,6}$/)
  .transform((text) => ({ sessionId: text.slice(0, 36), round: Number(text.slice(37)) }));

const decision = z.enum(['approve', 'extend', 'hold']);
const rounds = z.array(round).max(MOST_CHOSEN);

/** What somebody ticked in the list, and what they want done with it. */
export const choiceQuery = z.object({ s: rounds, decision });

/** The same as a form sends it, where one tick is no list. */
export const choiceForm = z.object({ s: z.union([round.transform((one) => [one]), rounds]), decision });

export const DECISIONS = {
  approve: {
    title: 'Approve the deletion',
    button: 'Approve the deletion',
    explain: 'They are deleted for good: archive objects, keys and rows. It cannot be taken back.',
  },
  extend: {
    title: 'Keep longer',
    button: 'Keep until that day',
    explain: 'They go back to the archive until the day you name, and come into review again then.',
  },
  hold: {
    title: 'Hold',
    button: 'Place the holds',
    explain: 'Nothing of them is destroyed until the hold is released; a full new review follows.',
  },
} as const;
export type ChoiceDecision = keyof typeof DECISIONS;

const LEFT_OUT: Record<LeftOut | 'decided', string> = {
  held: 'on hold',
  restricted: 'restricted by an erasure',
  'second-person': 'waiting for a first approval of their own',
  'your-own': 'approved by you already: a second person has to',
  decided: 'decided in the meantime',
};

export interface Choice {
  readonly take: readonly ChosenReview[];
  /** How many are left out, in words. */
  readonly leftOut: readonly string[];
}

/** Parts what can be decided now from what cannot, and says why. */
export function partChoice(
  chosen: readonly ChosenReview[],
  { decision, secondPerson, actorId }: { decision: ChoiceDecision; secondPerson: boolean; actorId: string },
): Choice {
  const counts = new Map<LeftOut | 'decided', number>();
  const take = chosen.filter((review) => {
    const why = whyNot(review, { decision, secondPerson, actorId, alone: chosen.length === 1 });
    if (why) counts.set(why, (counts.get(why) ?? 0) + 1);
    return !why;
  });
  return { take, leftOut: [...counts].map(([why, count]) => `${count} ${LEFT_OUT[why]}`) };
}

function whyNot(
  review: ChosenReview,
  who: { decision: ChoiceDecision; secondPerson: boolean; actorId: string; alone: boolean },
): LeftOut | 'decided' | undefined {
  if (review.ended !== null && review.ended !== 'interrupted') return 'decided';
  if (review.restricted) return 'restricted';
  if (who.decision !== 'approve') return review.held || review.ended ? 'held' : undefined;
  const why = leftOutOfBulk(review, who);
  // One by itself is looked at, and may be a first approval.
  return why === 'second-person' && who.alone ? undefined : why;
}

/**
 * Decides each of them by an act of its own.
 *
 * @returns what really happened, in a sentence
 */
export async function decideAll(
  acts: Pick<Acts, 'decideReview'>,
  page: ProjectPage,
  chosen: readonly { readonly sessionId: string; readonly round: number }[],
  how: { decision: ChoiceDecision; until?: Date; reason?: string },
): Promise<{ readonly tone: 'done' | 'warning'; readonly text: string }> {
  const counts = new Map<string, number>();
  const add = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const one of chosen) {
    try {
      const outcome = await acts.decideReview({ ...one, ...how, actor: page.actor, now: page.now });
      add(
        outcome === 'decided'
          ? DONE[how.decision]
          : 'approved for the first time; a second person has to as well',
      );
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (chosen.length === 1) throw error;
      add(refusedWords(error));
    }
  }
  const done = counts.get(DONE[how.decision]) ?? 0;
  const text = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
  return { tone: done === chosen.length ? 'done' : 'warning', text: `${text}.` };
}

function refusedWords({ code, refusal }: AppError): string {
  if (typeof refusal === 'object' && refusal.why === 'standing' && refusal.standing === 'restricted')
    return LEFT_OUT.restricted;
  return REFUSED[code] ?? 'refused';
}

const DONE: Record<ChoiceDecision, string> = { approve: 'approved', extend: 'kept longer', hold: 'held' };

const REFUSED: Readonly<Record<string, string>> = {
  already_decided: 'already decided by somebody else',
  held: 'on hold, so not decided',
  wrong_round: 'in a newer round',
  phase_conflict: 'no longer in review',
  deletion_began: 'already being deleted',
  not_allowed: 'left to a second person',
  not_found: 'not there any more',
};
