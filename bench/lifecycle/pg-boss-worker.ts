// The worker process of the job queue: the service's own activities as jobs, without Temporal.
import { MockActivityEnvironment } from '@temporalio/testing';
import { PgBoss } from 'pg-boss';
import { createActivities, type Activities } from '../../activities/index.ts';
import { readConfig } from '../../src/config.ts';
import type { NextStep } from '../../src/domain/next-step.ts';
import { openServices } from '../../src/main/services.ts';
import { STEPS_QUEUE, type StepJob } from './pg-boss.ts';
import { serveUntilStopped } from './worker-process.ts';

const services = await openServices(readConfig());
const boss = new PgBoss(process.env['BENCH_PG_BOSS_URL'] ?? '');
boss.on('error', (error) => console.error(error));
await boss.start();
const activities: Activities = createActivities({
  ...services,
  fetchAttachment: () => Promise.resolve({ refused: 'no_bot' }),
  reached: () => undefined,
});

type Act = { sessionId: string; now: number };

const STEPS: Record<StepJob['step'], (act: Act) => Promise<NextStep>> = {
  'close-if-idle': (act) => activities.closeIfIdle(act),
  archive: (act) => activities.archiveSession(act),
  'open-review': (act) => activities.openReview(act),
  'end-review': (act) => activities.endReview(act),
  delete: (act) => activities.deleteSession(act),
  wait: (act) => activities.readNextStep(act),
};

/** As the workflow does it: performs the step that the job names, and puts the one that follows in the queue. */
async function perform({ sessionId, step }: StepJob): Promise<void> {
  // The activities ask for the context that a Temporal worker gives them.
  const next = await new MockActivityEnvironment().run<[], NextStep, () => Promise<NextStep>>(() =>
    STEPS[step]({ sessionId, now: Date.now() }),
  );
  if (next.step === 'end') return;
  const job: StepJob = { sessionId, step: next.step };
  await boss.send(STEPS_QUEUE, job, next.at === null ? {} : { startAfter: new Date(next.at) });
}

// 20 at once, like the queue of the service's archive activities.
await boss.work<StepJob>(
  STEPS_QUEUE,
  { batchSize: 20, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
  async (jobs) => {
    await Promise.all(jobs.map((job) => perform(job.data)));
  },
);
await serveUntilStopped(async () => {
  await boss.stop({ graceful: true });
  await services.close();
});
