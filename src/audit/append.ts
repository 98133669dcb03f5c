import { sql, type QueryExecutorProvider } from 'kysely';
import type { Actor, Counts } from '../domain/events.ts';

/** A fact: who did what to which object, and how much of it. Never a name and never a text. */
export interface AuditEntry {
  readonly at: Date;
  readonly actor: Actor;
  /** Workflow, run and activity, where the act is an activity's. */
  readonly source?: { readonly workflowId: string; readonly runId: string; readonly activity: string };
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly projectId: string | null;
  readonly counts?: Counts;
  readonly reason?: string;
  /** Names the operation: a second entry with the same id is never written. */
  readonly opId?: string;
  /** The request it belongs to, such as an erasure's number. */
  readonly requestId?: string;
}

/**
 * Writes an entry on the connection of the act, inside its transaction. Returns the counts on record:
 * for a repeated operation those of the first time, since a retry finds nothing left to count.
 */
export async function appendAuditEntry(on: QueryExecutorProvider, entry: AuditEntry): Promise<Counts> {
  const counts = entry.counts ?? {};
  const { rows } = await sql<{ counts: Counts }>`
    insert into audit_entry
      (at, actor_kind, actor_id, actor_role, workflow_id, run_id, activity, action,
       object_kind, object_id, project_id, counts, reason, op_id, request_id)
    values
      (${entry.at}, ${entry.actor.kind}, ${entry.actor.id}, ${entry.actor.role ?? null},
       ${entry.source?.workflowId ?? null}, ${entry.source?.runId ?? null}, ${entry.source?.activity ?? null},
       ${entry.action}, ${entry.object.kind}, ${entry.object.id}, ${entry.projectId},
       ${JSON.stringify(counts)}::jsonb, ${entry.reason ?? null}, ${entry.opId ?? null}, ${entry.requestId ?? null})
    on conflict (op_id) do nothing
    returning counts`.execute(on);
  if (rows[0]) return rows[0].counts;
  return (await recordedCounts(on, entry.opId ?? '')) ?? counts;
}

/** The counts an operation wrote when it happened, or `undefined` if it has not. */
export async function recordedCounts(on: QueryExecutorProvider, opId: string): Promise<Counts | undefined> {
  const { rows } = await sql<{
    counts: Counts;
  }>`select counts from audit_entry where op_id = ${opId}`.execute(on);
  return rows[0]?.counts;
}
