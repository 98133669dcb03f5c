import { randomBytes, randomUUID } from 'node:crypto';
import { appendAuditEntry } from '../audit/append.ts';
import { beginRemoval, holdsErased, listExports, lockExport, readExport } from '../db/exports.ts';
import type { ExportRow } from '../db/exports-tables.ts';
import { AppError } from '../domain/errors.ts';
import { parseQuery } from '../search/query.ts';
import { sealCriteria } from './export-criteria.ts';
import {
  entryOf,
  putExport,
  requireDestination,
  requireKeepDays,
  requireProject,
  requireRight,
  scrubOf,
  type ExportActDeps,
  type ExportOrder,
} from './export-order.ts';
import { createExportScheduleActs, type ExportScheduleActs } from './export-schedules.ts';
import type { Reader } from './search-readers.ts';

interface ExportAct {
  readonly exportId: string;
  readonly reader: Reader;
  readonly now: Date;
}

export interface ExportActs extends ExportScheduleActs {
  /** Whether an export may ask so. @throws AppError `input_invalid` for what is no query */
  checkQuery(query: string): void;
  /** Asks for an export; its workflow does the rest. @returns its id */
  requestExport(order: ExportOrder): Promise<string>;
  /** The exports of projects, the newest first. */
  listExports(act: { reader: Reader; projectIds?: readonly string[]; limit: number }): Promise<ExportRow[]>;
  showExport(act: Omit<ExportAct, 'now'>): Promise<ExportRow>;
  /**
   * Hands out the files of an export that is done, and records it first.
   *
   * @throws AppError `not_allowed` for anybody but who asked for it, `phase_conflict` where there is none (any more)
   */
  fetchExport<T>(act: ExportAct & { reason: string; open: (row: ExportRow) => T }): Promise<T>;
  /** Ends an export, and removes what there is of it. */
  removeExport(act: ExportAct): Promise<void>;
}

/** What staff do with exports, from the command line, the console or the API. */
export function createExportActs(deps: ExportActDeps): ExportActs {
  const { db } = deps;
  return {
    ...createExportScheduleActs(deps),
    checkQuery: (query) => void parseQuery(query),
    requestExport: (order) => requestExport(deps, order),
    async listExports({ reader, projectIds, limit }) {
      requireRight(reader);
      return await listExports(db, { ...(projectIds && { projectIds }), limit });
    },
    async showExport({ exportId, reader }) {
      requireRight(reader);
      return await readExport(db, exportId);
    },
    async fetchExport({ exportId, reader, reason, now, open }) {
      requireRight(reader);
      const row = await readExport(db, exportId);
      requireOwner(row, reader);
      if (row.state !== 'done' || row.expires_at <= now || (await holdsErased(db, row))) throw notThere(row);
      await appendAuditEntry(db, entryOf(row, reader.actor, { action: 'export.fetched', now, reason }));
      return open(row);
    },
    removeExport: ({ exportId, reader, now }) =>
      db.transaction().execute(async (tx) => {
        requireRight(reader);
        const row = await lockExport(tx, exportId);
        const isDone = row.state === 'done';
        if (!(await beginRemoval(tx, row, isDone ? 'removed' : 'cancelled'))) throw notThere(row);
        const action = isDone ? 'export.removal-asked' : 'export.cancelled';
        await appendAuditEntry(tx, entryOf(row, reader.actor, { action, now }));
      }),
  };
}

async function requestExport(deps: ExportActDeps, order: ExportOrder): Promise<string> {
  requireRight(order.reader);
  parseQuery(order.query);
  await requireProject(deps, order.projectId);
  requireDestination(deps.exports, order.destination);
  const id = randomUUID();
  const keepDays = requireKeepDays(order.keepDays);
  const criteria = {
    query: order.query,
    scrub: await scrubOf(deps, order),
    hashKey: randomBytes(32).toString('base64'),
  };
  const sealed = await sealCriteria(deps, id, criteria);
  await deps.db.transaction().execute(async (tx) => {
    await putExport(tx, {
      ...{ id, projectId: order.projectId, scheduleId: null, actor: order.reader.actor },
      ...{ reason: order.reason, format: order.format, zipped: order.zipped ?? false },
      ...{ sealed, destination: order.destination ?? null, keepDays, now: order.now },
    });
  });
  return id;
}

/** What it holds was opened with the rights of who asked for it. Whoever runs the installation fetches all. */
function requireOwner(row: ExportRow, { actor }: Reader): void {
  if (actor.kind === 'operator' || row.requester_id === actor.id) return;
  throw new AppError(
    'not_allowed',
    `Export ${row.id} was asked for by somebody else. Ask for one of your own.`,
  );
}

function notThere(row: ExportRow): AppError {
  const stands = { requested: 'not written yet', planned: 'being written', written: 'being delivered' };
  const state =
    row.state in stands ? stands[row.state as keyof typeof stands] : `gone (${row.ending ?? 'expired'})`;
  return new AppError('phase_conflict', `Export ${row.id} is ${state}. See: retention export list`);
}
