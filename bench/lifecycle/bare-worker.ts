// The worker process of the bare workflow, set up as the service's own worker is.
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { serveUntilStopped, tellDriver } from './worker-process.ts';

const activities = {
  archive: (sessionId: string) => Promise.resolve(tellDriver(sessionId, 'archived')),
  openReview: (sessionId: string) => Promise.resolve(tellDriver(sessionId, 'review')),
  remove: (sessionId: string) => Promise.resolve(tellDriver(sessionId, 'deleted')),
  read: () => Promise.resolve(),
};
export type BareActivities = typeof activities;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
});
const connection = await NativeConnection.connect({ address: process.env['BENCH_TEMPORAL_ADDRESS'] ?? '' });
const common = {
  connection,
  namespace: process.env['BENCH_TEMPORAL_NAMESPACE'] ?? '',
  activities,
  shutdownGraceTime: '20s',
} as const;
const workflowsPath = fileURLToPath(import.meta.resolve('./bare-workflow.ts'));
const workers = [
  await Worker.create({ ...common, workflowsPath, taskQueue: 'bare' }),
  await Worker.create({ ...common, taskQueue: 'bare-io', maxConcurrentActivityTaskExecutions: 20 }),
];
const ended = Promise.all(workers.map((worker) => worker.run()));
await serveUntilStopped(async () => {
  // The SDK hears the signal too, and may have begun already.
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await ended;
  await connection.close();
});
