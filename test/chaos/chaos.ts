import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { startDevServer } from '../support/servers.ts';
import { bundleWorkflows } from '../support/workflow-bundle.ts';
import { install, type Installation } from '../faults/installation.ts';
import { INVARIANTS, type Violation } from '../faults/invariant.ts';
import { findViolations } from '../faults/invariants.ts';
import { startOwnPostgres, type OwnPostgres } from '../faults/own-postgres.ts';
import { sceneOf } from '../faults/scene.ts';
import { until } from '../faults/until.ts';
import { createLoad } from './load.ts';
import { createRandom } from './random.ts';
import { PARTS, startVictims } from './victims.ts';

export interface ChaosOptions {
  /** How many processes die. */
  readonly kills: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  /** How often each was killed. */
  readonly killed: Readonly<Record<string, number>>;
  /** How often each act of people was done. */
  readonly acts: Readonly<Record<string, number>>;
  /** How many sessions stand in each phase, and what else there is. */
  readonly left: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly seconds: number;
}

/** A life in half a minute: long enough to die in the middle of any of its steps. */
const PACE = {
  reopen: 'PT2S',
  archiveWithin: 'PT1H',
  keep: 'PT15S',
  review: { window: 'PT20S', onSilence: 'delete' },
  spam: { deleteAfter: 'PT5S' },
  // A run deletes far more in a day than any project would.
  breaker: { sharePerDay: 1, orFewerThan: 1_000_000 },
} as const;

/** Servers die now and then, the service's own processes all the time. */
const SERVER_DIES_EVERY_MS = 30_000;

/** How often people do something. */
const BETWEEN_ACTS_MS = 300;
/** Longer than the longest pause between two attempts of an activity, which is five minutes. */
const PATIENCE_MS = 900_000;

/**
 * Puts an installation under load while its processes die at random, lets it come to rest, and looks at the
 * invariants. The same seed makes the same choices: whoever chooses has random numbers of their own.
 */
