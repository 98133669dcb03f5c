// npm run bench -- reconcile [--sessions 100000] [--workflows 5000]
// Compares generated sessions with their workflows, and has the watchdog look at them. Three figures:
// the rows' side over all sessions, with lists from memory; a real server's list of as many workflows as it
// takes in a moment, per 100,000; one look of the watchdog, with one session in a hundred overdue.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { reconcile } from '../src/acts/reconcile.ts';
import type { WorkflowsPort } from '../src/acts/reconcile-rows.ts';
import { watch } from '../src/acts/watchdog.ts';
import { expectedSessions } from '../src/db/reconcile.ts';
import type { ListedWorkflow } from '../src/domain/reconciling.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { createWorkflows } from '../src/temporal/describe-workflows.ts';
import { deliverEvent } from '../src/temporal/relay.ts';
import { seedArchive } from '../test/acts/policies-stage.ts';
import {
  addProject,
  createTestDatabase,
  prepareTemplate,
  testProject,
  type TestDatabase,
} from '../test/support/database.ts';
import { startDevServer } from '../test/support/servers.ts';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    workflows: { type: 'string', default: '5000' },
  },
});
const SESSIONS = Number(options.sessions);
const WORKFLOWS = Number(options.workflows);
const DAY_MS = 86_400_000;
const SEED_BATCH = 10_000;
const STARTS_AT_ONCE = 50;

const project = { ...testProject(), id: 'bench' };

async function fill({ db }: TestDatabase): Promise<void> {
  await addProject(db, project);
  for (let from = 0; from < SESSIONS; from += SEED_BATCH) {
    const batch = Array.from({ length: Math.min(SEED_BATCH, SESSIONS - from) }, (_, index) => ({
      closedAt: new Date(Date.now() - (index % 100 === 0 ? 800 : 100) * DAY_MS),
    }));
    await seedArchive(db, project, batch, `${from}`);
  }
}

/** Workflows that are just as the rows have them, but for one in a hundred, whose date has passed. */
async function inMemory({ db }: TestDatabase): Promise<WorkflowsPort> {
  const byDigit = new Map<string, ListedWorkflow[]>();
  for (const digit of '0123456789abcdef') {
    const rows = await expectedSessions(db, { prefix: digit }, new Date());
    byDigit.set(
      digit,
      rows.map(({ id, phase, at }) => ({
        ...{ id, phase, troubled: false, runStartedAt: new Date() },
        dueAt: at === null ? null : new Date(at),
      })),
    );
  }
  const refuse = () => Promise.reject(new Error('A dry run changes nothing.'));
  return {
    async *listOpen(kind, prefix) {
      await Promise.resolve();
      if (kind === 'session')
        yield* (byDigit.get(prefix[0] ?? '') ?? []).filter(({ id }) => id.startsWith(prefix));
    },
    describe: (_kind, id) => {
      const listed = byDigit.get(id[0] ?? '')?.find((one) => one.id === id);
      return Promise.resolve(
        listed && {
          ...listed,
          runId: id,
          status: 'running',
          projectId: project.id,
          taskAttempts: 0,
          cancelRequested: false,
        },
      );
    },
    async *listStopped() {},
    bring: refuse,
    nudge: refuse,
    restart: refuse,
  };
}

async function measure<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1000, result };
}

async function compareRows(database: TestDatabase): Promise<void> {
  const workflows = await inMemory(database);
  const { seconds, result } = await measure(() =>
    reconcile(
      { db: database.db, workflows, pause },
      { dryRun: true, deep: false, actor: { kind: 'operator', id: 'bench' }, clock: () => new Date() },
    ),
  );
  const each = ((seconds / SESSIONS) * 1000).toFixed(3);
  console.log(
    `rows        ${SESSIONS} sessions compared in ${seconds.toFixed(1)} s (${each} ms each), ${JSON.stringify(result.findings)}`,
  );
}

async function watchRows({ db }: TestDatabase): Promise<void> {
  const look = () => watch(db, { now: new Date(), withAnchor: false });
  const { seconds, result } = await measure(look);
  const again = await measure(look);
  const overdue = (result ?? []).reduce((sum, one) => sum + one.overdue, 0);
  const each = ((seconds / SESSIONS) * 1000).toFixed(4);
  console.log(
    `watchdog    ${overdue} overdue of ${SESSIONS}: ${seconds.toFixed(2)} s with nudging (${each} ms a session), ${again.seconds.toFixed(2)} s when they are told`,
  );
}

async function listWorkflows({ aside: db }: TestDatabase): Promise<void> {
  const server = await startDevServer();
  const connection = await Connection.connect({ address: server.address });
  try {
    const client = new Client({ connection, namespace: server.namespace });
    const rows = (await expectedSessions(db, { prefix: '' }, new Date())).slice(0, WORKFLOWS);
    const started = await measure(async () => {
      for (let at = 0; at < rows.length; at += STARTS_AT_ONCE)
        await Promise.all(
          rows.slice(at, at + STARTS_AT_ONCE).map(({ id, projectId, next }) =>
            deliverEvent(client, {
              sessionId: id,
              projectId,
              next,
              event: 'imported',
              eventId: id,
              payload: {},
            }),
          ),
        );
    });
    const workflows = createWorkflows(client);
    let listed = 0;
    const { seconds } = await measure(async () => {
      for (const digit of '0123456789abcdef')
        for await (const _ of workflows.listOpen('session', digit)) listed += 1;
    });
    const look = rows.slice(0, 500);
    const described = await measure(async () => {
      for (let at = 0; at < look.length; at += STARTS_AT_ONCE)
        await Promise.all(
          look.slice(at, at + STARTS_AT_ONCE).map(({ id }) => workflows.describe('session', id)),
        );
    });
    console.log(
      [
        `workflows   ${listed} of ${rows.length} listed in ${seconds.toFixed(1)} s (${Math.round(listed / seconds)}/s, 100,000 in ${Math.round((100_000 / listed) * seconds)} s)`,
        `looked at closely ${Math.round(look.length / described.seconds)}/s`,
        `started ${Math.round(rows.length / started.seconds)}/s without a worker`,
      ].join(', '),
    );
  } finally {
    await connection.close();
    await server.stop();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(directory, 0o711);
const postgres = await startPostgres({
  dir: join(directory, 'postgres'),
  port: await freePort(),
  log: () => undefined,
});
process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
await prepareTemplate(postgres.url('postgres'));
const database = await createTestDatabase();
try {
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`);
  await fill(database);
  await compareRows(database);
  await watchRows(database);
  await listWorkflows(database);
} finally {
  await database.drop();
  await postgres.stop();
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
