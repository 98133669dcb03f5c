import { setTimeout as pause } from 'node:timers/promises';
import { rolloutBatch } from '../acts/rollout.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { releaseThrottledEvents } from '../db/throttled-events.ts';
import type { Services } from './services.ts';

/**
 * How many workflows this process tells of a new date in a second. A small server wakes 32 sleeping
 * workflows a second (measured); the rest is left to customers who write right now.
 */
const TOLD_PER_SECOND = 20;

const SECOND_MS = 1000;

/** Starts what brings a new policy to the sessions of the archive, and then to their workflows. */
export function startRollout({ db, log }: Pick<Services, 'db' | 'log'>): { stop(): Promise<void> } {
  const aSecond = (signal: AbortSignal) => pause(SECOND_MS, undefined, { signal }).catch(() => undefined);
  const onError = (error: unknown) =>
    log.warn({ code: codeOf(error) }, 'a policy could not be brought to the sessions; trying again');
  const loops = [
    startQueueLoop({ takeBatch: () => rolloutBatch({ db }, new Date()), news: aSecond, onError }),
    startQueueLoop({
      takeBatch: async () => {
        await releaseThrottledEvents(db, TOLD_PER_SECOND, new Date());
        // Even if there is more: that is the throttle.
        return false;
      },
      news: aSecond,
      onError,
    }),
  ];
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
