import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { defineSearchAttributeKey } from '@temporalio/common';
import proto from '@temporalio/proto';
import { sql } from 'kysely';
import { requestErasure } from '../../src/acts/erasures.ts';
import { AppError } from '../../src/domain/errors.ts';
import { LIFECYCLE_QUEUE, sessionWorkflowId } from '../../src/temporal/ids.ts';
import { seedArchive } from '../acts/policies-stage.ts';
import { customerMessage, testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createReconcileStage, entriesOf, OPERATOR, type ReconcileStage } from './reconcile-stage.ts';

const { ResetWorkflowExecutionRequest } = proto.temporal.api.workflowservice.v1;
const DAY = 86_400_000;
const LIMIT = { timeout: 120_000 };

describe('comparing rows and workflows', () => {
  let stage: ReconcileStage;
  before(async () => {
    stage = await createReconcileStage();
  });
  after(() => stage.stop());

  const phaseOf = async (sessionId: string) => (await stage.next(sessionId))?.phase;
  const answers = (sessionId: string, phase: string) =>
    until(`the workflow of ${sessionId} to be ${phase}`, async () => (await phaseOf(sessionId)) === phase);

  it('starts what was never started, each at its phase, and finds nothing afterwards', LIMIT, async () => {
    const began = new Date();
    const open = await stage.begin();
    const closed = await stage.begin();
    await stage.acts.closeSession({
      ...{ sessionId: closed, reason: 'agent', actor: OPERATOR, now: new Date() },
    });
    const [archived = '', overdue = ''] = await seedArchive(stage.db, testProject(), [
      { closedAt: new Date(Date.now() - 10 * DAY) },
      { closedAt: new Date(Date.now() - 800 * DAY) },
    ]);
    await stage.loseEvents();

    const dry = await stage.run({ dryRun: true });
    assert.deepEqual(dry.findings, { missing: 4 });
    assert.equal(dry.mended, 0);
    assert.equal(await stage.workflows.describe('session', open), undefined);

    const report = await stage.run();
    assert.deepEqual([report.findings, report.mended, report.sessions], [{ missing: 4 }, 4, 4]);
    await answers(open, 'open');
    await answers(closed, 'closed');
    await answers(archived, 'archived');
    // What was due while nobody looked goes on at once, with its whole window ahead of it.
    await answers(overdue, 'review');
    const review = await stage.aside
      .selectFrom('review')
      .select(['opened_at', 'due_at'])
      .where('session_id', '=', overdue)
      .executeTakeFirstOrThrow();
    assert.equal(review.due_at.getTime() - review.opened_at.getTime(), 7 * DAY);
    assert.ok(review.opened_at >= began);
    assert.deepEqual(await entriesOf(stage, open), ['session.opened', 'workflow.restored missing']);

    for (const id of [open, closed, archived, overdue]) await stage.listed(id, true);
    assert.deepEqual((await stage.run()).findings, {});
  });

  it(
    'brings back what was terminated or deleted in Temporal, and reports who was stopped once',
    LIMIT,
    async () => {
      const [terminated, deleted] = [await stage.beginTold(), await stage.beginTold()];
      await stage.handle(terminated).terminate('by hand');
      await stage.client.workflowService.deleteWorkflowExecution({
        namespace: stage.client.options.namespace,
        workflowExecution: { workflowId: sessionWorkflowId(deleted) },
      });
      await stage.listed(terminated, false);
      await until(
        'the workflow to be gone',
        async () => !(await stage.workflows.describe('session', deleted)),
      );

      const { findings } = await stage.run();
      assert.deepEqual(findings, { terminated: 1, missing: 1, 'stopped-by-hand': 1 });
      await answers(terminated, 'open');
      await answers(deleted, 'open');
      for (const id of [terminated, deleted]) await stage.listed(id, true);
      assert.deepEqual((await stage.run()).findings, {});
    },
  );

  it('reports a reset and a request to cancel, which change nothing', LIMIT, async () => {
    const [reset, asked] = [await stage.beginTold(), await stage.beginTold()];
    await stage.client.workflowService.resetWorkflowExecution(
      ResetWorkflowExecutionRequest.fromObject({
        namespace: stage.client.options.namespace,
        workflowExecution: { workflowId: sessionWorkflowId(reset) },
        workflowTaskFinishEventId: 3,
        requestId: randomUUID(),
        reason: 'by hand',
      }),
    );
    await stage.handle(asked).cancel();
    await until('lists to show the run that was reset', async () => {
      for await (const run of stage.workflows.listStopped(new Date(Date.now() - DAY)))
        if (run.id === reset) return true;
      return false;
    });
    await stage.listed(reset, true);
    const { findings } = await stage.run({ deep: true });
    assert.deepEqual(findings, { 'reset-by-hand': 1, 'cancel-requested': 1 });
    await answers(reset, 'open');
    await answers(asked, 'open');
  });

  it('tells a workflow that knows less than the rows, as after a restore of Temporal', LIMIT, async () => {
    const sessionId = await stage.beginTold();
    await stage.acts.closeSession({ sessionId, reason: 'agent', actor: OPERATOR, now: new Date() });
    await stage.loseEvents();
    assert.deepEqual((await stage.run()).findings, { behind: 1 });
    await answers(sessionId, 'closed');
  });

  it('starts a failing run anew', LIMIT, async () => {
    const sessionId = await stage.begin();
    await stage.loseEvents();
    await stage.client.workflow.start('session', {
      workflowId: sessionWorkflowId(sessionId),
      taskQueue: LIFECYCLE_QUEUE,
      args: [{ sessionId, projectId: 'shop', next: null }],
    });
    await until('its task to fail again and again', async () => {
      const workflow = await stage.workflows.describe('session', sessionId);
      return (workflow?.taskAttempts ?? 0) >= 3;
    });
    assert.deepEqual((await stage.run({ deep: true })).findings, { 'cancel-requested': 1, stuck: 1 });
    await answers(sessionId, 'open');
    // Its own ending of the run is nobody else's doing.
    await stage.listed(sessionId, true);
    assert.equal((await stage.run()).findings['stopped-by-hand'], undefined);
  });

  it(
    'ends what outlived its session, and starts again what ended early, with deletions paused',
    LIMIT,
    async () => {
      const sessionId = await stage.beginTold();
      await sql`update session set phase = 'deleted', closed_at = now(), deleted_at = now()
      where id = ${sessionId}`.execute(stage.db);
      assert.deepEqual((await stage.run()).findings, { outlived: 1 });
      await stage.handle(sessionId).result();
      await stage.listed(sessionId, false);

      // The database comes back from before the deletion.
      await sql`update session set phase = 'open', closed_at = null, deleted_at = null
      where id = ${sessionId}`.execute(stage.db);
      const report = await stage.run();
      assert.deepEqual([report.findings, report.paused], [{ 'ended-early': 1 }, ['shop']]);
      await answers(sessionId, 'open');
      await stage.acts.resumeDeletions({ projectId: 'shop', reason: 'ok', actor: OPERATOR, now: new Date() });
      await stage.loseEvents();
      await stage.db.deleteFrom('throttled_event').execute();
    },
  );

  it('leaves a workflow that no row knows alone, and stops deletions for it once', LIMIT, async () => {
    const id = randomUUID();
    await stage.client.workflow.start('session', {
      workflowId: sessionWorkflowId(id),
      taskQueue: LIFECYCLE_QUEUE,
      args: [
        {
          ...{ sessionId: id, projectId: 'shop' },
          next: { phase: 'archived', step: 'wait', at: null, held: false, round: 0 },
        },
      ],
      typedSearchAttributes: [{ key: defineSearchAttributeKey('Project', 'KEYWORD'), value: 'shop' }],
    });
    await stage.listed(id, true);
    const report = await stage.run();
    assert.deepEqual(
      [report.findings, report.unknown, report.paused],
      [{ unknown: 1 }, [`session:${id}`], ['shop']],
    );
    await stage.acts.resumeDeletions({ projectId: 'shop', reason: 'ok', actor: OPERATOR, now: new Date() });
    assert.deepEqual((await stage.run()).paused, []);
    assert.equal((await stage.workflows.describe('session', id))?.status, 'running');
    await stage.handle(id).terminate();
    await stage.listed(id, false);
    await stage.run();
  });

  it('brings back the workflow of an erasure', LIMIT, async () => {
    const telegramUserId = 9_000_000_077;
    await stage.acts.receiveMessage(customerMessage('Hello', { telegramUserId }));
    await stage.relay();
    const now = new Date();
    await requestErasure(stage, { projectId: 'shop', telegramUserId, now });
    const { id } = await stage.db.selectFrom('erasure').select('id').executeTakeFirstOrThrow();
    await stage.loseEvents();
    const { findings } = await stage.run();
    assert.deepEqual(findings, { missing: 1 });
    const described = await stage.workflows.describe('erasure', id);
    assert.equal(described?.status, 'running');
  });

  it('stops when asked, says where to go on, and is never at it twice at once', LIMIT, async () => {
    const later = await seedArchive(
      stage.db,
      testProject(),
      Array.from({ length: 120 }, (_, at) => ({ closedAt: new Date(Date.now() - (120 - at) * DAY) })),
      'later',
    );
    const stopping = new AbortController();
    const first = await stage.run({
      signal: stopping.signal,
      onProgress: ({ stage: at, done }) => {
        if (at === 'mending' && done >= 50) stopping.abort();
      },
    });
    assert.ok(first.goOnFrom !== null && first.mended >= 100 && first.mended < 120);
    const { rows: order } = await sql<{ mended: boolean }>`
      select exists (select from audit_entry a where a.object_id = s.id::text and a.action = 'workflow.restored') as mended
      from session s where s.id = any(${later}::uuid[]) order by s.keep_until`.execute(stage.aside);
    const mended = order.map((row) => row.mended);
    assert.deepEqual(
      mended,
      mended.toSorted((a, b) => Number(b) - Number(a)),
      'the nearest dates come first',
    );
    const [one, two] = await Promise.allSettled([
      stage.run({ from: first.goOnFrom }),
      stage.run({ from: first.goOnFrom }),
    ]);
    const refused = [one, two].filter((run) => run.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.equal((refused[0]?.reason as AppError).code, 'already_running');
    for (const id of later)
      assert.equal((await stage.workflows.describe('session', id))?.status, 'running', id);
  });
});
