import { setTimeout as pause } from 'node:timers/promises';
import { watch } from '../acts/watchdog.ts';
import { faultyObjects } from '../db/archive-check.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { startArchiveCheck } from './archive-check.ts';
import { startDigests } from './digest.ts';
import { startReconcile } from './reconcile.ts';
import type { Services } from './services.ts';
import { probeStores } from './store-probe.ts';

const LOOK_MS = 300_000;

/**
 * Starts what finds that something was not done: the watchdog every five minutes, which also asks the stores
 * whether they are there, once a day the comparison of every row with its workflow, all the time that of a few
 * archive objects with their manifests, and what reminds people of reviews.
 */
export function startWatchdog(services: Services): { stop(): Promise<void> } {
  const { db, log, config } = services;
  const withAnchor = config.audit.anchorUrl !== undefined;
  const couldNotLook = (error: unknown) =>
    log.warn({ code: codeOf(error) }, 'the watchdog could not look; trying again');
  const loop = startQueueLoop({
    async takeBatch() {
      for (const report of (await watch(db, { now: new Date(), withAnchor })) ?? [])
        log.error({ alarm: 'overdue', ...report }, 'something should have been done more than an hour ago');
      for (const report of await faultyObjects(db))
        log.error({ alarm: 'archive_damaged', ...report }, 'archive objects are damaged or gone');
      await probeStores(services, new Date()).catch(couldNotLook);
      return false;
    },
    news: (signal) => pause(LOOK_MS, undefined, { signal }).catch(() => undefined),
    onError: couldNotLook,
  });
  const reconciling = startReconcile(services);
  const digests = startDigests(services);
  const archive = startArchiveCheck(services);
  return {
    async stop() {
      await Promise.all([loop.stop(), reconciling.stop(), digests.stop(), archive.stop()]);
    },
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
