import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { waitingApprovals, type Approval } from '../db/approvals.ts';
import { insertPolicy, lockPolicies, policyInForce, type PolicyVersion } from '../db/policies.ts';
import { startRollout } from '../db/rollouts.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { Policy } from '../domain/policy.ts';
import { shortenings } from '../domain/policy-change.ts';
import { diff } from '../domain/policy-diff.ts';
import { requestApproval } from './approval-request.ts';
import type { ActDeps } from './deps.ts';

/** What became of a policy that somebody applied. */
export type PolicyOutcome =
  | { readonly outcome: 'unchanged' | 'applied'; readonly version: number }
  | {
      readonly outcome: 'waiting';
      /** The request that a second person has to approve. */
      readonly approvalId: string;
      /** Why one is needed, in words. */
      readonly shortenings: readonly string[];
    };

/**
 * Puts a policy into force as the next version, from which the archive is decided anew in the background.
 * One that shortens anything waits for a second person first, unless the project is a demo.
 *
 * @param act.baseVersion the version it was planned against
 * @param act.reason stored with the version; without names
 * @throws AppError `input_invalid` without a reason, `not_found`, `already_decided` when another version
 *   is in force by now, or one waits for approval already
 */
export async function applyPolicy(
  deps: Pick<ActDeps, 'db'>,
  act: {
    projectId: string;
    policy: Policy;
    baseVersion?: number;
    reason: string;
    actor: Actor;
    now: Date;
  },
): Promise<PolicyOutcome> {
  const reason = act.reason.trim();
  if (!reason)
    throw new AppError(
      'input_invalid',
      `A new policy of ${act.projectId} needs a reason. Example: --reason "new guidance on complaints"`,
    );
  return deps.db.transaction().execute(async (tx) => {
    await lockPolicies(tx, act.projectId);
    const before = await policyInForce(tx, act.projectId);
    refuseOutdated(before, act.baseVersion ?? before.version);
    if (diff(before.policy, act.policy).length === 0)
      return { outcome: 'unchanged', version: before.version };
    const shorter = before.policy.demo ? [] : shortenings(before.policy, act.policy);
    if (shorter.length === 0)
      return {
        outcome: 'applied',
        version: await putIntoForce(tx, before, { ...act, reason, author: act.actor.id, approvedBy: null }),
      };
    await refuseWhileWaiting(tx, act.projectId);
    const approvalId = await requestApproval(tx, {
      ...act,
      kind: 'policy',
      objectId: act.projectId,
      payload: { policy: act.policy, baseVersion: before.version, reason },
      reason,
    });
    return { outcome: 'waiting', approvalId, shortenings: shorter };
  });
}

/**
 * Asked before the request is filed: filing it would wait for somebody who decides the other one right now,
 * and who waits for the lock of the project's policies that is held here.
 */
async function refuseWhileWaiting(tx: Transaction<Tables>, projectId: string) {
  const waiting = (await waitingApprovals(tx, projectId)).find(({ kind }) => kind === 'policy');
  if (waiting)
    throw new AppError(
      'already_decided',
      `A shorter policy of ${projectId} waits for a second person already. See it with: retention approval show ${waiting.id}`,
    );
}

/** What a request to shorten a policy holds. */
export interface PolicyRequest {
  readonly policy: Policy;
  readonly baseVersion: number;
  readonly reason: string;
}

/**
 * Puts a policy into force that a second person has approved.
 *
 * @throws AppError `already_decided` when it was planned against a version that is not in force any more
 */
export async function carryOutPolicy(
  tx: Transaction<Tables>,
  approval: Approval,
  act: { actor: Actor; now: Date },
): Promise<void> {
  const { policy, baseVersion, reason } = approval.payload as unknown as PolicyRequest;
  await lockPolicies(tx, approval.project_id);
  const before = await policyInForce(tx, approval.project_id);
  refuseOutdated(before, baseVersion, approval.id);
  await putIntoForce(tx, before, {
    ...act,
    policy,
    reason,
    author: approval.requested_by,
    approvedBy: act.actor.id,
    requestId: approval.id,
  });
}

function refuseOutdated(inForce: PolicyVersion, baseVersion: number, approvalId?: string) {
  const { projectId, version } = inForce;
  if (version === baseVersion) return;
  const mend = approvalId
    ? `Refuse it (retention approval refuse ${approvalId}), then plan it again`
    : 'Plan it again';
  throw new AppError(
    'already_decided',
    `This policy of ${projectId} was planned against version ${baseVersion}; version ${version} is in force by now. ${mend}: retention policy plan ${projectId} FILE`,
    approvalId ? { refusal: 'policy-outdated' } : {},
  );
}

async function putIntoForce(
  tx: Transaction<Tables>,
  before: PolicyVersion,
  next: {
    policy: Policy;
    author: string;
    approvedBy: string | null;
    requestId?: string;
    reason: string;
    actor: Actor;
    now: Date;
  },
): Promise<number> {
  const { projectId } = before;
  const { policy, author, approvedBy, requestId, reason, actor, now } = next;
  const version = before.version + 1;
  await insertPolicy(tx, { projectId, version, policy, author, approvedBy, reason, appliedAt: now });
  await startRollout(tx, { projectId, version, now });
  await appendAuditEntry(tx, {
    at: now,
    actor,
    action: 'policy.applied',
    object: { kind: 'policy', id: `${projectId}:${version}` },
    projectId,
    counts: { version },
    ...(requestId && { requestId }),
  });
  return version;
}
