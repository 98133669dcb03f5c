import { z } from '@hono/zod-openapi';
import type { Kysely } from 'kysely';
import { planPolicy as countPlan } from '../../../db/dated-sessions.ts';
import { policyInForce, policyVersion, policyVersions, type PolicyVersion } from '../../../db/policies.ts';
import type { Tables } from '../../../db/tables.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Policy } from '../../../domain/policy.ts';
import { shortenings } from '../../../domain/policy-change.ts';
import { parsePolicyDocument, type Finding } from '../../../domain/policy-document.ts';
import { confirmationOf } from '../../../domain/policy-plan.ts';
import { endpoint } from '../endpoint.ts';
import { problemOf, ProblemError } from '../problems.ts';
import { inProject, instant, words } from '../schemas.ts';

const versionHead = z.strictObject({
  version: z.int(),
  author: z.string(),
  approvedBy: z.string().nullable(),
  reason: z.string(),
  appliedAt: instant,
});
const version = z
  .strictObject({ ...versionHead.shape, policy: z.record(z.string(), z.unknown()) })
  .openapi('PolicyVersion');

/** A policy in YAML, or the file of the project that holds it. */
const document = z.string().min(1).max(200_000).openapi({ example: 'keep: P1Y\nreview:\n  window: P7D\n' });

function headOf({ version: number, author, approvedBy, reason, appliedAt }: PolicyVersion) {
  return { version: number, author, approvedBy, reason, appliedAt };
}

function wholeOf(one: PolicyVersion) {
  return { ...headOf(one), policy: JSON.parse(JSON.stringify(one.policy)) as Record<string, never> };
}

const readPolicy = endpoint({
  operation: 'readPolicy',
  method: 'get',
  path: '/projects/{project}/policy',
  tag: 'Policies',
  summary: 'The policy in force',
  params: inProject,
  answer: version,
  handle: async ({ deps, params }) => wholeOf(await policyInForce(deps.db, params.project)),
});

const listPolicyVersions = endpoint({
  operation: 'listPolicyVersions',
  method: 'get',
  path: '/projects/{project}/policy/versions',
  tag: 'Policies',
  summary: 'Every version of a policy, the newest first',
  params: inProject,
  answer: z.strictObject({ items: z.array(versionHead) }),
  handle: async ({ deps, params }) => ({
    items: (await policyVersions(deps.db, params.project)).map(headOf),
  }),
});

const readPolicyVersion = endpoint({
  operation: 'readPolicyVersion',
  method: 'get',
  path: '/projects/{project}/policy/versions/{version}',
  tag: 'Policies',
  summary: 'One version of a policy',
  params: z.strictObject({
    ...inProject.shape,
    version: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .openapi({ param: { name: 'version', in: 'path' }, example: 3 }),
  }),
  answer: version,
  handle: async ({ deps, params }) => wholeOf(await policyVersion(deps.db, params.project, params.version)),
});

const finding = z.strictObject({
  severity: z.enum(['error', 'warning', 'note']),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: z.string(),
  mend: z.string(),
});

function findingOf({ file: _file, ...one }: Finding) {
  return one;
}

const validatePolicy = endpoint({
  operation: 'validatePolicy',
  method: 'post',
  path: '/projects/{project}/policy/validate',
  tag: 'Policies',
  summary: 'Say by line and column what is wrong with a policy, and what to write instead',
  params: inProject,
  body: z.strictObject({ document }),
  answer: z.strictObject({ valid: z.boolean(), findings: z.array(finding) }),
  reads: true,
  handle({ params, body }) {
    const read = parsePolicyDocument(body.document, { projectId: params.project });
    const valid = !('errors' in read);
    return Promise.resolve({ valid, findings: (valid ? read.warnings : read.errors).map(findingOf) });
  },
});

