import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, type TypedSearchAttributes } from '@temporalio/common';
import type { ErasureStep } from '../domain/erasure-steps.ts';
import type { NextStep } from '../domain/next-step.ts';
import type { DescribedWorkflow, ListedWorkflow, StoppedRun, WorkflowKind } from '../domain/reconciling.ts';
import { erasureWorkflowId, sessionWorkflowId } from './ids.ts';
import { deliverEvent } from './relay.ts';

const project = defineSearchAttributeKey('Project', 'KEYWORD');
const phase = defineSearchAttributeKey('Phase', 'KEYWORD');
const dueAt = defineSearchAttributeKey('DueAt', 'DATETIME');

const PAGE = 1000;
/** A page of a large list takes a small server seconds; a call that hangs must not hang the rest. */
const CALL_MS = 30_000;

/** Says in a run's history who ended it, so that nobody is later suspected of it. */
const RESTART_REASON = 'retention reconcile: started again from its rows';

const ID_OF = { session: sessionWorkflowId, erasure: erasureWorkflowId } as const;
const NUDGE = { session: 'nudge', erasure: 'changed' } as const;

/** What brings a workflow to where its rows are. */
export type Bringing =
  | { readonly kind: 'session'; readonly id: string; readonly projectId: string; readonly next: NextStep }
  | {
      readonly kind: 'erasure';
      readonly id: string;
      readonly projectId: string;
      readonly number: string;
      readonly deadlineAt: Date | null;
      readonly next: ErasureStep;
    };

/** The workflows of this service as the Temporal server has them. */
export interface Workflows {
  /** Those that run and whose row's id begins with these digits. */
  listOpen(kind: WorkflowKind, prefix: string): AsyncIterable<ListedWorkflow>;
  describe(kind: WorkflowKind, id: string): Promise<DescribedWorkflow | undefined>;
  /** Runs that somebody terminated or reset since an instant, but not those that `restart` ended. */
  listStopped(since: Date): AsyncIterable<StoppedRun>;
  /** Starts it at its right step; where it runs, has it read its rows again. */
  bring(workflow: Bringing): Promise<void>;
  /** Has it read its rows again if it runs. */
  nudge(kind: WorkflowKind, id: string): Promise<void>;
  /** Ends a run that cannot go on, and starts the next from the rows. */
  restart(workflow: Bringing, runId: string): Promise<void>;
}

export function createWorkflows(client: Client): Workflows {
  const call = <T>(work: () => Promise<T>) => client.connection.withDeadline(Date.now() + CALL_MS, work);
  const handle = (kind: WorkflowKind, id: string, runId?: string) =>
    client.workflow.getHandle(ID_OF[kind](id), runId);
  const bring = (workflow: Bringing) => call(() => deliverEvent(client, eventFor(workflow)));
  return {
    listOpen: (kind, prefix) => listOpen(client, kind, prefix),
    describe: (kind, id) => call(() => describe(client, ID_OF[kind](id))),
    listStopped: (since) => listStopped(client, since, call),
    bring,
    nudge: (kind, id) =>
      call(() => unlessGone(() => handle(kind, id).signal(NUDGE[kind], { eventId: randomUUID() }))),
    async restart(workflow, runId) {
      const run = handle(workflow.kind, workflow.id, runId);
      await call(() => unlessGone(() => run.terminate(RESTART_REASON)));
      await bring(workflow);
    },
  };
}

/** The rows changed, as far as the workflow knows; the event that the relay brings for that fits here too. */
function eventFor(workflow: Bringing) {
  const eventId = randomUUID();
  if (workflow.kind === 'session') {
    const { id, projectId, next } = workflow;
    return { sessionId: id, projectId, event: 'redated' as const, eventId, payload: {}, next };
  }
  const { id, projectId, number, deadlineAt, next } = workflow;
  const event = 'changed' as const;
  return { erasureId: id, projectId, number, event, eventId, next, deadlineAt };
}

async function* listOpen(client: Client, kind: WorkflowKind, prefix: string): AsyncGenerator<ListedWorkflow> {
  const start = ID_OF[kind](prefix);
  const query = `WorkflowType = '${kind}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${start}'`;
  for await (const { workflowId, startTime, typedSearchAttributes } of client.workflow.list({
    query,
    pageSize: PAGE,
  }))
    yield {
      id: rowIdOf(kind, workflowId),
      ...standingOf(typedSearchAttributes),
      runStartedAt: startTime,
      // Servers that are set up to mark the runs whose tasks fail do it with this attribute.
      troubled: 'TemporalReportedProblems' in untyped(typedSearchAttributes),
    };
}

function untyped(attributes: TypedSearchAttributes): Record<string, unknown> {
  return Object.fromEntries(attributes.getAll().map(({ key, value }) => [key.name, value]));
}

function rowIdOf(kind: WorkflowKind, workflowId: string): string {
  return workflowId.slice(kind.length + 1);
}

function standingOf(attributes: TypedSearchAttributes) {
  return { phase: attributes.get(phase) ?? null, dueAt: attributes.get(dueAt) ?? null };
}

const STATUS: Readonly<Record<string, DescribedWorkflow['status']>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETED: 'completed',
  TERMINATED: 'terminated',
  CANCELLED: 'cancelled',
  // The moment between two runs: the next one is on its way.
  CONTINUED_AS_NEW: 'running',
};

async function describe(client: Client, workflowId: string): Promise<DescribedWorkflow | undefined> {
  try {
    const { runId, status, startTime, typedSearchAttributes, raw } = await client.workflow
      .getHandle(workflowId)
      .describe();
    return {
      runId,
      status: STATUS[status.name] ?? 'failed',
      projectId: typedSearchAttributes.get(project) ?? null,
      ...standingOf(typedSearchAttributes),
      runStartedAt: startTime,
      taskAttempts: raw.pendingWorkflowTask?.attempt ?? 0,
      cancelRequested: raw.workflowExtendedInfo?.cancelRequested ?? false,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function* listStopped(
  client: Client,
  since: Date,
  call: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<StoppedRun> {
  const query = `WorkflowType IN ('session', 'erasure') AND ExecutionStatus = 'Terminated' AND CloseTime > '${since.toISOString()}'`;
  for await (const { type, workflowId, runId } of client.workflow.list({ query, pageSize: PAGE })) {
    const kind = type as WorkflowKind;
    const how = await call(() => howStopped(client, workflowId, runId));
    if (how) yield { kind, id: rowIdOf(kind, workflowId), runId, how };
  }
}

async function howStopped(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<StoppedRun['how'] | undefined> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    if (raw.workflowExtendedInfo?.resetRunId) return 'reset-by-hand';
    const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const reason = history?.events?.[0]?.workflowExecutionTerminatedEventAttributes?.reason;
    return reason === RESTART_REASON ? undefined : 'stopped-by-hand';
  } catch (error) {
    // Its time in the namespace ended between the list and the look.
    if (error instanceof WorkflowNotFoundError || saysNotFound(error)) return undefined;
    throw error;
  }
}

function saysNotFound(error: unknown): boolean {
  return (error as { code?: unknown }).code === 5;
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
