import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { TemporalUnderTest } from './temporal.ts';

// protobufjs builds its namespaces at run time, so they come as one default import.
const { EventType } = proto.temporal.api.enums.v1;

/** What Temporal recorded of one session, all its runs together. */
export interface HistoryCounts {
  readonly events: number;
  readonly workflowTasks: number;
  readonly activities: number;
  readonly localActivities: number;
  readonly timers: number;
  readonly signals: number;
  readonly runs: number;
}

/** The run in which a session sleeps until its retention ends. */
export interface ParkedRun {
  readonly events: number;
  readonly bytes: number;
}

/** Reads histories on the server itself. */
export interface Histories {
  count(sessionId: string): Promise<HistoryCounts>;
  parked(sessionId: string): Promise<ParkedRun>;
  close(): Promise<void>;
}

export async function openHistories({ address, namespace }: TemporalUnderTest): Promise<Histories> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });

  async function eventsOf(workflowId: string, runId?: string) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return events ?? [];
  }

  return {
    async count(sessionId) {
      const runs = [await eventsOf(workflowIdOf(sessionId))];
      for (;;) {
        const start = runs.at(-1)?.[0]?.workflowExecutionStartedEventAttributes;
        if (!start?.continuedExecutionRunId) break;
        runs.push(await eventsOf(workflowIdOf(sessionId), start.continuedExecutionRunId));
      }
      const events = runs.flat();
      const of = (type: proto.temporal.api.enums.v1.EventType) =>
        events.filter(({ eventType }) => eventType === type).length;
      return {
        events: events.length,
        workflowTasks: of(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
        activities: of(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
        localActivities: of(EventType.EVENT_TYPE_MARKER_RECORDED),
        timers: of(EventType.EVENT_TYPE_TIMER_STARTED),
        signals: of(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
        runs: runs.length,
      };
    },
    async parked(sessionId) {
      const { historyLength, historySize } = await client.workflow
        .getHandle(workflowIdOf(sessionId))
        .describe();
      return { events: historyLength, bytes: historySize ?? 0 };
    },
    close: () => connection.close(),
  };
}

/** A bare workflow is named like its session; the service's own has a prefix. */
function workflowIdOf(sessionId: string): string {
  return sessionId.startsWith('bare:') ? sessionId : `session:${sessionId}`;
}
