import { z } from '@hono/zod-openapi';
import { pageOfExports, projectOf } from '../../../db/pages.ts';
import type { ExportRow } from '../../../db/exports-tables.ts';
import { EXPORT_FORMATS, MOST_KEEP_DAYS } from '../../../domain/exports.ts';
import { scrubSchema } from '../../../domain/scrub-rules.ts';
import { filesAsOne } from '../../../export/files.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { queryAsked, whichSessions } from '../criteria.ts';
import { download, endpoint, type Definition } from '../endpoint.ts';
import { auditReason, inProject, instant, pageOf, paging, uuid } from '../schemas.ts';

/** What is told of an export: not what was asked for, which may name a person. */
const exported = z
  .strictObject({
    id: uuid,
    format: z.enum(EXPORT_FORMATS),
    state: z.enum(['requested', 'planned', 'written', 'done', 'removing', 'removed']),
    ending: z.string().nullable(),
    /** Where it ended because it could not be written: the code of the error. */
    failure: z.string().nullable(),
    requestedBy: z.string(),
    reason: z.string(),
    sessions: z.int(),
    /** Sessions that whoever asked may not read. */
    heldBack: z.int(),
    doneSessions: z.int(),
    messages: z.int(),
    bytes: z.int(),
    requestedAt: instant,
    finishedAt: instant.nullable(),
    expiresAt: instant,
  })
  .openapi('Export');

function exportOf(row: ExportRow) {
  return {
    id: row.id,
    format: row.format,
    state: row.state,
    ending: row.ending,
    failure: row.failure,
    requestedBy: row.requester_id,
    reason: row.reason,
    sessions: row.sessions,
    heldBack: row.held_back,
    doneSessions: row.done_sessions,
    messages: row.messages,
    bytes: row.bytes,
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
  };
}

const ofExport = z.strictObject({
  export: uuid.clone().openapi({ param: { name: 'export', in: 'path' } }),
});
const exportsProject: NonNullable<Definition<typeof ofExport, never, never, never>['projectOf']> = (
  db,
  { export: id = '' },
) => projectOf(db, 'export', id);

/** What is asked for, once or again and again. */
export const exportOrder = {
  ...whichSessions,
  format: z.enum(EXPORT_FORMATS),
  reason: auditReason,
  zipped: z.boolean().optional(),
  destination: z.string().min(1).max(300).optional(),
  keepDays: z.int().min(1).max(MOST_KEEP_DAYS).optional(),
  /** What is taken out, besides what the project's file takes out. */
  scrub: scrubSchema.optional(),
};

const listExports = endpoint({
  operation: 'listExports',
  method: 'get',
  path: '/projects/{project}/exports',
  tag: 'Exports',
  summary: 'Exports of a project, the newest first',
  params: inProject,
  query: z.strictObject(paging),
  answer: pageOf(exported),
  async handle({ deps, params, query }) {
    const { limit = 50 } = query;
    const page = { projectId: params.project, limit: limit + 1, after: readCursor(query.cursor) };
    return cutPage(await pageOfExports(deps.db, page), limit, ({ id }) => id, exportOf);
  },
});

const requestExport = endpoint({
  operation: 'requestExport',
  method: 'post',
  path: '/projects/{project}/exports',
  tag: 'Exports',
  summary: 'Ask for an export; it is written in the background',
  description:
    'With the rights of this token as they are while it is written. What is found takes the language of queries.',
  params: inProject,
  body: z.strictObject(exportOrder).openapi('NewExport'),
  status: 202,
  answer: z.strictObject({ exportId: uuid }),
  async handle({ deps, params, body, token, actor, now }) {
    const { format, reason, zipped, destination, keepDays, scrub } = body;
    const query = await queryAsked({ deps, token }, body);
    const exportId = await deps.acts.requestExport({
      ...{ projectId: params.project, query, format, reason, now },
      reader: { actor, roles: token.roles },
      ...(zipped !== undefined && { zipped }),
      ...(destination !== undefined && { destination }),
      ...(keepDays !== undefined && { keepDays }),
      ...(scrub !== undefined && { scrub }),
    });
    return { exportId };
  },
});

const readExport = endpoint({
  operation: 'readExport',
  method: 'get',
  path: '/exports/{export}',
  tag: 'Exports',
  summary: 'How far an export is',
  params: ofExport,
  projectOf: exportsProject,
  answer: exported,
  handle: async ({ deps, params, token, actor }) =>
    exportOf(await deps.acts.showExport({ exportId: params.export, reader: { actor, roles: token.roles } })),
});

const removeExport = endpoint({
  operation: 'removeExport',
  method: 'post',
  path: '/exports/{export}/remove',
  tag: 'Exports',
  summary: 'End an export, and remove what there is of it',
  params: ofExport,
  projectOf: exportsProject,
  body: z.strictObject({}),
  answer: exported,
  async handle({ deps, params, token, actor, now }) {
    const reader = { actor, roles: token.roles };
    await deps.acts.removeExport({ exportId: params.export, reader, now });
    return exportOf(await deps.acts.showExport({ exportId: params.export, reader }));
  },
});

const fetchExport = download({
  operation: 'fetchExport',
  method: 'post',
  path: '/exports/{export}/fetch',
  tag: 'Exports',
  summary: 'Fetch the files of an export that is done, as one compressed file',
  description:
    'For the token that asked for it alone; audited with the reason first. Neither an erasure nor the end of the export reaches what was fetched.',
  params: ofExport,
  projectOf: exportsProject,
  body: z.strictObject({ reason: auditReason }),
  reads: true,
  async handle({ deps, params, body, token, actor, now }) {
    const file = await deps.acts.fetchExport({
      ...{ exportId: params.export, reason: body.reason, now },
      reader: { actor, roles: token.roles },
      open: (row) => filesAsOne(deps.exportFiles(row), { zipped: row.zipped, at: row.requested_at }),
    });
    return { name: `${token.projectId}-export-${params.export.slice(0, 8)}.zip`, body: file };
  },
});

export const exportEndpoints = [listExports, requestExport, readExport, removeExport, fetchExport];
