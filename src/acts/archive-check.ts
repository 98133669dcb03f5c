import type { Kysely, Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { lastingAlarms } from '../db/alarms.ts';
import { faultyObjects, noteChecked, type ArchivedObject, type Checked } from '../db/archive-check.ts';
import type { Tables } from '../db/tables.ts';
import type { ObjectFault } from '../domain/archive-check.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor, Counts } from '../domain/events.ts';
import { allClear, call } from './alarms.ts';

export interface ArchiveCheckDeps {
  readonly db: Kysely<Tables>;
  /** Compares an object with its manifest. Throws `store_unavailable` where its store does not answer. */
  readonly compare: (object: ArchivedObject) => Promise<ObjectFault | null>;
}

export interface ArchiveCheck {
  readonly objects: Iterable<ArchivedObject>;
  readonly actor: Actor;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
  /** Told after each object. */
  readonly onObject?: () => void;
}

export interface ArchiveCheckReport {
  /** How many were compared. */
  readonly objects: number;
  /** How many could not be read, since their store did not answer. */
  readonly unread: number;
  /** What is wrong, known before or not. */
  readonly faults: readonly (Checked & { readonly fault: ObjectFault })[];
}

/** A store that fails so often in a row is away, and the rest is left for later. */
const FAILURES_IN_A_ROW = 3;
/** What was compared is kept this often, so that a stop loses little of it. */
const KEPT_AT_ONCE = 25;

/**
 * Compares archive objects with their manifests, one after the other, and keeps when and what was found. Each
 * object that is damaged, exchanged or gone is in the audit once; those in charge are called once for as
 * long as any of their project is, with an all-clear at the end.
 */
export async function checkArchive(
  { db, compare }: ArchiveCheckDeps,
  { objects, actor, clock, signal, onObject }: ArchiveCheck,
): Promise<ArchiveCheckReport> {
  const found: Checked[] = [];
  let kept = 0;
  let unread = 0;
  let inARow = 0;
  const keep = async () => {
    await keepFound(db, found.slice(kept), { actor, now: clock() });
    kept = found.length;
  };
  for (const object of objects) {
    if (signal?.aborted || inARow >= FAILURES_IN_A_ROW) break;
    const { id, projectId, sessionId, name } = object;
    const fault = await compare(object).catch(unlessAway);
    inARow = fault === 'away' ? inARow + 1 : 0;
    if (fault === 'away') unread += 1;
    else found.push({ id, projectId, sessionId, name, fault });
    onObject?.();
    if (found.length - kept >= KEPT_AT_ONCE) await keep();
  }
  await keep();
  const faults = found.flatMap((one) => (one.fault === null ? [] : [{ ...one, fault: one.fault }]));
  return { objects: found.length, unread, faults };
}

function unlessAway(error: unknown): 'away' {
  if (error instanceof AppError && error.code === 'store_unavailable') return 'away';
  throw error;
}

interface Moment {
  readonly actor: Actor;
  readonly now: Date;
}

async function keepFound(db: Kysely<Tables>, found: readonly Checked[], moment: Moment): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { sessionId, projectId, name, fault } of await noteChecked(tx, found, moment.now))
      await appendAuditEntry(tx, {
        at: moment.now,
        actor: moment.actor,
        action: fault === null ? 'archive.mended' : 'archive.damaged',
        object: { kind: 'session', id: sessionId },
        projectId,
        reason: fault === null ? name : `${fault}: ${name}`,
      });
    await callForFaults(tx, moment);
  });
}

const KIND = 'archive-damaged';

async function callForFaults(tx: Transaction<Tables>, { actor, now }: Moment): Promise<void> {
  const faulty = await faultyObjects(tx);
  const alarm = (projectId: string, action: string, counts?: Counts) => ({
    ...{ kind: KIND, about: projectId, projectIds: [projectId], now },
    entry: { actor, action, object: { kind: 'project', id: projectId }, ...(counts && { counts }) },
  });
  for (const { projectId, objects } of faulty)
    await call(tx, {
      ...alarm(projectId, 'archive.alarm', { objects }),
      ...{ since: now, key: `${KIND}:${objects}` },
    });
  const lasts = new Set(faulty.map(({ projectId }) => projectId));
  for (const { about } of (await lastingAlarms(tx, KIND)).filter(({ about }) => !lasts.has(about)))
    await allClear(tx, { ...alarm(about, 'archive.alarm-over'), key: `cleared:${KIND}` });
}
