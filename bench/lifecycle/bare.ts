import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { bare } from './bare-workflow.ts';
import type { Contender } from './contender.ts';
import { KEEP_MS, PARKED_MS } from './pace.ts';
import type { Stage } from './stage.ts';
import { createWaiters } from './waiters.ts';
import { startWorkerProcess } from './worker-process.ts';

/** The floor: a workflow with the same steps whose activities do nothing. */
export function bareContender({ temporal: { address, namespace } }: Stage, inFlight: number): Contender {
  return {
    name: 'bare',
    inFlight,
    async start() {
      const waiters = createWaiters();
      const worker = await startWorkerProcess(
        './bare-worker.ts',
        { BENCH_TEMPORAL_ADDRESS: address, BENCH_TEMPORAL_NAMESPACE: namespace },
        waiters.announce,
      );
      const connection = await Connection.connect({ address });
      const client = new Client({ connection, namespace });
      return {
        workerPid: worker.pid,
        async open(keep) {
          const sessionId = `bare:${randomUUID()}`;
          const keepMs = keep === 'short' ? KEEP_MS : PARKED_MS;
          await client.workflow.start<typeof bare>('bare', {
            workflowId: sessionId,
            taskQueue: 'bare',
            args: [{ sessionId, keepMs }],
          });
          return sessionId;
        },
        close: (sessionId) => client.workflow.getHandle(sessionId).signal('closed', Date.now()),
        approve: (sessionId) => client.workflow.getHandle(sessionId).signal('decided'),
        reached: waiters.reached,
        async stop() {
          await worker.stop();
          await connection.close();
        },
      };
    },
  };
}
