import { setTimeout as pause } from 'node:timers/promises';
import { renewOverviews } from '../db/overview.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import type { Services } from './services.ts';

const LOOK_MS = 15_000;

/** Starts what counts how each project stands, for the pages that show it. */
export function startOverview({ db, log }: Pick<Services, 'db' | 'log'>): { stop(): Promise<void> } {
  return startQueueLoop({
    async takeBatch() {
      await renewOverviews(db, new Date());
      return false;
    },
    news: (signal) => pause(LOOK_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) =>
      log.warn(
        { code: (error as { code?: string }).code ?? 'unknown' },
        'nothing could be counted; trying again',
      ),
  });
}
