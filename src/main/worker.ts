import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { createDataConverter, createTemporalClient } from '../temporal/connect.ts';
import { ARCHIVE_QUEUE, LIFECYCLE_QUEUE } from '../temporal/ids.ts';
import { ensureInactivitySchedule } from '../temporal/inactivity-schedule.ts';
import { createTemporalLogger } from '../temporal/logger.ts';
import { agreeOnTime } from '../domain/clock.ts';
import { createFileFetcher } from '../telegram/files.ts';
import { botApisOf } from './bots.ts';
import { createFinalFrom } from './final-from.ts';
import type { Services } from './services.ts';

/** A running worker: both task queues. */
export interface RunningWorker {
  stop(): Promise<void>;
  /** Settles when the worker stops, with the error that ended it if one did. */
  readonly ended: Promise<void>;
}

/** Workflow code, found from here so that it works wherever the process was started. */
export const WORKFLOWS_PATH = fileURLToPath(import.meta.resolve('../../workflows/index.ts'));

/**
 * Starts the worker. Archive and deletion have a queue of their own, so that a slow store does not hold
 * up the workflows.
 */
export async function startWorker(
  services: Services,
  options: Partial<WorkerOptions> = {},
): Promise<RunningWorker> {
  installRuntime(services);
  const { config, secrets } = services;
  await setSchedule(services);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const common = {
    connection,
    namespace: config.temporal.namespace,
    dataConverter: createDataConverter(secrets.codecKeys),
    activities: createActivities({
      ...services,
      fetchAttachment: createFileFetcher(botApisOf(services)),
      reached: failPointOf(config.failPoint),
      agreeOnTime: callingForHelp(services),
      finalFrom: createFinalFrom(config.gcsEndpoint),
    }),
    shutdownGraceTime: '20s',
  } satisfies Partial<WorkerOptions>;
  const workflows = config.workflowBundle
    ? { workflowBundle: { codePath: config.workflowBundle } }
    : { workflowsPath: WORKFLOWS_PATH };
  const workers = [
    await Worker.create({ ...common, ...workflows, taskQueue: LIFECYCLE_QUEUE, ...options }),
    await Worker.create({ ...common, taskQueue: ARCHIVE_QUEUE, maxConcurrentActivityTaskExecutions: 20 }),
  ];
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    ended,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => undefined);
      await connection.close();
    },
  };
}

async function setSchedule({ config, secrets }: Services) {
  const dataConverter = createDataConverter(secrets.codecKeys);
  const { client, close } = createTemporalClient({ ...config.temporal, dataConverter });
  try {
    await ensureInactivitySchedule(client);
  } finally {
    await close();
  }
}

/** A clock that is wrong mends itself for nobody, so people are called. */
function callingForHelp({ log }: Services): (now: Date, databaseNow: Date) => Date {
  return (now, databaseNow) => {
    const workerNow = new Date();
    try {
      return agreeOnTime(now, databaseNow, workerNow);
    } catch (error) {
      log.error(
        { alarm: 'clock_skewed', now, databaseNow, workerNow },
        'reviews and deletions wait for the clocks to agree',
      );
      throw error;
    }
  };
}

let installed = false;

/** The SDK's own logger would print failing activities with all they carry; ours prints codes. */
function installRuntime({ log }: Services) {
  if (installed) return;
  Runtime.install({
    logger: createTemporalLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  installed = true;
}

/** For tests of crashes: the process kills itself when it reaches the named step. */
function failPointOf(name: string | undefined): (step: string) => void {
  return (step) => {
    if (step === name) process.kill(process.pid, 'SIGKILL');
  };
}
