import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { parseDecision, type DecisionPayload } from '../src/domain/review.ts';
import type { NextStep } from '../src/domain/next-step.ts';
import type { LifeActivities } from '../activities/life.ts';
import { decideReview, news, nudge } from './messages.ts';

/** What came to a workflow and waits to be taken in. */
export interface News {
  readonly arrived: () => boolean;
  /** Whether all that came is that rows changed, so that nothing is lost with it. */
  readonly saysOnlyLook: () => boolean;
  readonly take: () => Promise<NextStep>;
}

/**
 * Listens to every signal. Handlers only note what came: they never wait and never throw, since a throw
 * in a handler blocks the workflow for good. A payload that does not parse is recorded and ignored.
 */
export function listenForNews(
  sessionId: string,
  rows: Pick<LifeActivities, 'readNextStep' | 'takeDecision' | 'recordUnreadableSignal'>,
): News {
  let changed = false;
  const decisions: DecisionPayload[] = [];
  const unreadable: string[] = [];

  for (const signal of [...Object.values(news), nudge]) setHandler(signal, () => void (changed = true));
  setHandler(
    decideReview,
    (payload) => {
      const decision = parseDecision(payload);
      if (!decision) unreadable.push(decideReview.name);
      else if (decision.eventId) changed = true;
      else decisions.push(decision);
    },
    { description: 'A supervisor decides: {"decision": "approve|extend|relabel|hold", "by": "…"}' },
  );
  setDefaultSignalHandler((name) => void unreadable.push(name));

  return {
    arrived: () => changed || decisions.length > 0 || unreadable.length > 0,
    saysOnlyLook: () => decisions.length === 0 && unreadable.length === 0,
    async take() {
      changed = false;
      for (const signal of unreadable.splice(0))
        await rows.recordUnreadableSignal({ sessionId, signal, now: Date.now() });
      for (const decision of decisions.splice(0))
        await rows.takeDecision({ sessionId, decision, now: Date.now() });
      return rows.readNextStep({ sessionId, now: Date.now() });
    },
  };
}
