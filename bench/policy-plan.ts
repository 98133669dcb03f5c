// npm run bench -- policy-plan [--sessions 100000] [--rounds 3]
// Plans a change of policy over a generated archive: every session is decided anew, with its trace, by the
// same function that decides it later. Its peers, in the same run: PostgreSQL adding an interval to every
// row, which knows no rule, and a bare read of the same rows into this process.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql, type Kysely } from 'kysely';
import { planPolicy } from '../src/db/dated-sessions.ts';
import type { Tables } from '../src/db/tables.ts';
import { policySchema } from '../src/domain/policy.ts';
import type { PolicyPlan } from '../src/domain/policy-plan.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { seedArchive } from '../test/acts/policies-stage.ts';
import { addProject, createTestDatabase, prepareTemplate, testProject } from '../test/support/database.ts';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
});
const SESSIONS = Number(options.sessions);
const DAY_MS = 86_400_000;
const SEED_BATCH = 10_000;

const TAGS = [[], ['transaction'], [], ['complaint'], [], ['healthcare'], [], ['refund', 'transaction']];
const RULES = ['transaction', 'refund', 'complaint', 'healthcare', 'finance', 'sensitive', 'authorized'];

/** Seven rules by tag, one by jurisdiction, as a team that serves several trades has them. */
function policyWith(keep: string, years: number) {
  return policySchema.parse({
    idle: 'P7D',
    reopen: 'PT12H',
    keep,
    rules: [
      ...RULES.map((tag, at) => ({
        id: tag,
        when: { tag },
        keepAtLeast: `P${years + at}Y`,
        because: 'measured',
      })),
      { id: 'europe', when: { jurisdiction: 'EU' }, keep: 'P18M', because: 'measured' },
    ],
    review: { window: 'P7D' },
    spam: { deleteAfter: 'P7D' },
  });
}

const project = {
  ...testProject(),
  id: 'bench',
  timeZone: 'Europe/Berlin',
  jurisdiction: 'EU' as const,
  policy: policyWith('P24M', 3),
};
const planned = {
  projectId: project.id,
  policy: policyWith('P12M', 2),
  now: new Date('2026-03-01T12:00:00Z'),
};

async function fill(db: Kysely<Tables>): Promise<void> {
  await addProject(db, project);
  for (let from = 0; from < SESSIONS; from += SEED_BATCH) {
    const batch = Array.from({ length: Math.min(SEED_BATCH, SESSIONS - from) }, (_, index) => ({
      closedAt: new Date(planned.now.getTime() - ((from + index) / SESSIONS) * 700 * DAY_MS),
      tags: TAGS[index % TAGS.length] ?? [],
    }));
    await seedArchive(db, project, batch, `${from}`);
  }
  await db.updateTable('subject').set({ jurisdiction: 'EU', language: 'de' }).execute();
}

/** What a plan would be if there were no rules. */
async function addInterval(db: Kysely<Tables>): Promise<void> {
  await sql`
    select count(*), count(*) filter (where closed_at + interval '1 year' < keep_until),
      count(*) filter (where closed_at + interval '1 year' < ${planned.now})
    from session where project_id = ${project.id} and phase in ('archived', 'review')`.execute(db);
}

async function readRows(db: Kysely<Tables>): Promise<void> {
  await db
    .selectFrom('session')
    .select(['id', 'closed_at', 'last_activity_at', 'keep_until', 'keep_rule', 'attachment_kinds'])
    .where('project_id', '=', project.id)
    .where('phase', 'in', ['archived', 'review'])
    .orderBy('id')
    .execute();
}

async function measured(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

async function run(db: Kysely<Tables>): Promise<void> {
  const times = { plan: [] as number[], interval: [] as number[], read: [] as number[] };
  let plan: PolicyPlan | undefined;
  // The first round warms caches, and is not counted.
  for (let round = 0; round <= Number(options.rounds); round += 1) {
    const [interval, read, whole] = [
      await measured(() => addInterval(db)),
      await measured(() => readRows(db)),
      await measured(async () => (plan = await planPolicy(db, planned))),
    ];
    if (round === 0) continue;
    times.interval.push(interval);
    times.read.push(read);
    times.plan.push(whole);
  }
  const ms = median(times.plan);
  const line = (name: string, all: readonly number[]) => {
    const [time, ...range] = [median(all), Math.min(...all), Math.max(...all)].map(Math.round);
    console.log(
      `${name}: ${time} ms (${range.join(' to ')}), the plan takes ${(ms / median(all)).toFixed(1)} times as long`,
    );
  };
  console.log(
    `${plan?.sessions} sessions planned: ${plan?.earlier} earlier, ${plan?.later} later, ${plan?.dueNow} due now`,
  );
  console.log(`Plan: ${(ms / 1000).toFixed(1)} s, ${Math.round(SESSIONS / (ms / 1000))} sessions/s`);
  line('Peer, PostgreSQL adds an interval to each', times.interval);
  line('Peer, the bare rows read into Node', times.read);
}

const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(directory, 0o711);
const postgres = await startPostgres({
  dir: join(directory, 'postgres'),
  port: await freePort(),
  log: () => undefined,
});
try {
  process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
  await prepareTemplate(postgres.url('postgres'));
  const database = await createTestDatabase();
  await fill(database.db);
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}`);
  await run(database.db);
  await database.drop();
} finally {
  await postgres.stop();
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
