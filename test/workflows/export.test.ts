import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createExportActivities } from '../../activities/export.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { exportWorkflowId, LIFECYCLE_QUEUE } from '../../src/temporal/ids.ts';
import { tellExports } from '../../src/main/exports.ts';
import { addProject, createTestDatabase } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { startDevServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { askForExport, exportBecomes, operator, tell } from './export-stage.ts';
import { archivedSession, erase, reaches } from './erasure-stage.ts';

describe('an export’s workflow', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage();
  });
  after(() => stage.stop());

  async function objects(exportId: string) {
    return (await Array.fromAsync(stage.store.list(`exports/${exportId}/`))).length;
  }

  it('writes what was asked for, and removes it after a week', async () => {
    await archivedSession(stage, 201);
    await stage.begin('live', 202);
    const id = await askForExport(stage, 'project:shop');
    const done = await exportBecomes(stage, id, 'done');
    assert.deepEqual([done.done_sessions, done.messages], [2, 2]);
    assert.equal(await objects(id), 1);
    await stage.pass('6 days');
    assert.equal(await objects(id), 1);
    await stage.pass('1 day');
    const gone = await exportBecomes(stage, id, 'removed');
    assert.deepEqual([gone.ending, gone.done_sessions, gone.messages], ['expired', 2, 2]);
    assert.equal(await objects(id), 0);
    await stage.env.client.workflow.getHandle(exportWorkflowId(id)).result();
  });

  it('holds no word of what was asked for, nor whom it is about', async () => {
    const id = await askForExport(stage, 'user:202');
    await exportBecomes(stage, id, 'done');
    const history = await stage.env.client.workflow.getHandle(exportWorkflowId(id)).fetchHistory();
    const opened = (_all: string, data: string) => Buffer.from(data, 'base64').toString();
    const said = historyToJSON(history).replace(/"data": ?"([^"]*)"/g, opened);
    assert.ok(said.includes(id));
    for (const word of ['user:202', 'TICKET-9', 'cli:test']) assert.ok(!said.includes(word), word);
  });

  it('ends at once when it is removed by hand', async () => {
    const exportId = await askForExport(stage, 'project:shop');
    await exportBecomes(stage, exportId, 'done');
    await stage.acts.removeExport({ exportId, reader: operator, now: await stage.now() });
    await tell(stage);
    const gone = await exportBecomes(stage, exportId, 'removed');
    assert.equal(gone.ending, 'removed');
    assert.equal(await objects(exportId), 0);
  });

  it('is destroyed whole by the erasure of anybody in it, key first', async () => {
    await archivedSession(stage, 203);
    await archivedSession(stage, 204);
    const theirs = await askForExport(stage, 'user:203 OR user:204');
    const others = await askForExport(stage, 'user:204');
    await exportBecomes(stage, theirs, 'done');
    await exportBecomes(stage, others, 'done');
    const { erasureId } = await erase(stage, 203);
    await assert.rejects(
      async () =>
        stage.acts.fetchExport({
          ...{ exportId: theirs, reader: operator, reason: 'late', now: await stage.now() },
          open: (row) => row,
        }),
      { code: 'phase_conflict' },
    );
    await reaches(stage, erasureId, ({ state }) => state === 'done');
    const gone = await exportBecomes(stage, theirs, 'removed');
    assert.equal(gone.ending, 'erasure');
    assert.equal(await objects(theirs), 0);
    assert.equal(await stage.vault.destroyedAmong([{ sessionId: null, subjectId: theirs }]), 1);
    await exportBecomes(stage, others, 'done');
  });

  it('forgets what was asked for once it is written', async () => {
    const id = await askForExport(stage, 'user:202');
    const { criteria_sealed: asked } = await exportBecomes(stage, id, 'done');
    assert.equal(asked, null);
  });

  it('and schedules and saved searches that name somebody go with their erasure, those of others stay', async () => {
    await stage.begin('a question', 205);
    await stage.begin('another', 206);
    const { subject_id: subjectId } = await stage.aside
      .selectFrom('subject')
      .select('id as subject_id')
      .where('telegram_user_id', '=', 205)
      .executeTakeFirstOrThrow();
    const now = await stage.now();
    const order = { projectId: 'shop', format: 'jsonl', reader: operator, reason: 'T-1', now } as const;
    const schedule = (query: string) => stage.acts.addExportSchedule({ ...order, query, cron: 'daily' });
    const ended = [await schedule('hello -user:205'), await schedule(`user:${subjectId.toUpperCase()}`)];
    const stays = await schedule('user:206 OR 205');
    const search = (name: string, query: string) =>
      stage.acts.saveSearch({ owner: 'cli:test', name, query, now });
    await search('theirs', 'parcel (late OR user:000205)');
    await search('others', 'user:206');
    // Asked for and not begun: its workflow was never told.
    const asked = await stage.acts.requestExport({ ...order, query: 'nothing user:205' });
    const { erasureId, number } = await erase(stage, 205);
    await reaches(stage, erasureId, ({ state }) => state === 'done');

    const schedules = await stage.acts.listExportSchedules({ reader: operator });
    assert.deepEqual(
      schedules.map(({ id }) => id),
      [stays],
    );
    const searches = await stage.acts.listSavedSearches({ owner: 'cli:test' });
    assert.deepEqual(
      searches.map(({ name }) => name),
      ['others'],
    );
    assert.equal((await exportBecomes(stage, asked, 'removing')).ending, 'erasure');
    const keys = [...ended, asked].map((id) => ({ sessionId: null, subjectId: id }));
    assert.equal(await stage.vault.destroyedAmong(keys), 3);
    const entries = await stage.aside
      .selectFrom('audit_entry')
      .select(['action', 'reason', 'request_id', 'workflow_id'])
      .where('action', 'in', ['export.schedule-ended', 'search.forgotten'])
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      entries.map(({ action, reason, request_id }) => [action, reason, request_id]),
      [
        ['export.schedule-ended', 'erasure', number],
        ['export.schedule-ended', 'erasure', number],
        ['search.forgotten', 'erasure', number],
      ],
    );
    assert.ok(entries.every(({ workflow_id: id }) => id !== null));
    const untold = await stage.aside
      .selectFrom('export_schedule')
      .select(['criteria_sealed', 'told_at'])
      .where('id', 'in', ended)
      .execute();
    assert.deepEqual(untold, Array(2).fill({ criteria_sealed: null, told_at: null }));
  });
});

