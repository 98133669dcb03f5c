import { PgBoss } from 'pg-boss';
import type { NextStep } from '../../src/domain/next-step.ts';
import type { Contender } from './contender.ts';
import { openWithMessages } from './customers.ts';
import { IDLE_MS, REOPEN_MS } from './pace.ts';
import { watchPhases } from './phases.ts';
import type { Stage } from './stage.ts';
import { startWorkerProcess } from './worker-process.ts';

export const STEPS_QUEUE = 'session-steps';

/** A step of a session's life as a job. */
export interface StepJob {
  readonly sessionId: string;
  readonly step: Exclude<NextStep['step'], 'end'>;
}

/** The same rows, acts and activities with a job queue in PostgreSQL in Temporal's place. */
export function pgBossContender(stage: Stage, inFlight: number): Contender {
  const { database, settings, ownerUrl } = stage.pgBoss;
  return {
    name: 'pg-boss',
    inFlight,
    async start() {
      const boss = new PgBoss({ connectionString: ownerUrl, supervise: false, schedule: false });
      boss.on('error', (error) => console.error(error));
      await boss.start();
      await boss.createQueue(STEPS_QUEUE);
      const worker = await startWorkerProcess('./pg-boss-worker.ts', {
        ...settings,
        BENCH_PG_BOSS_URL: ownerUrl,
      });
      const phases = watchPhases(database.db);
      const supervisor = { kind: 'staff', id: 'supervisor', role: 'supervisor' } as const;
      const send = (job: StepJob, afterMs: number) =>
        boss.send(STEPS_QUEUE, job, { startAfter: new Date(Date.now() + afterMs) });
      return {
        workerPid: worker.pid,
        async open(keep) {
          const sessionId = await openWithMessages(database, keep);
          await send({ sessionId, step: 'close-if-idle' }, IDLE_MS);
          return sessionId;
        },
        async close(sessionId) {
          const actor = { kind: 'staff', id: 'agent' } as const;
          await database.acts.closeSession({ sessionId, reason: 'agent', actor, now: new Date() });
          await send({ sessionId, step: 'archive' }, REOPEN_MS);
        },
        async approve(sessionId) {
          const decision = 'approve';
          await database.acts.decideReview({ sessionId, decision, actor: supervisor, now: new Date() });
          await send({ sessionId, step: 'delete' }, 0);
        },
        reached: phases.reached,
        async stop() {
          await phases.stop();
          await worker.stop();
          await boss.stop({ graceful: false });
        },
      };
    },
  };
}
