import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { insertApproval, type Approval } from '../db/approvals.ts';
import { putDelivery } from '../db/deliveries.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';

/** What needs a second person. */
export type ApprovalKind = 'policy' | 'hold-release' | 'erasure';

/** Under which the audit finds all that belongs to a request: an erasure's number, or else its own id. */
export function requestIdOf({ id, payload }: Pick<Approval, 'id' | 'payload'>): string {
  return typeof payload['number'] === 'string' ? payload['number'] : id;
}

/**
 * Asks for a second person's approval, in the transaction of the act that needs it, and tells those who
 * may give it.
 *
 * @returns the request's id
 * @throws AppError `already_decided` when the same is waiting for approval already
 */
export async function requestApproval(
  tx: Transaction<Tables>,
  request: {
    projectId: string;
    kind: ApprovalKind;
    objectId: string;
    /** What is needed to carry it out; ids and rules, never personal data. */
    payload: Readonly<Record<string, unknown>>;
    reason: string;
    actor: Actor;
    now: Date;
  },
): Promise<string> {
  const id = await insertApproval(tx, { ...request, requestedBy: request.actor.id });
  if (!id)
    throw new AppError(
      'already_decided',
      `This already waits for a second person. See it with: retention approval list`,
      { refusal: 'waits-already' },
    );
  await appendAuditEntry(tx, {
    at: request.now,
    actor: request.actor,
    action: `${request.kind}.requested`,
    object: { kind: 'approval', id },
    projectId: request.projectId,
    reason: request.objectId,
    requestId: requestIdOf({ id, payload: request.payload }),
  });
  await putDelivery(tx, {
    projectId: request.projectId,
    target: 'supervisors',
    content: { kind: 'approval-card', approvalId: id },
    now: request.now,
  });
  return id;
}
