import type { DescribedWorkflow, Finding, WorkflowKind } from '../domain/reconciling.ts';
import { diagnose, mendOf, saysRestored } from '../domain/reconciling.ts';
import { pauseRestored, recordMended, recordUnknown } from './reconcile-records.ts';
import {
  rowsOf,
  type KnownRow,
  type ReconcileDeps,
  type ReconcileOrder,
  type ReconcileReport,
  type Suspect,
} from './reconcile-rows.ts';

/** Looked at in one go: the calls go side by side, the rows are one statement. */
const BATCH = 50;
/**
 * A small server sustains 77 starts a second with their first task, and 32 to 40 wake-ups (measured): the
 * rest is left to customers who write right now.
 */
const MENDED_PER_SECOND = 20;
/** Tasks that fail by the hundred are the code's fault or a missing key's: new runs would fail as well. */
const RESTARTED_AT_MOST = 100;
const UNKNOWN_NAMED = 20;

type Mending = Pick<ReconcileReport, 'findings' | 'mended' | 'unknown' | 'paused' | 'goOnFrom'>;

interface Tally {
  readonly findings: Partial<Record<Finding, number>>;
  mended: number;
  restarted: number;
  readonly unknown: string[];
  readonly paused: Set<string>;
}

/** Looks at suspects closely, and mends what is wrong, in their order and no faster than the server takes. */
export async function mendSuspects(
  deps: ReconcileDeps,
  order: ReconcileOrder,
  suspects: readonly Suspect[],
): Promise<Mending> {
  const tally: Tally = { findings: {}, mended: 0, restarted: 0, unknown: [], paused: new Set() };
  let done = 0;
  while (done < suspects.length && !order.signal?.aborted) {
    const began = performance.now();
    const before = tally.mended;
    const batch = suspects.slice(done, done + BATCH);
    order.onProgress?.({ stage: 'mending', done, total: suspects.length, at: dateOf(batch[0]) });
    for (const kind of ['session', 'erasure'] as const)
      await mendBatch(deps, order, kind, idsOf(batch, kind), tally);
    done += batch.length;
    const due = ((tally.mended - before) / MENDED_PER_SECOND) * 1000;
    await deps.pause(Math.max(0, due - (performance.now() - began)));
  }
  const { findings, mended, unknown, paused } = tally;
  return { findings, mended, unknown, paused: [...paused], goOnFrom: dateOf(suspects[done]) };
}

function idsOf(batch: readonly Suspect[], kind: WorkflowKind): string[] {
  return batch.filter((one) => one.kind === kind).map(({ id }) => id);
}

function dateOf(suspect: Suspect | undefined): Date | null {
  return suspect && Number.isFinite(suspect.at) ? new Date(suspect.at) : null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function mendBatch(
  deps: ReconcileDeps,
  order: ReconcileOrder,
  kind: WorkflowKind,
  ids: readonly string[],
  tally: Tally,
): Promise<void> {
  if (ids.length === 0) return;
  // The rows after the workflows: then rows that know less are older, and not merely read too early.
  const workflows = await Promise.all(ids.map((id) => deps.workflows.describe(kind, id)));
  const now = order.clock();
  const rows = await rowsOf(deps.db, kind, { ids: ids.filter((id) => UUID.test(id)) }, now);
  const byId = new Map(rows.map((row) => [row.id, row]));
  await Promise.all(
    ids.map(async (id, at) => {
      const [workflow, row] = [workflows[at], byId.get(id)];
      if (workflow?.status === 'running' && workflow.cancelRequested) count(tally, 'cancel-requested');
      const finding = diagnose(workflow, row, now);
      if (!finding) return;
      count(tally, finding);
      if (finding === 'unknown') await meetUnknown(deps, order, { kind, id, workflow }, tally);
      if (row) await mend(deps, order, { row, finding, workflow }, tally);
    }),
  );
}

function count(tally: Tally, finding: Finding) {
  tally.findings[finding] = (tally.findings[finding] ?? 0) + 1;
}

async function meetUnknown(
  { db }: ReconcileDeps,
  order: ReconcileOrder,
  found: { kind: WorkflowKind; id: string; workflow: DescribedWorkflow | undefined },
  tally: Tally,
): Promise<void> {
  if (tally.unknown.length < UNKNOWN_NAMED) tally.unknown.push(`${found.kind}:${found.id}`);
  const projectId = found.workflow?.projectId;
  if (order.dryRun) return;
  // Known from an earlier run, it must not stop deletions day after day.
  const isNew = await recordUnknown(db, found, { ...order, now: order.clock() });
  if (isNew && projectId && found.kind === 'session') await pause(order, db, projectId, tally);
}

async function mend(
  { db, workflows }: ReconcileDeps,
  order: ReconcileOrder,
  found: { row: KnownRow; finding: Finding; workflow: DescribedWorkflow | undefined },
  tally: Tally,
): Promise<void> {
  const { row, finding, workflow } = found;
  const how = mendOf(finding);
  if (how === 'restart' && ++tally.restarted > RESTARTED_AT_MOST) return;
  if (!how || order.dryRun) return;
  // First of all: brought back, the workflow would go on deleting by rows that lack the newest holds.
  if (saysRestored(finding) && row.kind === 'session') await pause(order, db, row.projectId, tally);
  if (how === 'nudge') await workflows.nudge(row.kind, row.id);
  else if (how === 'restart') await workflows.restart(row, workflow?.runId ?? '');
  else await workflows.bring(row);
  tally.mended += 1;
  await recordMended(db, { ...found, now: order.clock() }, order.actor);
}

async function pause(order: ReconcileOrder, db: ReconcileDeps['db'], projectId: string, tally: Tally) {
  if (await pauseRestored(db, projectId, { ...order, now: order.clock() })) tally.paused.add(projectId);
}
