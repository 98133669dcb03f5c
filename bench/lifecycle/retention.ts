import type { Contender } from './contender.ts';
import { openWithMessages } from './customers.ts';
import { watchPhases } from './phases.ts';
import type { Stage } from './stage.ts';
import { startWorkerProcess } from './worker-process.ts';

/** The service itself: acts, outbox, relay, workflow, activities, vault, archive and audit. */
export function retentionContender(stage: Stage, inFlight: number): Contender {
  const { database, settings } = stage.retention;
  return {
    name: 'retention',
    inFlight,
    async start() {
      const worker = await startWorkerProcess('./retention-worker.ts', settings);
      const phases = watchPhases(database.db);
      const supervisor = { kind: 'staff', id: 'supervisor', role: 'supervisor' } as const;
      return {
        workerPid: worker.pid,
        open: (keep) => openWithMessages(database, keep),
        close: (sessionId) =>
          database.acts.closeSession({
            sessionId,
            reason: 'agent',
            actor: { kind: 'staff', id: 'agent' },
            now: new Date(),
          }),
        approve: (sessionId) =>
          database.acts.decideReview({ sessionId, decision: 'approve', actor: supervisor, now: new Date() }),
        reached: phases.reached,
        async stop() {
          await phases.stop();
          await worker.stop();
        },
      };
    },
  };
}
