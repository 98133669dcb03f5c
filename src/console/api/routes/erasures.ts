import { z } from '@hono/zod-openapi';
import { erasureEntry } from '../../../db/audit.ts';
import { erasureByNumber } from '../../../db/erasure-report.ts';
import { restrictedParts, type Erasure } from '../../../db/erasures.ts';
import { pageOfErasures, projectOfErasure, waitingErasureApproval } from '../../../db/pages.ts';
import { EXTENSION_GROUNDS, REFUSAL_GROUNDS } from '../../../domain/erasure-answers.ts';
import { ERASURE_STATES } from '../../../domain/erasure-steps.ts';
import { AppError } from '../../../domain/errors.ts';
import { cutPage, readCursor } from '../cursors.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { auditReason, counts, inProject, instant, pageOf, paging, uuid } from '../schemas.ts';
import { receipt } from '../receipt.ts';
import { seesRestricted } from './sessions.ts';

const erasure = z
  .strictObject({
    number: z.string(),
    subjectId: uuid,
    origin: z.string(),
    state: z.enum(ERASURE_STATES),
    regulation: z.string(),
    filedBy: z.string().nullable(),
    proof: z.string().nullable(),
    refusalGround: z.string().nullable(),
    receivedAt: instant,
    legalDeadlineAt: instant,
    extendedAt: instant.nullable(),
    extensionGround: z.string().nullable(),
    confirmableUntil: instant.nullable(),
    confirmedAt: instant.nullable(),
    targetAt: instant.nullable(),
    deadlineAt: instant.nullable(),
    keysDestroyedAt: instant.nullable(),
    removedAt: instant.nullable(),
    verifiedAt: instant.nullable(),
    completedAt: instant.nullable(),
    counts,
  })
  .openapi('Erasure');

function erasureOf(one: Erasure) {
  return {
    number: one.number,
    subjectId: one.subject_id,
    origin: one.origin,
    state: one.state,
    regulation: one.regulation,
    filedBy: one.filed_by,
    proof: one.proof,
    refusalGround: one.refusal_ground,
    receivedAt: one.received_at,
    legalDeadlineAt: one.legal_deadline_at,
    extendedAt: one.extended_at,
    extensionGround: one.extension_ground,
    confirmableUntil: one.confirmable_until,
    confirmedAt: one.confirmed_at,
    targetAt: one.target_at,
    deadlineAt: one.deadline_at,
    keysDestroyedAt: one.keys_destroyed_at,
    removedAt: one.removed_at,
    verifiedAt: one.verified_at,
    completedAt: one.completed_at,
    counts: one.counts,
  };
}

const numbered = z.strictObject({
  erasure: z
    .string()
    .regex(/^E-[0-9A-Z]{4}-[0-9A-Z]{4}$/, 'expected a number such as E-7K3M-Q2XA')
    .openapi({ param: { name: 'erasure', in: 'path' }, example: 'E-7K3M-Q2XA' }),
});
const projectOfNumber: Pick<Endpoint, 'projectOf'> & object = {
  projectOf: (db, { erasure: number = '' }) => projectOfErasure(db, number),
};

const listErasures = endpoint({
  operation: 'listErasures',
  method: 'get',
  path: '/projects/{project}/erasures',
  tag: 'Erasures',
  summary: 'Requests to erase a person, the newest first',
  params: inProject,
  query: z.strictObject({ ...paging, state: z.enum(ERASURE_STATES).optional() }),
  answer: pageOf(erasure),
  async handle({ deps, params, query }) {
    const { limit = 50 } = query;
    const rows = await pageOfErasures(deps.db, {
      ...{ projectId: params.project, limit: limit + 1, after: readCursor(query.cursor) },
      state: query.state,
    });
    return cutPage(rows, limit, ({ id }) => id, erasureOf);
  },
});

const fileErasure = endpoint({
  operation: 'fileErasure',
  method: 'post',
  path: '/projects/{project}/erasures',
  tag: 'Erasures',
  summary: 'File a request that a customer made elsewhere; a second person confirms it',
  description: '`proof` is where the proof of who they are lies: a ticket number, never personal data.',
  params: inProject,
  body: z.union([
    z.strictObject({
      telegramUserId: z
        .int()
        .min(1)
        .max(2 ** 52),
      proof: auditReason,
    }),
    z.strictObject({ subjectId: uuid, proof: auditReason }),
  ]),
  status: 201,
  answer: z.strictObject({ number: z.string(), approvalId: uuid }),
  async handle({ deps, params, body, actor, now }) {
    const { proof, ...whom } = body;
    const { number, approvalId } = await deps.acts.fileErasureRequest({
      ...{ projectId: params.project, whom, proof, actor, now },
    });
    return { number, approvalId };
  },
});

