import { roughSessionCount, unlessReconciling } from '../db/reconcile.ts';
import { AppError } from '../domain/errors.ts';
import { isSuspect, type Finding, type ListedWorkflow, type WorkflowKind } from '../domain/reconciling.ts';
import { mendSuspects } from './reconcile-mending.ts';
import { recordRun, recordStopped } from './reconcile-records.ts';
import {
  rowsOf,
  type ReconcileDeps,
  type ReconcileOrder,
  type ReconcileReport,
  type Suspect,
} from './reconcile-rows.ts';

/** So many ids fit a slice: one page of a list, and no more memory however many sessions there are. */
const PER_SLICE = 4000;
const HEX = '0123456789abcdef';
const LOOK_BACK_MS = 3 * 86_400_000;

/**
 * Compares every session that is not deleted and every erasure under way with its workflow, and mends what
 * differs: the rows decide, so nothing is deleted again and nothing forgotten. A list gives the suspects,
 * each is looked at closely before anything is done, and they are mended in the order of their dates. What is
 * mended is no suspect any more: a run that was cut short is simply run again.
 *
 * @throws AppError `already_running` while another process is at it
 */
export async function reconcile(deps: ReconcileDeps, order: ReconcileOrder): Promise<ReconcileReport> {
  const report = await unlessReconciling(deps.db, () => compareAndMend(deps, order));
  if (report) return report;
  throw new AppError(
    'already_running',
    'Another process is comparing rows and workflows already. Wait for it to end; see: retention audit list --action reconcile',
  );
}

async function compareAndMend(deps: ReconcileDeps, order: ReconcileOrder): Promise<ReconcileReport> {
  const stopped = order.projectId === undefined ? await recordStoppedRuns(deps, order) : {};
  const compared = await compare(deps, order);
  const from = order.from?.getTime() ?? -Infinity;
  const suspects = compared.suspects.filter(({ at }) => at >= from).sort((a, b) => a.at - b.at);
  const mending = await mendSuspects(deps, order, suspects);
  const report = {
    sessions: compared.sessions,
    erasures: compared.erasures,
    workflows: compared.workflows,
    ...mending,
    findings: { ...mending.findings, ...stopped },
  };
  if (!order.dryRun) await recordRun(deps.db, order, report);
  return report;
}

interface Comparison {
  sessions: number;
  erasures: number;
  workflows: number;
  readonly suspects: Suspect[];
}

/** Slice by slice of all ids, rows beside the list of what runs. */
async function compare(deps: ReconcileDeps, order: ReconcileOrder): Promise<Comparison> {
  const prefixes = slices(await roughSessionCount(deps.db));
  const result: Comparison = { sessions: 0, erasures: 0, workflows: 0, suspects: [] };
  for (const [done, prefix] of prefixes.entries()) {
    if (order.signal?.aborted) break;
    order.onProgress?.({ stage: 'comparing', done, total: prefixes.length, at: null });
    result.sessions += await compareSlice(deps, order, 'session', prefix, result);
    result.erasures += await compareSlice(deps, order, 'erasure', prefix, result);
  }
  return result;
}

function slices(sessions: number): string[] {
  const one = [...HEX];
  if (sessions < PER_SLICE * one.length) return one;
  const two = one.flatMap((a) => one.map((b) => a + b));
  return sessions < PER_SLICE * two.length ? two : two.flatMap((a) => one.map((b) => a + b));
}

/** @returns how many rows the slice has */
async function compareSlice(
  deps: ReconcileDeps,
  order: ReconcileOrder,
  kind: WorkflowKind,
  prefix: string,
  result: Comparison,
): Promise<number> {
  const now = order.clock();
  // The list first: what begins meanwhile is in the rows, and a closer look finds its workflow.
  const listed = new Map<string, ListedWorkflow>();
  for await (const workflow of deps.workflows.listOpen(kind, prefix)) listed.set(workflow.id, workflow);
  const { projectId, deep } = order;
  const all = await rowsOf(deps.db, kind, { prefix }, now);
  const rows = all.filter((row) => projectId === undefined || row.projectId === projectId);
  result.workflows += listed.size;
  for (const row of rows)
    if (deep || isSuspect(listed.get(row.id), row, now))
      result.suspects.push({ kind, id: row.id, at: row.at ?? Infinity });
  const known = new Set(all.map(({ id }) => id));
  for (const id of listed.keys())
    if (!known.has(id) && projectId === undefined) result.suspects.push({ kind, id, at: Infinity });
  return rows.length;
}

/** Reports what people did to workflows by hand, each once. */
async function recordStoppedRuns({ db, workflows }: ReconcileDeps, order: ReconcileOrder) {
  const now = order.clock();
  const counts: Partial<Record<Finding, number>> = {};
  for await (const run of workflows.listStopped(new Date(now.getTime() - LOOK_BACK_MS)))
    if (await recordStopped(db, run, { ...order, now })) counts[run.how] = (counts[run.how] ?? 0) + 1;
  return counts;
}
