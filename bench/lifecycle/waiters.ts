import { MILESTONES, type Milestone } from './contender.ts';

/** Past it a session is taken for lost, and the benchmark ends rather than prints a figure without it. */
const LOST_MS = 90_000;

/** Those who wait for sessions to reach a milestone. */
export interface Waiters {
  readonly reached: (sessionId: string, milestone: Milestone) => Promise<void>;
  readonly announce: (sessionId: string, milestone: Milestone) => void;
  /** The sessions that someone waits for. */
  readonly awaited: () => string[];
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, { milestone: Milestone; resolve: () => void }>();
  const known = new Map<string, Milestone>();
  const rank = (milestone: Milestone | undefined) => (milestone ? MILESTONES.indexOf(milestone) : -1);

  return {
    async reached(sessionId, milestone) {
      if (rank(known.get(sessionId)) < rank(milestone)) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        waiting.set(sessionId, { milestone, resolve });
        const lost = setTimeout(
          () => reject(new Error(`Session ${sessionId} has not come to ${milestone} in ${LOST_MS} ms.`)),
          LOST_MS,
        );
        await promise.finally(() => clearTimeout(lost));
      }
      if (milestone === 'deleted') known.delete(sessionId);
    },
    announce(sessionId, milestone) {
      known.set(sessionId, milestone);
      const waiter = waiting.get(sessionId);
      if (!waiter || rank(milestone) < rank(waiter.milestone)) return;
      waiting.delete(sessionId);
      waiter.resolve();
    },
    awaited: () => [...waiting.keys()],
  };
}
