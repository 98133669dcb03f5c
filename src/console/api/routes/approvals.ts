import { z } from '@hono/zod-openapi';
import type { Approval } from '../../../db/approvals.ts';
import { erasureNumbers, pageOfApprovals, projectOf } from '../../../db/pages.ts';
import { AppError } from '../../../domain/errors.ts';
import { mayDo } from '../../../domain/roles.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { endpoint, type ApiDeps } from '../endpoint.ts';
import { approvalNeeds } from '../permissions.ts';
import { inProject, instant, pageOf, paging, uuid } from '../schemas.ts';

const approval = z
  .strictObject({
    id: uuid,
    kind: z.string(),
    objectId: z.string(),
    /** Of an erasure, the number by which it is read. */
    erasure: z.string().nullable(),
    reason: z.string(),
    requestedBy: z.string(),
    requestedAt: instant,
    outcome: z.enum(['approved', 'refused']).nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
  })
  .openapi('Approval');

function approvalOf(one: Approval, numbers: ReadonlyMap<string, string>) {
  return {
    erasure: numbers.get(one.object_id) ?? null,
    id: one.id,
    kind: one.kind,
    objectId: one.object_id,
    reason: one.reason,
    requestedBy: one.requested_by,
    requestedAt: one.requested_at,
    outcome: one.outcome,
    decidedBy: one.decided_by,
    decidedAt: one.decided_at,
  };
}

const listApprovals = endpoint({
  operation: 'listApprovals',
  method: 'get',
  path: '/projects/{project}/approvals',
  tag: 'Approvals',
  summary: 'What waits for a second person, the oldest first',
  params: inProject,
  query: z.strictObject({ ...paging, which: z.enum(['waiting', 'all']).optional() }),
  answer: pageOf(approval),
  async handle({ deps, params, query }) {
    const { limit = 50 } = query;
    const rows = await pageOfApprovals(deps.db, {
      ...{ projectId: params.project, limit: limit + 1, after: readCursor(query.cursor) },
      all: query.which === 'all',
    });
    const numbers = await erasureNumbers(deps.db, rows);
    return cutPage(
      rows,
      limit,
      ({ id }) => id,
      (one) => approvalOf(one, numbers),
    );
  },
});

const decideApproval = endpoint({
  operation: 'decideApproval',
  method: 'post',
  path: '/approvals/{approval}',
  tag: 'Approvals',
  summary: 'Approve or refuse what somebody else asked for',
  description:
    'A policy needs `policy.approve`, an erasure `erasure.approve`. Whoever asked may take it back, never grant it; a token and the person who answers for it are one.',
  params: z.strictObject({ approval: uuid.openapi({ param: { name: 'approval', in: 'path' } }) }),
  body: z.strictObject({ outcome: z.enum(['approved', 'refused']) }),
  answer: approval,
  projectOf: (db, { approval: id = '' }) => projectOf(db, 'approval', id),
  async handle({ deps, params, body, token, actor, now }) {
    const { kind, requested_by: asked } = await read(deps, params.approval);
    const takesBack = body.outcome === 'refused' && asked === actor.id;
    if (!takesBack && !mayDo(token.roles, approvalNeeds(kind)))
      throw new AppError('not_allowed', `Deciding this needs the right ${approvalNeeds(kind)}.`);
    await deps.acts.decideApproval({ approvalId: params.approval, outcome: body.outcome, actor, now });
    const decided = await read(deps, params.approval);
    return approvalOf(decided, await erasureNumbers(deps.db, [decided]));
  },
});

async function read({ db }: ApiDeps, id: string): Promise<Approval> {
  return db.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

export const approvalEndpoints = [listApprovals, decideApproval];
