import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { schedulesToTell } from '../db/export-schedules.ts';
import { exportsToTell, markTold } from '../db/exports.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { nextExportStep } from '../domain/exports.ts';
import { createDataConverter, createTemporalClient } from '../temporal/connect.ts';
import { tellExport, tellExportSchedule } from '../temporal/export-schedule.ts';
import type { Services } from './services.ts';

const BATCH = 20;
const POLL_MS = 2000;

/** Starts what tells Temporal of exports and their schedules, from their rows. */
export function startExportRelay(services: Services): { stop(): Promise<void> } {
  const { config, secrets, log } = services;
  const { client, close } = createTemporalClient({
    ...config.temporal,
    dataConverter: createDataConverter(secrets.codecKeys),
  });
  const loop = startQueueLoop({
    takeBatch: () => tellExports(services, client),
    news: (signal) => pause(POLL_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) => {
      const code = (error as { code?: unknown }).code ?? 'unknown';
      log.warn({ code }, 'an export could not be told to its workflow; trying again');
    },
  });
  return {
    async stop() {
      await loop.stop();
      await close();
    },
  };
}

/** @returns whether there was anything to tell */
export async function tellExports(
  { db }: Pick<Services, 'db'>,
  client: Client,
  clock = () => new Date(),
): Promise<boolean> {
  const exports = await exportsToTell(db, clock(), BATCH);
  for (const { id, project_id: projectId, state, expires_at: expiresAt } of exports) {
    await tellExport(client, { exportId: id, projectId, next: nextExportStep({ state, expiresAt }) });
    await markTold(db, id, state, clock());
  }
  const schedules = await schedulesToTell(db);
  for (const { id, cron, time_zone: timeZone, removed_at: removedAt } of schedules) {
    await tellExportSchedule(client, { id, cron, timeZone, removed: removedAt !== null });
    await db
      .updateTable('export_schedule')
      .set({ told_at: clock() })
      .where('id', '=', id)
      .where('removed_at', removedAt === null ? 'is' : 'is not', null)
      .execute();
  }
  return exports.length + schedules.length > 0;
}