export async function runChaos({ kills, seed, log }: ChaosOptions): Promise<ChaosReport> {
  const began = performance.now();
  const random = createRandom(seed);
  const [worker, relay, bot] = [createRandom(seed + 2), createRandom(seed + 3), createRandom(seed + 4)];
  const directory = mkdtempSync(join(tmpdir(), 'retention-chaos-'));
  const dbFile = join(directory, 'temporal.db');
  // What is started a thousand times need not be compiled each time.
  process.env['NODE_COMPILE_CACHE'] ??= join(directory, 'compiled');
  process.env['TEST_WORKFLOW_BUNDLE'] ??= await bundleWorkflows(directory);
  let temporal = await startDevServer({ dbFile });
  const postgres = await startOwnPostgres();
  const installation = await install({ databases: postgres.databases, temporal }, PACE);
  const killed: Record<string, number> = {};
  let deaths = 0;
  const onKilled = (what: string) => {
    killed[what] = (killed[what] ?? 0) + 1;
    deaths += 1;
    if (deaths % 25 === 0)
      log(`${deaths} of ${kills} dead, ${Math.round((performance.now() - began) / 1000)} s`);
  };
  const load = createLoad(installation, createRandom(seed + 1));
  const victims = startVictims(installation, { worker, relay, bot }, onKilled);
  let working = true;
  const people = (async () => {
    while (working) {
      await load.act();
      await pause(BETWEEN_ACTS_MS);
    }
  })();
  try {
    // Each dies at its own pace, so that any of them may be dead while another dies.
    await Promise.all([
      ...PARTS.map(async (part) => {
        while (deaths < kills) await victims.kill(part);
      }),
      (async () => {
        while (deaths < kills) {
          await pause(random.below(2 * SERVER_DIES_EVERY_MS));
          if (deaths >= kills) return;
          if (random.next() < 0.5) await killPostgres(postgres, onKilled);
          else temporal = await killTemporal(temporal, dbFile, onKilled);
        }
      })(),
    ]);
    working = false;
    await people;
    log('Nobody dies any more: everything comes to rest.');
    await load.settle();
    await victims.mend();
    await rest(installation, load);
    const scene = sceneOf(installation, { erasedMarks: load.erasedMarks() });
    const violations = await settled(() => findViolations({ ...scene, now: new Date() }));
    return {
      ...{ seed, killed, acts: load.counts, violations },
      left: await countLeft(installation),
      seconds: Math.round((performance.now() - began) / 1000),
    };
  } finally {
    working = false;
    victims.stop();
    await installation.close();
    await temporal.stop();
    await postgres.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function killPostgres(postgres: OwnPostgres, onKilled: (what: string) => void): Promise<void> {
  await postgres.crash();
  onKilled('postgres');
  await postgres.restart();
}

async function killTemporal(
  server: Awaited<ReturnType<typeof startDevServer>>,
  dbFile: string,
  onKilled: (what: string) => void,
): Promise<Awaited<ReturnType<typeof startDevServer>>> {
  process.kill(server.pid, 'SIGKILL');
  await until('Temporal is gone', () => !isRunning(server.pid));
  await server.stop();
  onKilled('temporal');
  return startDevServer({ dbFile, port: server.port });
}

/** Everything that was begun is done: nothing waits to be told or sent, and no session is on its way. */
async function rest({ services: { db } }: Installation, load: { settle(): Promise<void> }): Promise<void> {
  const isEmpty = async (table: 'outbox' | 'delivery', done: 'delivered_at' | 'done_at') =>
    (await db
      .selectFrom(table as 'outbox')
      .select('id')
      .where(done as 'delivered_at', 'is', null)
      .limit(1)
      .executeTakeFirst()) === undefined;
  let moving: unknown;
  await until(
    'everything has come to rest',
    async () => {
      await load.settle();
      moving = await db
        .selectFrom('session')
        .select((eb) => ['phase', eb.fn.countAll<number>().as('sessions')])
        .where('phase', 'not in', ['open', 'deleted'])
        .groupBy('phase')
        .execute();
      const erasing = await db
        .selectFrom('erasure')
        .select('id')
        .where('state', '=', 'confirmed')
        .limit(1)
        .executeTakeFirst();
      return (
        (moving as unknown[]).length === 0 &&
        erasing === undefined &&
        (await isEmpty('outbox', 'delivered_at')) &&
        (await isEmpty('delivery', 'done_at'))
      );
    },
    PATIENCE_MS,
  ).catch((error: unknown) => {
    throw new Error(`It does not come to rest: ${JSON.stringify(moving)}`, { cause: error });
  });
}

/** What a workflow was just told takes it a moment; what stays is a violation. */
async function settled(find: () => Promise<Violation[]>): Promise<Violation[]> {
  let last: Violation[] = [];
  await until(
    'every invariant holds',
    async () => {
      last = await find();
      return last.length === 0;
    },
    30_000,
  ).catch(() => undefined);
  return last;
}

async function countLeft({ services: { db } }: Installation): Promise<Record<string, number>> {
  const phases = await db
    .selectFrom('session')
    .select((eb) => ['phase', eb.fn.countAll<number>().as('count')])
    .groupBy('phase')
    .execute();
  const count = async (table: 'inbox' | 'erasure' | 'audit_entry' | 'policy' | 'hold') =>
    Number(
      (
        await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    );
  return {
    ...Object.fromEntries(
      phases.map(({ phase, count: sessions }) => [`sessions ${phase}`, Number(sessions)]),
    ),
    updates: await count('inbox'),
    erasures: await count('erasure'),
    holds: await count('hold'),
    'policy versions': await count('policy'),
    'audit entries': await count('audit_entry'),
  };
}

/** The report as a table for people. */
export function reportText({ seed, killed, acts, left, violations, seconds }: ChaosReport): string {
  const lines = (title: string, figures: Readonly<Record<string, number>>) =>
    [title, ...Object.entries(figures).map(([name, figure]) => `  ${name.padEnd(36)}${figure}`)].join('\n');
  const found = Object.fromEntries(
    Object.entries(INVARIANTS).map(([id, words]) => [
      `${id} ${words}`,
      violations.filter(({ invariant }) => invariant === id).length,
    ]),
  );
  const total = Object.values(killed).reduce((sum, one) => sum + one, 0);
  return [
    `Seed ${seed}: ${total} deaths in ${seconds} s.`,
    lines('Killed', killed),
    lines('What people did', acts),
    lines('What there was', left),
    'Violations',
    ...Object.entries(found).map(([name, figure]) => `  ${String(figure).padStart(4)}  ${name}`),
    ...violations.slice(0, 20).map((violation) => JSON.stringify(violation)),
  ].join('\n');
}
