import { z } from '@hono/zod-openapi';
import type { ExportScheduleRow } from '../../../db/exports-tables.ts';
import { projectOf } from '../../../db/pages.ts';
import { EXPORT_FORMATS } from '../../../domain/exports.ts';
import { queryAsked } from '../criteria.ts';
import { endpoint } from '../endpoint.ts';
import { inProject, instant, uuid } from '../schemas.ts';
import { exportOrder } from './exports.ts';

/** What is told of a schedule: not what it asks for, which may name a person. */
const schedule = z
  .strictObject({
    id: uuid,
    cron: z.string(),
    timeZone: z.string(),
    format: z.enum(EXPORT_FORMATS),
    reason: z.string(),
    requestedBy: z.string(),
    destination: z.string().nullable(),
    keepDays: z.int(),
    createdAt: instant,
    /** Up to when sessions that were active are exported already. */
    coveredUntil: instant,
  })
  .openapi('ExportSchedule');

function scheduleOf(row: ExportScheduleRow) {
  return {
    id: row.id,
    cron: row.cron,
    timeZone: row.time_zone,
    format: row.format,
    reason: row.reason,
    requestedBy: row.requester_id,
    destination: row.destination,
    keepDays: row.keep_days,
    createdAt: row.created_at,
    coveredUntil: row.covered_until,
  };
}

const listExportSchedules = endpoint({
  operation: 'listExportSchedules',
  method: 'get',
  path: '/projects/{project}/export-schedules',
  tag: 'Exports',
  summary: 'What is exported again and again',
  params: inProject,
  answer: z.strictObject({ items: z.array(schedule) }),
  async handle({ deps, params, token, actor }) {
    const reader = { actor, roles: token.roles };
    const rows = await deps.acts.listExportSchedules({ reader, projectIds: [params.project] });
    return { items: rows.map(scheduleOf) };
  },
});

const addExportSchedule = endpoint({
  operation: 'addExportSchedule',
  method: 'post',
  path: '/projects/{project}/export-schedules',
  tag: 'Exports',
  summary: 'Have exports written again and again',
  description:
    'Each holds what was active since the one before. `cron` is `daily`, `weekly` or five fields, in the time of the project. Each is written with the rights of this token then, and none once it is over.',
  params: inProject,
  body: z
    .strictObject({ ...exportOrder, cron: z.string().min(1).max(60).openapi({ example: '30 6 * * 1-5' }) })
    .openapi('NewExportSchedule'),
  status: 201,
  answer: z.strictObject({ scheduleId: uuid }),
  async handle({ deps, params, body, token, actor, now }) {
    const { query: _query, saved: _saved, zipped, destination, keepDays, scrub, ...order } = body;
    const scheduleId = await deps.acts.addExportSchedule({
      ...{ projectId: params.project, ...order, now, query: await queryAsked({ deps, token }, body) },
      reader: { actor, roles: token.roles },
      ...(zipped !== undefined && { zipped }),
      ...(destination !== undefined && { destination }),
      ...(keepDays !== undefined && { keepDays }),
      ...(scrub !== undefined && { scrub }),
    });
    return { scheduleId };
  },
});

const removeExportSchedule = endpoint({
  operation: 'removeExportSchedule',
  method: 'post',
  path: '/export-schedules/{schedule}/remove',
  tag: 'Exports',
  summary: 'End a schedule; exports that it wrote stay until they expire',
  params: z.strictObject({ schedule: uuid.clone().openapi({ param: { name: 'schedule', in: 'path' } }) }),
  body: z.strictObject({}),
  answer: z.strictObject({ scheduleId: uuid }),
  projectOf: (db, { schedule: id = '' }) => projectOf(db, 'export_schedule', id),
  async handle({ deps, params, token, actor, now }) {
    const reader = { actor, roles: token.roles };
    await deps.acts.removeExportSchedule({ scheduleId: params.schedule, reader, now });
    return { scheduleId: params.schedule };
  },
});

export const exportScheduleEndpoints = [listExportSchedules, addExportSchedule, removeExportSchedule];
