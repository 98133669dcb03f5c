import { setTimeout as pause } from 'node:timers/promises';
import { queueDigest } from '../acts/digests.ts';
import { queueReminders } from '../acts/review-reminders.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { DEFAULT_REVIEW_TIMES } from '../domain/review-times.ts';
import type { Services } from './services.ts';

const LOOK_MS = 30_000;

/** Starts what tells supervisors of reviews that wait: the digest of the day, and reminders of single ones. */
export function startDigests(services: Pick<Services, 'db' | 'log' | 'projects'>): { stop(): Promise<void> } {
  const { log } = services;
  return startQueueLoop({
    async takeBatch() {
      await queueDue(services, new Date());
      return false;
    },
    news: (signal) => pause(LOOK_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) => log.warn({ code: codeOf(error) }, 'reminders of reviews wait; trying again'),
  });
}

/** Queues the reminders and digests that are due. */
export async function queueDue(
  { db, projects }: Pick<Services, 'db' | 'projects'>,
  now: Date,
): Promise<void> {
  await queueReminders(db, now);
  for (const { id: projectId, timeZone, reviews } of projects)
    await queueDigest(db, { projectId, times: { ...(reviews ?? DEFAULT_REVIEW_TIMES), timeZone }, now });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
