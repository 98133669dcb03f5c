import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { lockApproval, markDecided, type Approval } from '../db/approvals.ts';
import { putDelivery } from '../db/deliveries.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { requestIdOf, type ApprovalKind } from './approval-request.ts';
import type { ActDeps } from './deps.ts';
import { carryOutErasure } from './erasure-filing.ts';
import { carryOutRelease } from './holds.ts';
import { carryOutPolicy } from './policies.ts';

type CarryOut = (
  tx: Transaction<Tables>,
  approval: Approval,
  act: { actor: Actor; now: Date },
) => Promise<void>;

const CARRY_OUT: Record<ApprovalKind, CarryOut> = {
  policy: carryOutPolicy,
  'hold-release': carryOutRelease,
  erasure: carryOutErasure,
};

/**
 * A second person approves or refuses what a first one asked for; what is approved is carried out in the
 * same transaction. Whoever asked may take it back, never grant it.
 *
 * @throws AppError `not_found`, `already_decided`, `not_allowed`
 */
export async function decideApproval(
  deps: ActDeps,
  act: { approvalId: string; outcome: 'approved' | 'refused'; actor: Actor; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const approval = await lockApproval(tx, act.approvalId);
    if (!approval)
      throw new AppError('not_found', `There is no request ${act.approvalId}. See: retention approval list`, {
        refusal: 'request-unknown',
      });
    if (approval.outcome)
      throw new AppError(
        'already_decided',
        `Request ${approval.id} was already ${approval.outcome} by ${approval.decided_by ?? ''} at ${approval.decided_at?.toISOString() ?? ''}.`,
        {
          refusal: { why: 'request-decided', outcome: approval.outcome, by: approval.decided_by ?? '' },
        },
      );
    if (act.outcome === 'approved' && approval.requested_by === act.actor.id)
      throw new AppError(
        'not_allowed',
        `Request ${approval.id} is your own: a second person has to approve it. You can take it back by refusing it.`,
        { refusal: 'asked-yourself' },
      );
    await markDecided(tx, approval.id, { ...act, decidedBy: act.actor.id });
    if (act.outcome === 'approved') await CARRY_OUT[approval.kind as ApprovalKind](tx, approval, act);
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: `${approval.kind}.${act.outcome}`,
      object: { kind: 'approval', id: approval.id },
      projectId: approval.project_id,
      reason: approval.object_id,
      requestId: requestIdOf(approval),
    });
    await putDelivery(tx, {
      projectId: approval.project_id,
      target: 'supervisors',
      content: { kind: 'approval-card', approvalId: approval.id },
      now: act.now,
    });
  });
}
