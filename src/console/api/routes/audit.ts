import { z } from '@hono/zod-openapi';
import { listAuditEntries, readAuditEntry as readEntry, type AuditRow } from '../../../db/audit.ts';
import { checkpointCovering, newestAnchored, newestCheckpoint } from '../../../db/audit-checkpoints.ts';
import { placeOfEntry, treeState } from '../../../db/audit-tree.ts';
import { lastAuditCheck } from '../../../db/metrics.ts';
import { AppError } from '../../../domain/errors.ts';
import { endpoint, type ApiDeps } from '../endpoint.ts';
import { receipt } from '../receipt.ts';
import { counts, givenInstant, inProject, instant, pageOf, paging, uuid } from '../schemas.ts';

const entry = z
  .strictObject({
    seq: z.int(),
    at: instant,
    actor: z.strictObject({ kind: z.string(), id: z.string(), role: z.string().nullable() }),
    action: z.string(),
    object: z.strictObject({ kind: z.string(), id: z.string() }),
    counts,
    reason: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .openapi('AuditEntry');

function entryOf(row: AuditRow) {
  return {
    seq: row.seq,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, role: row.actor_role },
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    counts: row.counts,
    reason: row.reason,
    requestId: row.request_id,
  };
}

const word = z.string().regex(/^[!-~]{1,100}$/, 'expected 1 to 100 visible characters');

const listEntries = endpoint({
  operation: 'listAuditEntries',
  method: 'get',
  path: '/projects/{project}/audit/entries',
  tag: 'Audit',
  summary: 'What was done in a project, the newest first',
  params: inProject,
  query: z.strictObject({
    ...paging,
    action: word.optional().openapi({ example: 'hold' }),
    actor: word.optional(),
    session: uuid.optional(),
    request: word.optional().openapi({ example: 'E-7K3M-Q2XA' }),
    since: givenInstant.optional(),
    until: givenInstant.optional(),
  }),
  answer: pageOf(entry),
  async handle({ deps, params, query }) {
    const { limit = 50, cursor, action, actor, session, request, since, until } = query;
    const before = readSeq(cursor);
    const rows = await listAuditEntries(deps.db, {
      ...{ projectId: params.project, limit: limit + 1 },
      ...(before !== undefined && { before }),
      ...(action !== undefined && { action }),
      ...(actor !== undefined && { actor }),
      ...(session !== undefined && { sessionId: session }),
      ...(request !== undefined && { requestId: request }),
      ...(since !== undefined && { since: new Date(since) }),
      ...(until !== undefined && { until: new Date(until) }),
    });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const next = last ? Buffer.from(`seq:${last.seq}`).toString('base64url') : null;
    return { items: shown.map(entryOf), next };
  },
});

function readSeq(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const seq = /^seq:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (seq !== undefined) return Number(seq);
  throw new AppError(
    'input_invalid',
    'This is not a cursor. Take it from `next` of the page before, or begin without one.',
  );
}

const ofEntry = z.strictObject({
  ...inProject.shape,
  seq: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .openapi({ param: { name: 'seq', in: 'path' }, example: 4711 }),
});

/** Entries of other projects, and of the installation, are none here. */
async function entryIn(
  { db }: ApiDeps,
  { project, seq }: { project: string; seq: number },
): Promise<AuditRow> {
  const row = await readEntry(db, seq);
  if (row?.project_id === project) return row;
  throw new AppError('not_found', `There is no audit entry ${seq} in project ${project}.`);
}

const readAuditEntry = endpoint({
  operation: 'readAuditEntry',
  method: 'get',
  path: '/projects/{project}/audit/entries/{seq}',
  tag: 'Audit',
  summary: 'One entry, and its place in the log',
  params: ofEntry,
  answer: z.strictObject({
    ...entry.shape,
    /** From 0; null until it has its place, within seconds. */
    position: z.int().nullable(),
    /** The signed head that covers it; null until one does, within minutes. */
    head: z.strictObject({ size: z.int(), at: instant, anchoredAt: instant.nullable() }).nullable(),
  }),
  async handle({ deps, params }) {
    const row = await entryIn(deps, params);
    const position = (await placeOfEntry(deps.db, row.seq)) ?? null;
    const head = position === null ? undefined : await checkpointCovering(deps.db, position);
    return {
      ...entryOf(row),
      position,
      head: head ? { size: head.size, at: head.at, anchoredAt: head.anchoredAt } : null,
    };
  },
});

const proveAuditEntry = endpoint({
  operation: 'proveAuditEntry',
  method: 'get',
  path: '/projects/{project}/audit/entries/{seq}/proof',
  tag: 'Audit',
  summary: 'The proof that an entry is in the log and was not changed',
  description: '409 while the entry waits for the next signed head, which takes minutes.',
  params: ofEntry,
  answer: receipt,
  handle: async ({ deps, params }) => receipt.parse(await deps.receiptFor(await entryIn(deps, params))),
});

const readCheckpoint = endpoint({
  operation: 'readCheckpoint',
  method: 'get',
  path: '/projects/{project}/audit/checkpoint',
  tag: 'Audit',
  summary: 'The newest signed head of the log of this installation',
  params: inProject,
  answer: z.strictObject({ size: z.int(), at: instant, anchoredAt: instant.nullable(), note: z.string() }),
  async handle({ deps }) {
    const head = await newestCheckpoint(deps.db);
    if (!head)
      throw new AppError('not_found', 'No head of the audit log is signed yet. Ask again in minutes.');
    const { size, at, anchoredAt, note } = head;
    return { size, at, anchoredAt, note };
  },
});

const readAuditStatus = endpoint({
  operation: 'readAuditStatus',
  method: 'get',
  path: '/projects/{project}/audit/status',
  tag: 'Audit',
  summary: 'How far the log is signed, anchored and checked',
  params: inProject,
  answer: z.strictObject({
    size: z.int(),
    signed: z.int(),
    anchored: z.int(),
    lastCheck: z.strictObject({ at: instant, outcome: z.enum(['good', 'damaged']) }).nullable(),
  }),
  async handle({ deps: { db } }) {
    const [tree, signed, anchored, lastCheck] = await Promise.all([
      treeState(db),
      newestCheckpoint(db),
      newestAnchored(db),
      lastAuditCheck(db),
    ]);
    return {
      size: tree.size,
      signed: signed?.size ?? 0,
      anchored: anchored?.size ?? 0,
      lastCheck: lastCheck ?? null,
    };
  },
});

export const auditEndpoints = [listEntries, readAuditEntry, proveAuditEntry, readCheckpoint, readAuditStatus];
