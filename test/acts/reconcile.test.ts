import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { reconcile } from '../../src/acts/reconcile.ts';
import type { WorkflowsPort } from '../../src/acts/reconcile-rows.ts';
import { expectedSessions } from '../../src/db/reconcile.ts';
import type { DescribedWorkflow, ListedWorkflow } from '../../src/domain/reconciling.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { seedArchive } from './policies-stage.ts';

const DAY = 86_400_000;
const ACTOR = { kind: 'operator', id: 'test' } as const;

describe('what is found of a session and its workflow', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db);
  });
  after(() => at.drop());

  /** Compares the sessions with workflows that stand as the rows do, but for what is said of each. */
  async function compare(wrong: Readonly<Record<string, Partial<DescribedWorkflow>>>) {
    const now = new Date();
    const workflows = (await expectedSessions(at.aside, { prefix: '' }, now)).map(
      (row): ListedWorkflow & DescribedWorkflow => ({
        ...{ id: row.id, runId: row.id, projectId: row.projectId, phase: row.phase },
        ...{ status: 'running', runStartedAt: now, taskAttempts: 1 },
        ...{ dueAt: row.at === null ? null : new Date(row.at), cancelRequested: false, troubled: false },
        ...wrong[row.id],
      }),
    );
    const done: string[] = [];
    const note = (how: string) => (row: { id: string }) =>
      Promise.resolve(void done.push(`${how} ${row.id}`));
    const port: WorkflowsPort = {
      async *listOpen(kind, prefix) {
        await Promise.resolve();
        if (kind === 'session')
          yield* workflows.filter(({ id, status }) => id.startsWith(prefix) && status === 'running');
      },
      describe: (_kind, id) => Promise.resolve(workflows.find((one) => one.id === id)),
      async *listStopped() {},
      bring: note('bring'),
      restart: note('restart'),
      nudge: (_kind, id) => note('nudge')({ id }),
    };
    const report = await reconcile(
      { db: at.db, workflows: port, pause: () => Promise.resolve() },
      { dryRun: false, deep: true, actor: ACTOR, clock: () => now },
    );
    return { ...report, done };
  }
  const seeded = (name: string, ...ages: number[]) =>
    seedArchive(
      at.db,
      testProject(),
      ages.map((age) => ({ closedAt: new Date(Date.now() - age * DAY) })),
      name,
    );

  it('nothing, where both agree', async () => {
    await seeded('agree', 10, 20);
    const { findings, done } = await compare({});
    assert.deepEqual([findings, done], [{}, []]);
  });

  it('a workflow that would wake too late is told, one that wakes early is not', async () => {
    const [late = '', early = ''] = await seeded('dates', 10, 10);
    const { findings, done } = await compare({
      [late]: { dueAt: new Date(Date.now() + 9000 * DAY) },
      [early]: { dueAt: new Date() },
    });
    assert.deepEqual([findings, done], [{ behind: 1 }, [`bring ${late}`]]);
  });

  it('one that runs and did nothing an hour after its date, and one on the code of last year, are told', async () => {
    const [overdue = '', old = ''] = await seeded('times', 800, 10);
    const { findings, done } = await compare({ [old]: { runStartedAt: new Date(Date.now() - 400 * DAY) } });
    assert.deepEqual(findings, { overdue: 1, 'old-run': 1 });
    assert.deepEqual(new Set(done), new Set([`bring ${overdue}`, `bring ${old}`]));
    await sql`update session set phase = 'deleted' where id = ${overdue}`.execute(at.db);
  });

  it('one that knows more than the rows stops the deletions before it is told', async () => {
    const [ahead = ''] = await seeded('ahead', 10);
    await sql`update session set phase = 'closed', reopen_until = now() where id = ${ahead}`.execute(at.db);
    const { findings, paused } = await compare({ [ahead]: { phase: 'archived' } });
    assert.deepEqual([findings, paused], [{ ahead: 1 }, ['shop']]);
    assert.deepEqual(
      (await compare({ [ahead]: { phase: 'archived' } })).paused,
      [],
      'they are paused already',
    );
    await sql`update session set phase = 'deleted' where id = ${ahead}`.execute(at.db);
  });

  it('an extension on its way back from review is no restored database', async () => {
    const [extended = ''] = await seeded('extended', 10);
    const { findings, paused } = await compare({ [extended]: { phase: 'review' } });
    assert.deepEqual([findings, paused], [{ behind: 1 }, []]);
  });

  it('failing tasks are started anew, a hundred in a run, since more are the fault of the code', async () => {
    const ids = await seeded('stuck', ...Array.from({ length: 120 }, () => 30));
    const { findings, done } = await compare(Object.fromEntries(ids.map((id) => [id, { taskAttempts: 3 }])));
    assert.equal(findings.stuck, 120);
    assert.equal(done.filter((one) => one.startsWith('restart ')).length, 100);
  });

  it('a session that an event will tell, or that an erasure carries, is left to them', async () => {
    const [told = ''] = await seeded('told', 10);
    await sql`insert into throttled_event (session_id, event, project_id, created_at)
      values (${told}, 'redated', 'shop', now())`.execute(at.db);
    assert.deepEqual((await compare({ [told]: { status: 'terminated' } })).findings, {});
  });
});
