import type { Kysely, Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import {
  clearAlarm,
  clearDoneErasures,
  endOldAlarms,
  noteLateErasures,
  noteStore,
  openAlarm,
} from '../db/alarms.ts';
import { putDelivery } from '../db/deliveries.ts';
import { listProjects } from '../db/projects.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor, Counts } from '../domain/events.ts';

/** A call for people about something that lasts. */
export interface Call {
  readonly kind: string;
  /** What it is about: a project, a store, or `all`. */
  readonly about: string;
  readonly since: Date;
  /** The projects whose staff are called; every project when left out. */
  readonly projectIds?: readonly string[];
  /** The key of the text that they read. */
  readonly key: string;
  /** What the audit says. */
  readonly entry: {
    readonly actor: Actor;
    readonly action: string;
    readonly object: { readonly kind: string; readonly id: string };
    readonly counts?: Counts;
    readonly reason?: string;
  };
  readonly now: Date;
}

/** Calls people, once for as long as it lasts. @returns whether it did now */
export async function call(tx: Transaction<Tables>, alarm: Call): Promise<boolean> {
  const { kind, about, since, now } = alarm;
  if (!(await openAlarm(tx, { kind, about, since }, now))) return false;
  await tell(tx, alarm, alarm.key);
  return true;
}

/** Gives the all-clear where people were called. @returns whether they were */
export async function allClear(tx: Transaction<Tables>, over: Omit<Call, 'since'>): Promise<boolean> {
  const cleared = await clearAlarm(tx, over, over.now);
  if (!cleared) return false;
  const hours = Math.round((over.now.getTime() - cleared.since.getTime()) / 3_600_000);
  await tell(tx, { ...over, entry: { ...over.entry, counts: { hours } } }, over.key);
  return true;
}

async function tell(tx: Transaction<Tables>, { entry, projectIds, now }: Omit<Call, 'since'>, key: string) {
  const [only] = projectIds ?? [];
  await appendAuditEntry(tx, {
    at: now,
    projectId: projectIds?.length === 1 && only !== undefined ? only : null,
    ...entry,
  });
  const told = projectIds ?? (await listProjects(tx)).map(({ id }) => id);
  for (const projectId of told)
    await putDelivery(tx, { projectId, target: 'supervisors', content: { kind: 'text', key }, now });
}

const PROBE: Actor = { kind: 'system', id: 'watchdog' };

/** A store that cannot be reached for so long is more than a hiccup. */
const STORE_AWAY_MS = 15 * 60_000;

/** Notes whether a store could be reached, and calls people once it cannot for a quarter of an hour. */
export async function noteStoreHealth(
  db: Kysely<Tables>,
  health: { store: string; projectIds: readonly string[]; reached: boolean; now: Date },
): Promise<'away' | 'back' | undefined> {
  const { store, projectIds, now } = health;
  return db.transaction().execute(async (tx) => {
    const since = await noteStore(tx, health);
    const common = { kind: 'store', about: store, projectIds, now };
    const object = { kind: 'installation', id: 'archive-store' };
    if (!since) {
      const entry = { actor: PROBE, action: 'store.back', object };
      return (await allClear(tx, { ...common, key: 'cleared:store', entry })) ? 'back' : undefined;
    }
    const minutes = Math.floor((now.getTime() - since.getTime()) / 60_000);
    if (now.getTime() - since.getTime() < STORE_AWAY_MS) return undefined;
    const entry = { actor: PROBE, action: 'store.away', object, counts: { minutes } };
    const called = await call(tx, { ...common, since, key: `store-away:${minutes}`, entry });
    return called ? 'away' : undefined;
  });
}

const MISSING = 'objects-missing';

/**
 * Calls people for archive objects that somebody took away before their deletion, once a day for a project:
 * there is nothing to wait for that would end it.
 */
export async function callForMissing(
  tx: Transaction<Tables>,
  { projectId, missing, actor, now }: { projectId: string; missing: number; actor: Actor; now: Date },
): Promise<void> {
  await endCallsForMissing(tx, now);
  await call(tx, {
    ...{ kind: MISSING, about: projectId, since: now, projectIds: [projectId], now },
    key: `${MISSING}:${missing}`,
    entry: {
      ...{ actor, action: 'archive.objects-missing', counts: { missing } },
      object: { kind: 'project', id: projectId },
    },
  });
}

/** Ends the calls for missing objects that are a day old. */
export async function endCallsForMissing(tx: Transaction<Tables>, now: Date): Promise<void> {
  await endOldAlarms(tx, MISSING, new Date(now.getTime() - 86_400_000), now);
}

/** Gives the all-clear for erasures that were late and are done. */
export async function clearErasures(tx: Transaction<Tables>, now: Date): Promise<void> {
  await noteLateErasures(tx, now);
  for (const { id, number, projectId } of await clearDoneErasures(tx, now)) {
    await appendAuditEntry(tx, {
      ...{ at: now, actor: PROBE, action: 'erasure.alarm-over', projectId, requestId: number },
      object: { kind: 'erasure', id },
    });
    const content = { kind: 'text', key: `cleared:erasure:${number}` } as const;
    await putDelivery(tx, { projectId, target: 'supervisors', content, now });
  }
}
