import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { ApprovalTable } from './policy-tables.ts';
import type { Tables } from './tables.ts';

/** What one person asked for and another has to approve. */
export type Approval = Selectable<ApprovalTable>;

/** Files a request; `undefined` where the same is waiting already. */
export async function insertApproval(
  tx: Transaction<Tables>,
  request: {
    projectId: string;
    kind: string;
    objectId: string;
    payload: Readonly<Record<string, unknown>>;
    reason: string;
    requestedBy: string;
    now: Date;
  },
): Promise<string | undefined> {
  const row = await tx
    .insertInto('approval')
    .values({
      id: randomUUID(),
      project_id: request.projectId,
      kind: request.kind,
      object_id: request.objectId,
      payload: JSON.stringify(request.payload),
      reason: request.reason,
      requested_by: request.requestedBy,
      requested_at: request.now,
      outcome: null,
      decided_by: null,
      decided_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'kind', 'object_id']).where('outcome', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Locks a request for its decision. */
export async function lockApproval(tx: Transaction<Tables>, id: string): Promise<Approval | undefined> {
  return tx.selectFrom('approval').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Records how a request was decided. */
export async function markDecided(
  tx: Transaction<Tables>,
  id: string,
  decision: { outcome: 'approved' | 'refused'; decidedBy: string; now: Date },
): Promise<void> {
  await tx
    .updateTable('approval')
    .set({ outcome: decision.outcome, decided_by: decision.decidedBy, decided_at: decision.now })
    .where('id', '=', id)
    .execute();
}

/** The requests that wait for a second person, oldest first. */
export async function waitingApprovals(db: Kysely<Tables>, projectId?: string): Promise<Approval[]> {
  return db
    .selectFrom('approval')
    .selectAll()
    .where('outcome', 'is', null)
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
    .orderBy('requested_at')
    .execute();
}
