import type { Kysely } from 'kysely';
import {
  expectedErasures,
  expectedSessions,
  type ErasureRow,
  type SessionRow,
  type Which,
} from '../db/reconcile.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type {
  DescribedWorkflow,
  Finding,
  ListedWorkflow,
  StoppedRun,
  WorkflowKind,
} from '../domain/reconciling.ts';

/** A row that a workflow belongs to. */
export type KnownRow = ({ kind: 'session' } & SessionRow) | ({ kind: 'erasure' } & ErasureRow);

/** The workflows as the Temporal server has them. */
export interface WorkflowsPort {
  listOpen(kind: WorkflowKind, prefix: string): AsyncIterable<ListedWorkflow>;
  describe(kind: WorkflowKind, id: string): Promise<DescribedWorkflow | undefined>;
  listStopped(since: Date): AsyncIterable<StoppedRun>;
  bring(row: KnownRow): Promise<void>;
  nudge(kind: WorkflowKind, id: string): Promise<void>;
  restart(row: KnownRow, runId: string): Promise<void>;
}

export interface ReconcileDeps {
  readonly db: Kysely<Tables>;
  readonly workflows: WorkflowsPort;
  /** Waits; a test need not. */
  readonly pause: (ms: number) => Promise<unknown>;
}

export interface ReconcileOrder {
  readonly projectId?: string;
  /** Look and tell, change nothing. */
  readonly dryRun: boolean;
  /** Leave out what was due before: where an earlier run got to. */
  readonly from?: Date;
  /** Look at every single workflow, not only at those a list gives reason to. */
  readonly deep: boolean;
  readonly actor: Actor;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReconcileProgress) => void;
}

export interface ReconcileProgress {
  readonly stage: 'comparing' | 'mending';
  readonly done: number;
  readonly total: number;
  /** While mending: everything due before is done. */
  readonly at: Date | null;
}

export interface ReconcileReport {
  readonly sessions: number;
  readonly erasures: number;
  /** How many of our workflows run. */
  readonly workflows: number;
  /** How many of each finding there are; those that are not named there are none of. */
  readonly findings: Readonly<Partial<Record<Finding, number>>>;
  readonly mended: number;
  /** Workflows that no row knows, the first of them. */
  readonly unknown: readonly string[];
  /** Projects whose deletions were paused, since the database is older than its workflows. */
  readonly paused: readonly string[];
  /** Where the next run goes on, if this one was stopped. */
  readonly goOnFrom: Date | null;
}

/** Something to look at closely, in the order of its date. */
export interface Suspect {
  readonly kind: WorkflowKind;
  readonly id: string;
  /** Epoch milliseconds; what has no date comes last. */
  readonly at: number;
}

/** The rows of sessions or erasures. */
export async function rowsOf(
  db: Kysely<Tables>,
  kind: WorkflowKind,
  which: Which,
  now: Date,
): Promise<KnownRow[]> {
  if (kind === 'session')
    return (await expectedSessions(db, which, now)).map((row) => ({ kind: 'session' as const, ...row }));
  return (await expectedErasures(db, which)).map((row) => ({ kind: 'erasure' as const, ...row }));
}
