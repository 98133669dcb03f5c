import { setTimeout as pause } from 'node:timers/promises';
import type { ArchiveStores } from '../../activities/deps.ts';
import { checkArchive, type ArchiveCheckReport } from '../acts/archive-check.ts';
import { checkObject } from '../archive/check-object.ts';
import { estimateObjects, objectsToCheck, unlessChecked, type ArchivedObject } from '../db/archive-check.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import type { ObjectFault } from '../domain/archive-check.ts';
import type { Services } from './services.ts';

const ROUND_MS = 60_000;
const DAY_MS = 86_400_000;
/** What the stores say of their objects without reading them is asked for this often. */
const METADATA_DAYS = 30;
/** At least so many a round, so that a small archive does not take its month; at most, so that work goes on. */
const ROUND = { least: 60, most: 3000 };

/** Compares an object with its manifest in the store that the manifest names. */
export function createComparison(
  stores: ArchiveStores,
  { readBytes }: { readBytes: boolean },
): (object: ArchivedObject) => Promise<ObjectFault | null> {
  return async (object) => checkObject(await stores.at(object.store), object, { readBytes });
}

/**
 * Compares the archive objects whose turn it is, the longest unchecked first: at twice the pace that brings
 * each of them its turn in time. An object with a fault is looked at again every day.
 *
 * @param days within how many each is read; 0 to ask for its metadata alone
 * @returns `undefined` while another process is at it
 */
export async function checkInTurn(
  { db, stores }: Pick<Services, 'db' | 'stores'>,
  { days, now, signal }: { days: number; now: Date; signal?: AbortSignal },
): Promise<ArchiveCheckReport | undefined> {
  const compare = createComparison(stores, { readBytes: days > 0 });
  const span = (days || METADATA_DAYS) * DAY_MS;
  return unlessChecked(db, async () => {
    const pace = Math.ceil((2 * (await estimateObjects(db)) * ROUND_MS) / span);
    const objects = await objectsToCheck(db, {
      before: new Date(now.getTime() - span),
      faultyBefore: new Date(now.getTime() - DAY_MS),
      limit: Math.min(Math.max(pace, ROUND.least), ROUND.most),
    });
    const actor = { kind: 'system', id: 'archive-check' } as const;
    return checkArchive({ db, compare }, { objects, actor, clock: () => now, ...(signal && { signal }) });
  });
}

/** Starts what compares archive objects with their manifests all the time, a few every minute. */
export function startArchiveCheck(services: Pick<Services, 'db' | 'stores' | 'config' | 'log'>): {
  stop(): Promise<void>;
} {
  const { config, log } = services;
  const stopping = new AbortController();
  const loop = startQueueLoop({
    async takeBatch() {
      const order = { days: config.archiveCheckDays, now: new Date(), signal: stopping.signal };
      const report = await checkInTurn(services, order);
      for (const { sessionId, fault } of report?.faults ?? [])
        log.error({ alarm: 'archive_damaged', sessionId, fault }, 'an archive object is not what was stored');
      if (report && report.unread > 0)
        log.warn({ objects: report.unread }, 'archive objects could not be read; trying again');
      return false;
    },
    news: (signal) => pause(ROUND_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) =>
      log.warn({ code: codeOf(error) }, 'archive objects wait to be compared; trying again'),
  });
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
