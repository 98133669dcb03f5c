import type { Connection } from '@temporalio/client';
import { ARCHIVE_QUEUE, LIFECYCLE_QUEUE } from './ids.ts';

/** What the Temporal server says of itself and of the namespace. */
export interface TemporalFacts {
  readonly version: string;
  /** For how long it keeps runs that ended, in days. */
  readonly retentionDays: number;
  readonly searchAttributes: readonly string[];
}

export async function readTemporalFacts(
  connection: Pick<Connection, 'workflowService' | 'operatorService'>,
  namespace: string,
): Promise<TemporalFacts> {
  const { workflowService, operatorService } = connection;
  const calls = [
    workflowService.getSystemInfo({}),
    workflowService.describeNamespace({ namespace }),
    operatorService.listSearchAttributes({ namespace }),
  ] as const;
  await haveEnded(calls);
  const [system, described, attributes] = await Promise.all(calls);
  const seconds = described.config?.workflowExecutionRetentionTtl?.seconds ?? 0;
  return {
    version: system.serverVersion,
    retentionDays: Number(seconds) / 86_400,
    searchAttributes: Object.keys(attributes.customAttributes),
  };
}

/** A task queue with those who take work from it. */
export interface QueueFacts {
  readonly queue: string;
  /** How many processes asked for work within the last minutes. */
  readonly pollers: number;
  readonly lastAskedAt: Date | null;
}

/** Temporal's own numbers of what a queue holds. */
const ACTIVITIES = 2;
const WORKFLOWS = 1;

/** Who takes work from the service's task queues. */
export async function readQueues(
  connection: Pick<Connection, 'workflowService'>,
  namespace: string,
): Promise<QueueFacts[]> {
  const looks = [
    [LIFECYCLE_QUEUE, WORKFLOWS],
    [LIFECYCLE_QUEUE, ACTIVITIES],
    [ARCHIVE_QUEUE, ACTIVITIES],
  ] as const;
  const calls = looks.map(async ([name, taskQueueType]) => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType,
    });
    const asked = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
    return {
      queue: `${name} (${taskQueueType === WORKFLOWS ? 'workflows' : 'activities'})`,
      pollers: pollers.length,
      lastAskedAt: asked.length > 0 ? new Date(Math.max(...asked)) : null,
    };
  });
  await haveEnded(calls);
  return Promise.all(calls);
}

/** A call that is still being tried again when its connection is closed would throw where nobody catches it. */
async function haveEnded(calls: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(calls);
}
