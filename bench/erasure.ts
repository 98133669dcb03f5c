// npm run bench -- erasure [--sessions 5000]
// Erases a customer who has thousands of archived sessions: as the service does it, and as a plain loop of the
// same calls of vault, store and database does it without Temporal. docs/performance.md explains the figures.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ERASURE_BATCH } from '../src/db/erasures.ts';
import { eraseInLoop } from './erasure/loop.ts';
import { eraseByService, peakMemory, weigh, type ErasureTimes } from './erasure/service.ts';
import { archivedSubject } from './erasure/subject.ts';
import { setStage, type Stage } from './lifecycle/stage.ts';
import { endWorkers, startWorkerProcess } from './lifecycle/worker-process.ts';

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '5000' } } });
const sessions = Number(values.sessions);

/** As many as the service has children at work at once. */
const LANES = 4;

const stage = await setStage({ countStatements: false, log: (line) => console.error(line) });
const cutShort = Promise.withResolvers<never>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => cutShort.reject(new Error(`Ended by ${signal}.`)));
try {
  await Promise.race([run(stage), cutShort.promise]);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  endWorkers();
  await stage.stop();
}
process.exit();

async function run({ temporal, postgres, retention }: Stage): Promise<void> {
  const { database, settings } = retention;
  const archiveUrl = settings['RETENTION_ARCHIVE'] ?? '';
  console.log(`${temporal.title}
PostgreSQL ${postgres.version}, fsync ${postgres.fsync}; Node ${process.versions.node}; archive in a directory, synced
${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), for servers, worker and driver together
${sessions} archived sessions of 20 messages each, of one customer; three such customers\n`);
  const made = (telegramUserId: number) =>
    archivedSubject(database, archiveUrl, { telegramUserId, sessions });
  const [ours, one, four] = [await made(1), await made(2), await made(3)];

  const worker = await startWorkerProcess('./retention-worker.ts', settings);
  const idle = peakMemory(worker.pid);
  const { erasureId, times } = await eraseByService(database, ours);
  const peak = peakMemory(worker.pid);
  await worker.stop();
  const batches = Math.ceil(sessions / ERASURE_BATCH);
  const weight = await weigh(temporal, { erasureId, subjectId: ours.id, batches });

  const alone = await eraseInLoop(database, archiveUrl, one, 1);
  const lanes = await eraseInLoop(database, archiveUrl, four, LANES);
  printTimes(times, alone, lanes);
  const size = ({ events, bytes }: { events: number; bytes: number }) => `${events} events, ${bytes} bytes`;
  console.log(`History of the parent: ${size(weight.parent)}
Largest of ${weight.children} children: ${size(weight.largestChild)}
Memory of the worker: ${idle.toFixed(0)} MB when it began, ${peak.toFixed(0)} MB at its peak`);
}

function printTimes(
  ours: ErasureTimes,
  alone: { keys: number; done: number },
  lanes: { keys: number; done: number },
): void {
  const table = new Table({
    head: ['seconds from confirmation', 'marked', 'keys gone', 'removed', 'read back', 'done'],
    style: { head: [], border: [] },
  });
  const s = (value: number) => value.toFixed(1);
  const { marked, keys, removed, verified, done } = ours;
  table.push(
    ['the service', s(marked), s(keys), s(removed), s(verified), s(done)],
    ['a loop', '', s(alone.keys), '', '', s(alone.done)],
    [`a loop, ${LANES} at once`, '', s(lanes.keys), '', '', s(lanes.done)],
  );
  console.log(table.toString());
  console.log(`Read back, against the loop: ${(verified / alone.done).toFixed(2)}; against ${LANES} at once: ${(verified / lanes.done).toFixed(2)}
Keys gone, against the loop: ${(keys / alone.keys).toFixed(2)}`);
}
