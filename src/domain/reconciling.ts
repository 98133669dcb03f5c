import type { NextStep } from './next-step.ts';
import { PHASES, type Phase } from './phases.ts';

/**
 * What a comparison of rows and workflows can find:
 * - `missing`: no workflow, never started or deleted in Temporal
 * - `terminated`, `cancelled`, `failed`: its workflow was stopped
 * - `ended-early`: its workflow completed although it is not over
 * - `outlived`: it is over, its workflow still runs
 * - `behind`: its workflow knows less than the rows, as after a restore of Temporal
 * - `ahead`: its workflow knows more than the rows, as after a restore of the database
 * - `stuck`: its workflow task fails again and again
 * - `overdue`: its workflow runs, and an hour after its date nothing was done
 * - `old-run`: its run is so old that it should have made room for one on today's code
 * - `unknown`: a workflow of ours that no row knows
 * - `cancel-requested`: somebody asked Temporal to cancel it, which does nothing
 * - `stopped-by-hand`, `reset-by-hand`: somebody terminated or reset a run, whatever became of it since
 */
export const FINDINGS = [
  'missing',
  'terminated',
  'cancelled',
  'failed',
  'ended-early',
  'outlived',
  'behind',
  'ahead',
  'stuck',
  'overdue',
  'old-run',
  'unknown',
  'cancel-requested',
  'stopped-by-hand',
  'reset-by-hand',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** Workflows come in two kinds that rows decide on; both are known by a row's id. */
export type WorkflowKind = 'session' | 'erasure';

/** A running workflow as a list shows it, perhaps a moment late. */
export interface ListedWorkflow {
  readonly id: string;
  readonly phase: string | null;
  readonly dueAt: Date | null;
  readonly runStartedAt: Date;
  /** Whether the server itself reports that its tasks fail. */
  readonly troubled: boolean;
}

/** A workflow as the server knows it at this moment; of several runs the newest. */
export interface DescribedWorkflow {
  readonly runId: string;
  readonly status: 'running' | 'completed' | 'terminated' | 'cancelled' | 'failed';
  readonly projectId: string | null;
  readonly phase: string | null;
  readonly dueAt: Date | null;
  readonly runStartedAt: Date;
  /** How often its present task was tried. */
  readonly taskAttempts: number;
  readonly cancelRequested: boolean;
}

/** A run that was ended from outside. */
export interface StoppedRun {
  readonly kind: WorkflowKind;
  readonly id: string;
  readonly runId: string;
  readonly how: 'stopped-by-hand' | 'reset-by-hand';
}

/** What a workflow should look like, as the rows have it. */
export interface Expected {
  /** `null` for erasures, which have none. */
  readonly phase: Phase | null;
  /** Epoch milliseconds; 0 is now, `null` waits for news alone. */
  readonly at: number | null;
  readonly over: boolean;
  /** Since when something should have been done, if it is known; epoch milliseconds. */
  readonly overdueSince: number | null;
  /** An event on its way will tell the workflow, or start it. */
  readonly inTransit: boolean;
}

const HOUR_MS = 3_600_000;
/** A run makes room for the next after a year; days more are for a worker that was away. */
const OLD_MS = 372 * 86_400_000;
/** A worker that dies costs an attempt or two; a task that cannot succeed comes to a third within seconds. */
const STUCK_ATTEMPTS = 3;
/** The server keeps search attributes to the millisecond; more than this is a difference. */
const DATE_MS = 1000;

/** Whether what a list shows gives reason to look closer. Lists are late, so nothing is done on their word. */
export function isSuspect(
  listed: ListedWorkflow | undefined,
  expected: Expected | undefined,
  now: Date,
): boolean {
  if (!expected || expected.over) return listed !== undefined;
  if (expected.inTransit) return false;
  if (!listed) return true;
  return listed.troubled || isElsewhere(listed, expected) || isOverdue(expected, now) || isOld(listed, now);
}

/**
 * What is wrong with one workflow. The rows must have been read after the workflow was described: a step is
 * in the rows before its workflow knows of it, so a workflow that knows more was told by other rows.
 */
export function diagnose(
  workflow: DescribedWorkflow | undefined,
  expected: Expected | undefined,
  now: Date,
): Finding | undefined {
  const running = workflow?.status === 'running';
  if (!expected) return running ? 'unknown' : undefined;
  if (expected.over) return running ? 'outlived' : undefined;
  if (expected.inTransit) return undefined;
  if (!workflow) return 'missing';
  if (workflow.status === 'completed') return 'ended-early';
  if (workflow.status !== 'running') return workflow.status;
  if (workflow.taskAttempts >= STUCK_ATTEMPTS) return 'stuck';
  if (isAhead(workflow, expected)) return 'ahead';
  if (isElsewhere(workflow, expected)) return 'behind';
  if (isOverdue(expected, now)) return 'overdue';
  return isOld(workflow, now) ? 'old-run' : undefined;
}

/** What is done about a finding; the rest is for people. */
export function mendOf(finding: Finding): 'bring' | 'nudge' | 'restart' | undefined {
  switch (finding) {
    case 'missing':
    case 'terminated':
    case 'cancelled':
    case 'failed':
    case 'ended-early':
    case 'behind':
    case 'ahead':
    case 'overdue':
    case 'old-run':
      return 'bring';
    case 'outlived':
      return 'nudge';
    case 'stuck':
      return 'restart';
    case 'unknown':
    case 'cancel-requested':
    case 'stopped-by-hand':
    case 'reset-by-hand':
      return undefined;
  }
}

/** Whether a finding says that the database is older than what the workflows were told. */
export function saysRestored(finding: Finding): boolean {
  return finding === 'ahead' || finding === 'ended-early' || finding === 'unknown';
}

/**
 * Another phase, or a date later than that of the rows: it would sleep too long. An earlier one does no
 * harm, since the workflow asks the rows again when it wakes.
 */
function isElsewhere(workflow: Pick<ListedWorkflow, 'phase' | 'dueAt'>, { phase, at }: Expected): boolean {
  if (phase === null) return false;
  if (workflow.phase !== phase) return true;
  // What is to be done at once is never shown as a date.
  return at !== null && at > 0 && (workflow.dueAt?.getTime() ?? Infinity) > at + DATE_MS;
}

/** Only from open or closed is there no way back from where the workflow stands. */
function isAhead({ phase }: DescribedWorkflow, expected: Expected): boolean {
  const early = expected.phase === 'open' || expected.phase === 'closed';
  return early && PHASES.indexOf(phase as Phase) >= PHASES.indexOf('archived');
}

function isOverdue({ overdueSince }: Expected, now: Date): boolean {
  return overdueSince !== null && overdueSince + HOUR_MS < now.getTime();
}

function isOld({ runStartedAt }: Pick<ListedWorkflow, 'runStartedAt'>, now: Date): boolean {
  return runStartedAt.getTime() + OLD_MS < now.getTime();
}

/** Since when the next step of a session should have been done. */
export function overdueSinceOf(
  next: NextStep,
  began: { readonly deletionBeganAt: Date | null; readonly reviewEndedAt: Date | null },
): number | null {
  if (next.at === null) return null;
  if (next.at > 0) return next.at;
  return (began.deletionBeganAt ?? began.reviewEndedAt)?.getTime() ?? null;
}
