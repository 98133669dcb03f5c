// npm run bench -- lifecycle [--rounds 3] [--in-flight 70] [--only retention,bare] [--statements]
// Brings sessions through their whole life: as the service does it, as a bare Temporal workflow with the
// same steps does it, and as jobs of pg-boss that write the same rows. docs/performance.md explains the figures.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bareContender } from './lifecycle/bare.ts';
import { runSlot, type Slot } from './lifecycle/closed-loop.ts';
import type { Contender, ContenderName } from './lifecycle/contender.ts';
import { openHistories, type HistoryCounts, type ParkedRun } from './lifecycle/histories.ts';
import { pgBossContender } from './lifecycle/pg-boss.ts';
import { printForeign, printHistories, printRatios, printSlots } from './lifecycle/report.ts';
import { openStatementCounter } from './lifecycle/statements.ts';
import { retentionContender } from './lifecycle/retention.ts';
import { setStage, type Stage } from './lifecycle/stage.ts';
import { endWorkers } from './lifecycle/worker-process.ts';
import { KEEP_MS, MESSAGES, OPEN_MS, REOPEN_MS } from './lifecycle/pace.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'retention,bare,pg-boss' },
    'in-flight': { type: 'string', default: '70' },
    statements: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const inFlight = Number(options['in-flight']);

/** The loop fills in the first and is measured in the second. */
const PACE = { warmMs: 8_000, windowMs: 12_000 };

const began = Date.now();
const stage = await setStage({
  countStatements: options.statements,
  log: (line) => console.error(line),
});
// Whatever ends the run early, what it started is stopped.
const cutShort = Promise.withResolvers<never>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => cutShort.reject(new Error(`Ended by ${signal}.`)));
process.on('unhandledRejection', cutShort.reject);
try {
  printConditions(stage);
  await Promise.race([run(stage), cutShort.promise]);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  endWorkers();
  await stage.stop();
}
console.log(`The run took ${Math.round((Date.now() - began) / 1000)} s.`);
// Sessions that nobody waits for any more would keep the process for a minute and a half.
process.exit();

function printConditions({ temporal, postgres }: Stage): void {
  const [cpu] = cpus();
  console.log(`${temporal.title}
PostgreSQL ${postgres.version}, fsync ${postgres.fsync}; Node ${process.versions.node}; archive in a directory, synced
${cpus().length} cores (${cpu?.model ?? 'unknown'}), for servers, workers and driver together
${inFlight} sessions at once, ${MESSAGES} messages each; open ${OPEN_MS} ms, reopen window ${REOPEN_MS} ms, kept ${KEEP_MS} ms
${rounds} rounds in turn, ${PACE.windowMs / 1000} s measured each\n`);
}

async function run(on: Stage): Promise<void> {
  const contenders = [
    retentionContender(on, inFlight),
    bareContender(on, inFlight),
    // Waits are most of its life: with as few sessions its machine would stand idle.
    pgBossContender(on, inFlight * 4),
  ].filter(({ name }) => options.only.split(',').includes(name));
  const slots: Record<ContenderName, Slot[]> = { retention: [], bare: [], 'pg-boss': [] };
  const counter = options.statements ? await openStatementCounter(on.superuserUrl) : undefined;
  const pids = { temporal: on.temporal.pid, postgres: on.postgres.pid };
  for (let round = 1; round <= rounds; round++)
    for (const contender of contenders) {
      await counter?.reset();
      const slot = await runSlot(contender, { ...PACE, pids, park: round === 1 && hasHistory(contender) });
      slots[contender.name].push(slot);
      await counter?.print(databasesOf(on, contender), slot.all);
      console.error(`round ${round}, ${contender.name}: ${slot.perSecond.toFixed(1)} sessions/s`);
    }
  printSlots(slots);
  printRatios(slots);
  printForeign(slots);
  printHistories({ retention: await weigh(on, slots.retention), bare: await weigh(on, slots.bare) });
}

function databasesOf({ retention, pgBoss }: Stage, { name }: Contender): string[] {
  const { database } = name === 'pg-boss' ? pgBoss : retention;
  return [database.url, database.keysUrl];
}

function hasHistory({ name }: Contender): boolean {
  return name !== 'pg-boss';
}

async function weigh(
  { temporal }: Stage,
  slots: readonly Slot[],
): Promise<{ each: HistoryCounts[]; parked: ParkedRun }> {
  const histories = await openHistories(temporal);
  try {
    const each: HistoryCounts[] = [];
    for (const sessionId of slots.flatMap(({ finished }) => finished))
      each.push(await histories.count(sessionId));
    const parked = slots.find((slot) => slot.parked)?.parked;
    return { each, parked: parked ? await histories.parked(parked) : { events: 0, bytes: 0 } };
  } finally {
    await histories.close();
  }
}
