import { Context } from '@temporalio/activity';
import { openCriteria } from '../src/acts/export-criteria.ts';
import { entryOf } from '../src/acts/export-order.ts';
import { runExportSchedule } from '../src/acts/export-schedules.ts';
import { searchSessions } from '../src/acts/search.ts';
import { appendAuditEntry } from '../src/audit/append.ts';
import {
  addSessions,
  beginRemoval,
  lockExport,
  orderSessions,
  readExport,
  updateExport,
} from '../src/db/exports.ts';
import type { ExportRow } from '../src/db/exports-tables.ts';
import { AppError, isRetryable } from '../src/domain/errors.ts';
import { expiryOf, nextExportStep, type ExportStep } from '../src/domain/exports.ts';
import type { ActivityDeps } from './deps.ts';
import { exportFiles } from './export-files.ts';
import { tellRequester } from './export-news.ts';
import { deliveryOf, removeDelivered, removeExport } from './export-remove.ts';
import { openObject } from './export-source.ts';
import { readerOf, writeParts } from './export-write.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/** A step of an export, at the workflow's own time. */
export interface ExportMoment {
  readonly exportId: string;
  /** Epoch milliseconds by the workflow's clock. */
  readonly now: number;
}

export interface ExportActivities {
  readExportStep(moment: ExportMoment): Promise<ExportStep>;
  planExport(moment: ExportMoment): Promise<ExportStep>;
  writeExport(moment: ExportMoment): Promise<ExportStep>;
  deliverExport(moment: ExportMoment): Promise<ExportStep>;
  removeExport(moment: ExportMoment): Promise<ExportStep>;
  requestScheduledExport(moment: { scheduleId: string; now: number }): Promise<void>;
}

/** @param options.partBytes how much of an export is one part */
export function createExportActivities(
  deps: ActivityDeps,
  options: { readonly partBytes?: number } = {},
): ExportActivities {
  const next = async ({ exportId }: ExportMoment) => stepOf(await readExport(deps.db, exportId));
  const step =
    (work: (row: ExportRow, now: Date, counts: Record<string, number>) => Promise<void>) =>
    async (moment: ExportMoment): Promise<ExportStep> => {
      const counts: Record<string, number> = {};
      await whileCounting(counts, () =>
        endingWhatCannotBe(deps, moment, (row, now) => work(row, now, counts)),
      );
      return await next(moment);
    };
  return {
    readExportStep: next,
    planExport: step((row, now, counts) => plan(deps, row, now, counts)),
    writeExport: step(async (row, now, counts) => {
      const progress = Object.assign(counts, { sessions: 0, messages: 0 });
      if (row.state === 'planned') await writeParts(deps, { exportId: row.id, now, ...options }, progress);
    }),
    deliverExport: step((row, now) => deliverOrTakeBack(deps, row, now)),
    removeExport: step((row, now) => removeExport(deps, { exportId: row.id, ending: 'expired', now })),
    async requestScheduledExport({ scheduleId, now }) {
      await runExportSchedule(deps, { scheduleId, now: new Date(now) });
    },
  };
}

function stepOf({ state, expires_at: expiresAt }: ExportRow): ExportStep {
  return nextExportStep({ state, expiresAt });
}

/** Well below the heartbeat timeout in workflows/export.ts. */
const BEAT_MS = 5_000;