const readErasure = endpoint({
  operation: 'readErasure',
  method: 'get',
  path: '/erasures/{erasure}',
  tag: 'Erasures',
  summary: 'Where an erasure stands, its clocks, what was destroyed and what stays',
  params: numbered,
  ...projectOfNumber,
  answer: z.strictObject({
    ...erasure.shape,
    /** What a hold or a legal minimum keeps for now. */
    kept: z.array(
      z.strictObject({
        /** For compliance, who alone sees what the law keeps. */
        sessionId: uuid.nullable(),
        ground: z.string(),
        until: instant.nullable(),
      }),
    ),
    /** The request that waits for a second person, if there is one. */
    approvalId: uuid.nullable(),
  }),
  async handle({ deps, params, token }) {
    const found = await erasureByNumber(deps.db, params.erasure);
    const seesThem = seesRestricted(token);
    const kept = await restrictedParts(deps.db, found.id);
    return {
      ...erasureOf(found),
      approvalId: (await waitingErasureApproval(deps.db, found.id)) ?? null,
      kept: kept.map(({ sessionId, ground, until }) => ({
        sessionId: seesThem ? sessionId : null,
        ...{ ground, until },
      })),
    };
  },
});

const confirmErasure = endpoint({
  operation: 'confirmErasure',
  method: 'post',
  path: '/erasures/{erasure}/confirm',
  tag: 'Erasures',
  summary: 'Confirm, as the second person, a request that staff filed',
  description: 'A request of the customer themselves is confirmed by their own button alone.',
  params: numbered,
  ...projectOfNumber,
  body: z.strictObject({}),
  answer: erasure,
  async handle({ deps, params, actor, now }) {
    const found = await erasureByNumber(deps.db, params.erasure);
    const approvalId = await waitingErasureApproval(deps.db, found.id);
    if (approvalId === undefined)
      throw new AppError(
        'already_decided',
        `Erasure ${found.number} does not wait for a second person: it is ${found.state}.`,
      );
    await deps.acts.decideApproval({ approvalId, outcome: 'approved', actor, now });
    return erasureOf(await erasureByNumber(deps.db, params.erasure));
  },
});

const refuseErasure = endpoint({
  operation: 'refuseErasure',
  method: 'post',
  path: '/erasures/{erasure}/refuse',
  tag: 'Erasures',
  summary: 'Refuse a request that is not confirmed yet; the customer is told the ground',
  params: numbered,
  ...projectOfNumber,
  body: z.strictObject({ ground: z.enum(keysOf(REFUSAL_GROUNDS)) }),
  answer: erasure,
  handle: async ({ deps, params, body, actor, now }) =>
    erasureOf(await deps.acts.refuseErasure({ number: params.erasure, ground: body.ground, actor, now })),
});

const extendErasure = endpoint({
  operation: 'extendErasure',
  method: 'post',
  path: '/erasures/{erasure}/extend',
  tag: 'Erasures',
  summary: 'Move the legal deadline, once and before it passes; the customer is told why',
  params: numbered,
  ...projectOfNumber,
  body: z.strictObject({ ground: z.enum(keysOf(EXTENSION_GROUNDS)) }),
  answer: erasure,
  handle: async ({ deps, params, body, actor, now }) =>
    erasureOf(await deps.acts.extendErasure({ number: params.erasure, ground: body.ground, actor, now })),
});

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): [K, ...K[]] {
  return Object.keys(record) as [K, ...K[]];
}

const readErasureReceipt = endpoint({
  operation: 'readErasureReceipt',
  method: 'get',
  path: '/erasures/{erasure}/receipt',
  tag: 'Erasures',
  summary: 'The receipt of an erasure: what the audit log proves of it',
  description: '409 while the newest entry waits for the next signed head, which takes minutes.',
  params: numbered,
  ...projectOfNumber,
  answer: receipt,
  async handle({ deps, params }) {
    const entry = await erasureEntry(deps.db, params.erasure);
    if (!entry) throw new AppError('not_found', `There is no erasure ${params.erasure} in the audit log.`);
    return receipt.parse(await deps.receiptFor(entry));
  },
});

export const erasureEndpoints = [
  listErasures,
  fileErasure,
  readErasure,
  confirmErasure,
  refuseErasure,
  extendErasure,
  readErasureReceipt,
];
