import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createInactivityActivities } from '../../activities/inactivity.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { LIFECYCLE_QUEUE } from '../../src/temporal/ids.ts';
import { ensureInactivitySchedule, INACTIVITY_SCHEDULE } from '../../src/temporal/inactivity-schedule.ts';
import { addProject, createTestDatabase, testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { startDevServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { objects } from './session-stage.ts';

const project = testProject({
  policy: policySchema.parse({ ...testProject().policy, inactivity: {} }),
});

describe('silent customers, looked at once a day', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage({ project });
  });
  after(() => stage.stop());

  let looks = 0;

  /** A day's look, as the schedule starts it. */
  async function look() {
    const handle = await stage.env.client.workflow.start('inactivity', {
      workflowId: `inactivity-${(looks += 1)}`,
      taskQueue: LIFECYCLE_QUEUE,
      args: [],
    });
    // Not its result: waiting for that would let time pass.
    await until('the look to be over', async () => (await handle.describe()).status.name === 'COMPLETED');
    await stage.relay();
  }

  async function prunings() {
    const rows = await stage.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('action', '=', 'inactivity.pruned')
      .orderBy('seq')
      .execute();
    return rows.map(({ counts }) => counts);
  }

  it('are warned, and erased to the last object when they stay silent', async () => {
    const sessionId = await stage.begin('a question', 71_001);
    await stage.pass('9 days');
    await stage.relay();
    await stage.stands(sessionId, 'archived');
    await look();
    await stage.pass('75 days');
    await look();
    await look();
    assert.deepEqual(await prunings(), [
      { warned: 0, erased: 0 },
      { warned: 1, erased: 0 },
    ]);
    await stage.pass('7 days');
    await look();
    await until('the erasure to be done', async () => {
      await stage.pass('1 minute');
      // The sender of messages is not part of this stage: what it would have sent is sent.
      await stage.db
        .updateTable('delivery')
        .set({ done_at: await stage.now(), outcome: 'sent' })
        .execute();
      await stage.relay();
      const { state, origin } = await stage.db
        .selectFrom('erasure')
        .select(['state', 'origin'])
        .executeTakeFirstOrThrow();
      return state === 'done' && origin === 'inactivity';
    });
    assert.equal((await stage.life(sessionId)).phase, 'deleted');
    assert.deepEqual(await objects(stage, sessionId), []);
    assert.deepEqual(await stage.db.selectFrom('subject').select('id').execute(), []);
  });
});

describe('the schedule of an installation', () => {
  it('is made once however many workers start, is daily, and never runs beside itself', async () => {
    const server = await startDevServer();
    const database = await createTestDatabase();
    await addProject(database.db, project);
    const connection = await Connection.connect({ address: server.address });
    const native = await NativeConnection.connect({ address: server.address });
    const client = new Client({ connection, namespace: server.namespace });
    const worker = await Worker.create({
      connection: native,
      namespace: server.namespace,
      taskQueue: LIFECYCLE_QUEUE,
      workflowBundle: workflowBundle(),
      activities: createInactivityActivities(database as unknown as ActivityDeps),
    });
    try {
      await Promise.all([1, 2, 3].map(() => ensureInactivitySchedule(client)));
      const handle = client.schedule.getHandle(INACTIVITY_SCHEDULE);
      const { policies, spec, action, info } = await handle.describe();
      assert.equal(policies.overlap, ScheduleOverlapPolicy.SKIP);
      assert.equal(action.workflowType, 'inactivity');
      assert.deepEqual(
        spec.calendars?.map(({ hour, minute }) => [hour, minute]),
        [[[{ start: 3, end: 3, step: 1 }], [{ start: 17, end: 17, step: 1 }]]],
      );
      const [first, second] = info.nextActionTimes;
      const gapHours = ((second?.getTime() ?? 0) - (first?.getTime() ?? 0)) / 3_600_000;
      assert.ok(Math.abs(gapHours - 24) < 0.5, `${gapHours} hours between two looks`);
      await worker.runUntil(async () => {
        await handle.trigger();
        await until('the day to be recorded', () =>
          database.db
            .selectFrom('audit_entry')
            .select('seq')
            .where('action', '=', 'inactivity.pruned')
            .executeTakeFirst(),
        );
      });
    } finally {
      await connection.close();
      await native.close();
      await server.stop();
      await database.drop();
    }
  });
});
