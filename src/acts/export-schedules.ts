import { randomBytes, randomUUID } from 'node:crypto';
import { appendAuditEntry, type AuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { chatOfRequester } from '../db/export-requesters.ts';
import { insertSchedule, listSchedules, lockSchedule } from '../db/export-schedules.ts';
import type { ExportScheduleRow } from '../db/exports-tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { parseCron } from '../domain/export-schedules.ts';
import { parseQuery } from '../search/query.ts';
import { exportKeyScope, openCriteria, sealCriteria } from './export-criteria.ts';
import {
  putExport,
  requireDestination,
  requireKeepDays,
  requireProject,
  requireRight,
  scrubOf,
  type ExportActDeps,
  type ExportOrder,
} from './export-order.ts';
import type { Reader } from './search-readers.ts';

export interface ExportScheduleActs {
  /** Has exports written again and again, each of what was active since the one before. @returns its id */
  addExportSchedule(order: ExportOrder & { cron: string }): Promise<string>;
  listExportSchedules(act: { reader: Reader; projectIds?: readonly string[] }): Promise<ExportScheduleRow[]>;
  /** Ends a schedule; exports that it wrote stay until they expire. */
  removeExportSchedule(act: { scheduleId: string; reader: Reader; now: Date }): Promise<void>;
}

export function createExportScheduleActs(deps: ExportActDeps): ExportScheduleActs {
  const { db } = deps;
  return {
    addExportSchedule: (order) => addSchedule(deps, order),
    async listExportSchedules({ reader, projectIds }) {
      requireRight(reader);
      return await listSchedules(db, projectIds);
    },
    async removeExportSchedule({ scheduleId, reader, now }) {
      requireRight(reader);
      await db.transaction().execute((tx) => lockSchedule(tx, scheduleId));
      await endSchedule(deps, { scheduleId, actor: reader.actor, action: 'export.schedule-removed', now });
    },
  };
}

/**
 * Ends a schedule: first its key, so that nothing is left of what it asked for wherever this breaks off. One
 * that is ended already stays as it is. Whoever made it is told where they did not end it themselves.
 */
export async function endSchedule(
  { db, vault }: Pick<ExportActDeps, 'db' | 'vault'>,
  act: {
    scheduleId: string;
    actor: Actor;
    action: 'export.schedule-removed' | 'export.schedule-ended';
    now: Date;
    because?: Pick<AuditEntry, 'requestId' | 'source' | 'reason'>;
  },
): Promise<void> {
  const { scheduleId, actor, action, now, because } = act;
  await vault.destroy(exportKeyScope(scheduleId));
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('export_schedule')
      .set({ removed_at: now, told_at: null, criteria_sealed: null })
      .where('id', '=', scheduleId)
      .where('removed_at', 'is', null)
      .returning(['id', 'project_id', 'reason', 'requester_kind', 'requester_id'])
      .executeTakeFirst();
    if (!row) return;
    await appendAuditEntry(tx, { ...scheduleEntry(row, actor, action, now), ...because });
    if (action === 'export.schedule-ended' && (await chatOfRequester(tx, row)) !== null)
      await putDelivery(tx, {
        ...{ projectId: row.project_id, target: 'supervisors', now },
        content: { kind: 'export-schedule', scheduleId },
      });
  });
}

async function addSchedule(deps: ExportActDeps, order: ExportOrder & { cron: string }): Promise<string> {
  const { projectId, reader, now, reason, format, zipped = false, destination } = order;
  requireRight(reader);
  parseQuery(order.query);
  const { timeZone } = await requireProject(deps, projectId);
  requireDestination(deps.exports, destination);
  const cron = parseCron(order.cron);
  const id = randomUUID();
  const criteria_sealed = await sealCriteria(deps, id, {
    query: order.query,
    scrub: await scrubOf(deps, order),
    hashKey: randomBytes(32).toString('base64'),
  });
  await deps.db.transaction().execute(async (tx) => {
    await insertSchedule(tx, {
      ...{ id, project_id: projectId, reason, format, zipped, criteria_sealed, cron },
      requester_kind: reader.actor.kind === 'operator' ? 'operator' : 'staff',
      requester_id: reader.actor.id,
      destination: destination ?? null,
      keep_days: requireKeepDays(order.keepDays),
      ...{ time_zone: timeZone, created_at: now, covered_until: now },
    });
    const row = { id, project_id: projectId, reason };
    await appendAuditEntry(tx, scheduleEntry(row, reader.actor, 'export.schedule-added', now));
  });
  return id;
}

/**
 * Asks for the next export of a schedule: of what was active since the last, with what the project's file
 * takes out as it was when the schedule was made. A run that comes twice finds nothing new to cover.
 *
 * @returns the export's id; `null` where the schedule was removed or has just run
 */
export async function runExportSchedule(
  deps: ExportActDeps,
  act: { scheduleId: string; now: Date },
): Promise<string | null> {
  const { scheduleId, now } = act;
  const before = await deps.db
    .selectFrom('export_schedule')
    .selectAll()
    .where('id', '=', scheduleId)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (!before || before.covered_until >= now) return null;
  const criteria = await openCriteria(deps, before);
  const id = randomUUID();
  const hashKey = randomBytes(32).toString('base64');
  const sealed = await sealCriteria(deps, id, { ...criteria, hashKey });
  return await deps.db.transaction().execute(async (tx) => {
    const row = await lockSchedule(tx, scheduleId);
    if (row.covered_until.getTime() !== before.covered_until.getTime())
      throw new AppError('rows_changed', `Schedule ${scheduleId} has run meanwhile; it is looked at again.`);
    const actor = { kind: row.requester_kind, id: row.requester_id };
    await putExport(tx, {
      ...{ id, projectId: row.project_id, scheduleId, actor, sealed, now },
      ...{ reason: row.reason, format: row.format, zipped: row.zipped, destination: row.destination },
      keepDays: row.keep_days,
      active: { after: row.covered_until, until: now },
    });
    await tx
      .updateTable('export_schedule')
      .set({ covered_until: now })
      .where('id', '=', scheduleId)
      .execute();
    return id;
  });
}

function scheduleEntry(
  row: Pick<ExportScheduleRow, 'id' | 'project_id' | 'reason'>,
  actor: Actor,
  action: string,
  now: Date,
) {
  const { id, project_id: projectId, reason } = row;
  return { at: now, actor, action, object: { kind: 'export-schedule', id }, projectId, reason };
}
