import { setTimeout as pause } from 'node:timers/promises';
import { watch } from '../acts/watchdog.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { startReconcile } from './reconcile.ts';
import type { Services } from './services.ts';

const LOOK_MS = 300_000;

/**
 * Starts what finds that something was not done: the watchdog every five minutes, and once a day the
 * comparison of every row with its workflow.
 */
export function startWatchdog(services: Services): { stop(): Promise<void> } {
  const { db, log, config } = services;
  const withAnchor = config.audit.anchorUrl !== undefined;
  const loop = startQueueLoop({
    async takeBatch() {
      for (const report of (await watch(db, { now: new Date(), withAnchor })) ?? [])
        log.error({ alarm: 'overdue', ...report }, 'something should have been done more than an hour ago');
      return false;
    },
    news: (signal) => pause(LOOK_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) => log.warn({ code: codeOf(error) }, 'the watchdog could not look; trying again'),
  });
  const reconciling = startReconcile(services);
  return {
    async stop() {
      await Promise.all([loop.stop(), reconciling.stop()]);
    },
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