describe('the schedule of an export', () => {
  it('asks for what was active since the run before, and goes when its row is removed', async () => {
    const server = await startDevServer();
    const database = await createTestDatabase();
    await addProject(database.db);
    const connection = await Connection.connect({ address: server.address });
    const native = await NativeConnection.connect({ address: server.address });
    const client = new Client({ connection, namespace: server.namespace });
    const worker = await Worker.create({
      connection: native,
      namespace: server.namespace,
      taskQueue: LIFECYCLE_QUEUE,
      workflowBundle: workflowBundle(),
      activities: createExportActivities(database as unknown as ActivityDeps),
    });
    const runs = () => database.db.selectFrom('export').selectAll().orderBy('requested_at').execute();
    try {
      const id = await database.acts.addExportSchedule({
        ...{ projectId: 'shop', query: 'project:shop', format: 'jsonl', reader: operator, reason: 'backup' },
        ...{ cron: 'daily', now: new Date() },
      });
      await tellExports(database, client);
      const handle = client.schedule.getHandle(`export-schedule:${id}`);
      assert.equal((await handle.describe()).info.nextActionTimes.length > 0, true);
      await worker.runUntil(async () => {
        await handle.trigger();
        await until('the first run', async () => (await runs()).length === 1);
        // It runs before the schedule has it among what runs, and nothing is begun beside what runs.
        const { recentActions } = await until('its workflow to end, as the schedule sees it', async () => {
          const { info } = await handle.describe();
          return info.recentActions.length === 1 && info.runningActions.length === 0 && info;
        });
        // Temporal names what a schedule starts by the second, and starts nothing twice by one name.
        const begun = recentActions[0]?.takenAt.getTime() ?? 0;
        await until('another second', () => Date.now() >= begun + 1000);
        await handle.trigger();
        await until('the second run', async () => (await runs()).length === 2);
      });
      const [first, second] = await runs();
      assert.deepEqual(second?.active_after, first?.active_until);
      assert.equal(second?.schedule_id, id);
      await database.acts.removeExportSchedule({ scheduleId: id, reader: operator, now: new Date() });
      await database.db.updateTable('export').set({ told_at: new Date() }).execute();
      await tellExports(database, client);
      await assert.rejects(handle.describe(), { name: 'ScheduleNotFoundError' });
    } finally {
      await connection.close();
      await native.close();
      await server.stop();
      await database.drop();
    }
  });
});