/** @throws ProblemError that lists every place to be mended */
function policyIn(text: string, projectId: string): Policy {
  const read = parsePolicyDocument(text, { projectId });
  if ('errors' in read)
    throw new ProblemError(
      problemOf(400, 'policy_invalid', 'The policy cannot be used; the places to be mended are listed.', {
        errors: read.errors.map(({ line, column, path, message, mend }) => ({
          pointer: '/document',
          detail: `${line}:${column}: ${path && `${path}: `}${message}. ${mend}`,
        })),
      }),
    );
  if (read.project && read.project.id !== projectId)
    throw new AppError('input_invalid', 'This is the file of another project.');
  return read.policy;
}

async function planOf(db: Kysely<Tables>, inForce: PolicyVersion, policy: Policy, now: Date) {
  const { projectId } = inForce;
  const plan = await countPlan(db, { projectId, policy, now });
  const shorter = shortenings(inForce.policy, policy);
  return {
    baseVersion: inForce.version,
    ...plan,
    shortenings: shorter,
    needsSecondPerson: shorter.length > 0 && !inForce.policy.demo,
    confirmation: confirmationOf(projectId, plan),
  };
}

const planned = {
  sessions: z.int(),
  earlier: z.int(),
  later: z.int(),
  same: z.int(),
  dueNow: z.int(),
};
const sample = z.strictObject({
  sessionId: z.string(),
  before: instant,
  after: instant,
  ruleBefore: z.string().nullable(),
  rule: z.string(),
});

const planPolicy = endpoint({
  operation: 'planPolicy',
  method: 'post',
  path: '/projects/{project}/policy/plan',
  tag: 'Policies',
  summary: 'Count what a policy would delete earlier, later and now, before it changes anything',
  params: inProject,
  body: z.strictObject({ document }),
  answer: z
    .strictObject({
      baseVersion: z.int(),
      ...planned,
      outOfReview: z.int(),
      open: z.int(),
      closed: z.int(),
      byRule: z.array(z.strictObject({ ...planned, before: z.string().nullable(), after: z.string() })),
      byMonth: z.array(z.strictObject({ ...planned, month: z.string() })),
      samples: z.strictObject({ earlier: z.array(sample), later: z.array(sample) }),
      shortenings: z.array(z.string()),
      needsSecondPerson: z.boolean(),
      /** What has to be sent as `confirm` to apply it; null where nothing has to. */
      confirmation: z.string().nullable(),
    })
    .openapi('PolicyPlan'),
  reads: true,
  async handle({ deps, params, body, now }) {
    const policy = policyIn(body.document, params.project);
    return planOf(deps.db, await policyInForce(deps.db, params.project), policy, now);
  },
});

const applyPolicy = endpoint({
  operation: 'applyPolicy',
  method: 'post',
  path: '/projects/{project}/policy',
  tag: 'Policies',
  summary: 'Put a policy into force; one that shortens anything waits for a second person',
  params: inProject,
  body: z.strictObject({
    document,
    /** The version it was planned against. */
    baseVersion: z.int().min(1).max(1_000_000),
    reason: words(200),
    /** The `confirmation` of the plan, where it has one. */
    confirm: z.string().max(100).optional(),
  }),
  answer: z.strictObject({
    outcome: z.enum(['unchanged', 'applied', 'waiting']),
    version: z.int().nullable(),
    approvalId: z.uuid().nullable(),
    shortenings: z.array(z.string()),
  }),
  async handle({ deps, params, body, actor, now }) {
    const projectId = params.project;
    const policy = policyIn(body.document, projectId);
    const plan = await planOf(deps.db, await policyInForce(deps.db, projectId), policy, now);
    if (plan.confirmation !== null && body.confirm !== plan.confirmation)
      throw new AppError(
        'not_allowed',
        `This policy brings ${plan.dueNow} of ${plan.sessions} sessions into review at once. Nothing was changed. To go on, send "confirm": "${plan.confirmation}".`,
      );
    const { baseVersion, reason } = body;
    const outcome = await deps.acts.applyPolicy({ projectId, policy, baseVersion, reason, actor, now });
    return outcome.outcome === 'waiting'
      ? { ...outcome, version: null }
      : { ...outcome, approvalId: null, shortenings: [] };
  },
});

export const policyEndpoints = [
  readPolicy,
  listPolicyVersions,
  readPolicyVersion,
  validatePolicy,
  planPolicy,
  applyPolicy,
];
