import type { Kysely } from 'kysely';
import { appendAuditEntry, recordedCounts, type AuditEntry } from '../audit/append.ts';
import { setPaused } from '../db/breaker.ts';
import { putDelivery } from '../db/deliveries.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { DescribedWorkflow, Finding, StoppedRun, WorkflowKind } from '../domain/reconciling.ts';
import type { KnownRow, ReconcileOrder, ReconcileReport } from './reconcile-rows.ts';

interface By {
  readonly actor: Actor;
  readonly now: Date;
}

/** Records that a run to the end took place, with all that it found. */
export async function recordRun(
  db: Kysely<Tables>,
  { actor, clock, projectId }: ReconcileOrder,
  report: ReconcileReport,
): Promise<void> {
  if (report.goOnFrom !== null) return;
  const { sessions, erasures, workflows, mended, findings } = report;
  await appendAuditEntry(db, {
    at: clock(),
    actor,
    action: projectId === undefined ? 'reconcile.ran' : 'reconcile.ran-partly',
    object: { kind: 'installation', id: 'workflows' },
    projectId: projectId ?? null,
    counts: { sessions, erasures, workflows, mended, ...findings },
  });
}

/** Records a workflow that was started again, or made to read its rows. */
export async function recordMended(
  db: Kysely<Tables>,
  mended: { row: KnownRow; finding: Finding; workflow: DescribedWorkflow | undefined; now: Date },
  actor: Actor,
): Promise<void> {
  const { row, finding, workflow, now } = mended;
  await appendAuditEntry(db, {
    at: now,
    actor,
    action: 'workflow.restored',
    object: { kind: row.kind, id: row.id },
    projectId: row.projectId,
    reason: finding,
    ...(workflow && { source: sourceOf(row.kind, row.id, workflow.runId) }),
    ...(row.kind === 'erasure' && { requestId: row.number }),
  });
}

function sourceOf(kind: WorkflowKind, id: string, runId: string) {
  return { workflowId: `${kind}:${id}`, runId, activity: 'reconcile' };
}

/** Records a run that somebody terminated or reset by hand; `false` if it was recorded before. */
export async function recordStopped(
  db: Kysely<Tables>,
  { kind, id, runId, how }: StoppedRun,
  by: By & { dryRun: boolean },
): Promise<boolean> {
  return once(db, by, {
    action: `workflow.${how}`,
    object: { kind, id },
    projectId: null,
    source: sourceOf(kind, id, runId),
    opId: `workflow.${how}:${runId}`,
  });
}

/** Records a workflow that no row knows; `false` if it was recorded before. */
export async function recordUnknown(
  db: Kysely<Tables>,
  found: { kind: WorkflowKind; id: string; workflow: DescribedWorkflow | undefined },
  by: By,
): Promise<boolean> {
  const { kind, id, workflow } = found;
  return once(
    db,
    { ...by, dryRun: false },
    {
      action: 'workflow.unknown',
      object: { kind, id },
      projectId: null,
      source: sourceOf(kind, id, workflow?.runId ?? ''),
      opId: `workflow.unknown:${kind}:${id}`,
    },
  );
}

async function once(
  db: Kysely<Tables>,
  { actor, now, dryRun }: By & { dryRun: boolean },
  entry: Omit<AuditEntry, 'at' | 'actor'> & { opId: string },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (await recordedCounts(tx, entry.opId)) return false;
    if (!dryRun) await appendAuditEntry(tx, { ...entry, at: now, actor });
    return true;
  });
}

/**
 * Pauses the deletions of a project whose database is older than its workflows: a hold that was placed
 * since is not in its rows. Compliance lets them go on.
 */
export async function pauseRestored(
  db: Kysely<Tables>,
  projectId: string,
  { actor, now }: By,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await setPaused(tx, projectId, now))) return false;
    await appendAuditEntry(tx, {
      at: now,
      actor,
      action: 'deletions.paused',
      object: { kind: 'project', id: projectId },
      projectId,
      reason: 'the database is older than its workflows',
    });
    const content = { kind: 'text', key: 'deletions-paused-restored' } as const;
    await putDelivery(tx, { projectId, target: 'supervisors', content, now });
    return true;
  });
}
