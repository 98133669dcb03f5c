import type { Kysely } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { lastPolled, markPolled } from '../db/polling-marks.ts';
import type { Tables } from '../db/tables.ts';

/** Telegram keeps an update for 24 hours, and then nobody learns that there was one. */
const KEPT_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** From when to when updates were lost, if there were any. */
export interface UpdatesGap {
  readonly from: Date;
  readonly until: Date;
}

/**
 * Notes that a bot begins to fetch updates. Where nobody asked for more than a day, what was written in the
 * first part of that time is gone: the gap is recorded and staff are told, since the customers were not.
 *
 * @returns the gap, `undefined` where there is none
 */
export async function notePollingStart(
  db: Kysely<Tables>,
  { projectId, botId, now }: { projectId: string; botId: number; now: Date },
): Promise<UpdatesGap | undefined> {
  return db.transaction().execute(async (tx) => {
    const from = await lastPolled(tx, botId);
    await markPolled(tx, botId, now);
    const until = new Date(now.getTime() - KEPT_MS);
    if (!from || from >= until) return undefined;
    await appendAuditEntry(tx, {
      at: now,
      actor: { kind: 'system', id: 'bot' },
      action: 'updates.gap',
      object: { kind: 'project', id: projectId },
      projectId,
      counts: { hours: Math.ceil((until.getTime() - from.getTime()) / HOUR_MS) },
      reason: `${from.toISOString()}/${until.toISOString()}`,
      opId: `updates.gap:${botId}:${from.toISOString()}`,
    });
    const key = `updates-gap:${from.toISOString()}/${until.toISOString()}`;
    await putDelivery(tx, { projectId, target: 'supervisors', content: { kind: 'text', key }, now });
    return { from, until };
  });
}

/** Marks now and then that a bot fetches updates: a quiet day is no gap. */
export function createPollingMark(db: Kysely<Tables>, clock: () => Date): (botId: number) => Promise<void> {
  let last = -Infinity;
  return async (botId) => {
    const now = clock();
    if (now.getTime() - last < HOUR_MS) return;
    last = now.getTime();
    await markPolled(db, botId, now);
  };
}