/** Says how far it is while it works: counts, and nothing else. */
async function whileCounting<T>(
  counts: Readonly<Record<string, number>>,
  work: () => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat({ ...counts }), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** What no repetition will mend ends the export, and who asked sees the reason. */
async function endingWhatCannotBe(
  deps: ActivityDeps,
  { exportId, now }: ExportMoment,
  work: (row: ExportRow, now: Date) => Promise<void>,
): Promise<void> {
  const row = await readExport(deps.db, exportId);
  try {
    await work(row, new Date(now));
  } catch (error) {
    if (!(error instanceof AppError) || (isRetryable(error.code) && !isOverdue(row))) throw error;
    await deps.db.transaction().execute(async (tx) => {
      const current = await lockExport(tx, exportId);
      if (!(await beginRemoval(tx, current, 'failed', error.code))) return;
      const act = { action: 'export.failed', now: new Date(now), reason: error.code };
      await appendAuditEntry(tx, { ...entryOf(row, workflowActor(), act), source: sourceOfActivity() });
    });
  }
}

/**
 * Whether this attempt began after the export was to expire: then there is nothing to be had any more by trying
 * on. The workflow's own time is that of the first attempt.
 */
function isOverdue({ expires_at: expiresAt }: ExportRow): boolean {
  return Context.current().info.currentAttemptScheduledTimestampMs >= expiresAt.getTime();
}

const PAGE = 100;

/** Finds the sessions, page by page: each page is on record before the next is looked for. */
async function plan(
  deps: ActivityDeps,
  row: ExportRow,
  now: Date,
  counts: Record<string, number>,
): Promise<void> {
  if (row.state !== 'requested') return;
  const { query } = await openCriteria(deps, row);
  const reader = await readerOf(deps, row, now);
  for (let page = row.plan_page; ;) {
    const found = await searchSessions(deps, {
      ...{ query, reader, now, projectIds: [row.project_id], reason: row.reason, limit: PAGE },
      ...(page !== null && { page }),
      openArchive: (object, projectId) => openObject(deps, object, projectId),
      maxObjects: Number.MAX_SAFE_INTEGER,
    });
    const isOn = await deps.db.transaction().execute(async (tx) => {
      const current = await lockExport(tx, row.id);
      if (current.state !== 'requested') return false;
      const ids = found.hits.map(({ sessionId }) => sessionId);
      const sessions = current.sessions + (await addSessions(tx, current, ids));
      const heldBack = current.held_back + found.counts.heldBack;
      await updateExport(tx, row.id, { sessions, held_back: heldBack, plan_page: found.next });
      if (found.next === null) {
        await orderSessions(tx, row.id, row.format);
        await updateExport(tx, row.id, { state: 'planned' });
      }
      counts['sessions'] = sessions;
      return found.next !== null;
    });
    deps.reached('export.page-planned');
    if (!isOn) return;
    page = found.next;
  }
}

/**
 * Whatever ended an export meanwhile may have looked for delivered files before the last of them was there. Its
 * key goes first here too: it does not wait for a place that refuses files.
 */
async function deliverOrTakeBack(deps: ActivityDeps, row: ExportRow, now: Date): Promise<void> {
  try {
    await deliver(deps, row, now);
  } finally {
    const { state, ending } = await readExport(deps.db, row.id);
    if (state === 'removing')
      await removeExport(deps, { exportId: row.id, ending: ending ?? 'removed', now });
    if (state === 'removed') await removeDelivered(deps, row);
  }
}

/** What a destination refuses for good is one code, apart from what whoever asked may not do. */
function refusedBy(destination: string | null, error: unknown): unknown {
  if (!(error instanceof AppError) || isRetryable(error.code)) return error;
  return new AppError(
    'config_invalid',
    `${destination ?? ''} does not take the files: ${error.message} Then ask for the export again.`,
    { cause: error },
  );
}

async function deliver(deps: ActivityDeps, row: ExportRow, now: Date): Promise<void> {
  if (row.state !== 'written') return;
  if (row.destination) {
    const delivery = await deliveryOf(deps.stores, row, row.destination);
    for await (const file of exportFiles(deps, row)) {
      await delivery.put(file).catch((error: unknown) => {
        throw refusedBy(row.destination, error);
      });
      deps.reached('export.file-delivered');
    }
  }
  await deps.db.transaction().execute(async (tx) => {
    const current = await lockExport(tx, row.id);
    if (current.state !== 'written') return;
    const expiresAt = expiryOf(now, row.keep_days);
    // Nothing needs to know any more what was asked for, and it may name a person.
    const asked = { criteria_sealed: null };
    await updateExport(tx, row.id, { state: 'done', finished_at: now, expires_at: expiresAt, ...asked });
    await tellRequester(tx, current, 'done', now);
    const counts = {
      ...{ sessions: current.done_sessions, messages: current.messages, bytes: current.bytes },
      'held-back': current.held_back,
    };
    await appendAuditEntry(tx, {
      ...entryOf(row, workflowActor(), {
        ...{ action: 'export.finished', now, reason: row.reason, counts },
        opId: `export-finished:${row.id}`,
      }),
      source: sourceOfActivity(),
    });
  });
}
