import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import proto from '@temporalio/proto';
import { Client as PostgresClient } from 'pg';
import { watch } from '../../../src/acts/watchdog.ts';
import { openReconcile } from '../../../src/main/reconcile.ts';
import { startRollout } from '../../../src/main/rollout.ts';
import { sessionWorkflowId } from '../../../src/temporal/ids.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { assertArchived, auditCounts, objectsOf } from '../archived.ts';
import { close, converse, everythingSent } from '../conversation.ts';
import { erase, erasureDone } from '../erasing.ts';
import { install, type Installation } from '../installation.ts';
import { assertInvariants } from '../invariants.ts';
import { approve, whatNext, workflowEnds, workflowReaches } from '../life.ts';
import { addNamespace } from '../namespace.ts';
import { startOwnTemporal, type OwnTemporal } from '../own-temporal.ts';
import { sceneOf } from '../scene.ts';
import { until } from '../until.ts';

const { ResetWorkflowExecutionRequest } = proto.temporal.api.workflowservice.v1;
const { EventType } = proto.temporal.api.enums.v1;
const OPERATOR = { kind: 'operator', id: 'cli:test' } as const;
const HOUR = 3_600_000;

describe('a Temporal server that forgets', () => {
  let server: OwnTemporal;
  before(async () => {
    server = await startOwnTemporal();
  });
  after(() => server.remove());

  /** An installation of its own, with its desk and a worker. */
  async function installed(
    work: (installation: Installation, database: TestDatabase) => Promise<void>,
    policy = {},
  ): Promise<void> {
    const database = await createTestDatabase();
    const temporal = { address: server.address, namespace: await addNamespace(server.address) };
    const installation = await install({ databases: database, temporal }, policy);
    try {
      await installation.startDeskHere();
      installation.start('worker');
      await work(installation, database);
      await assertInvariants(sceneOf(installation), 60_000);
    } finally {
      await installation.close();
      await database.drop();
    }
  }

  it('fault 4: is killed in the middle of an activity and past a timer, and the same runs go on', () =>
    installed(
      async (installation, database) => {
        const conversation = await converse(installation);
        const { sessionId } = conversation;
        const { firstRunId } = await runsOf(installation, sessionId);
        const heldUp = await holdUp(database, 'archive');
        close(installation, conversation.topicId);
        await heldUp.waiting();
        await server.crash();
        await heldUp.end();
        await until('the archive is recorded, and nobody can be told', async () => {
          return (await auditCounts(installation, sessionId, 'session.archived')).length === 1;
        });
        await server.restart();
        await workflowReaches(installation, sessionId, 'archived');
        await assertArchived(installation, conversation);
        const parked = await runsOf(installation, sessionId);
        assert.equal(parked.firstRunId, firstRunId);

        await server.crash();
        const dueAt = await keepUntil(installation, sessionId);
        await until('its time has come while nobody kept it', () => Date.now() > dueAt.getTime());
        assert.equal(await phaseOf(installation, sessionId), 'archived');
        await server.restart();
        await workflowReaches(installation, sessionId, 'review');
        assert.deepEqual(await runsOf(installation, sessionId), parked, 'it is the same run');
      },
      { keep: 'PT15S' },
    ));

  it('fault 49: comes back from an older copy, and nothing is deleted, sent or archived again', () =>
    installed(
      async (installation) => {
        const { services } = installation;
        const [deleted, archived, erased] = [
          await begun(installation),
          await begun(installation),
          await begun(installation),
        ];
        close(installation, deleted.topicId);
        await workflowReaches(installation, deleted.sessionId, 'review');
        await everythingSent(installation);
        // In the copy this one is about to be archived.
        close(installation, archived.topicId);
        await workflowReaches(installation, archived.sessionId, 'closed');
        await server.crash();
        await server.keep();
        await server.restart();

        await approve(installation, deleted.sessionId);
        await workflowEnds(installation, deleted.sessionId);
        await workflowReaches(installation, archived.sessionId, 'review');
        await erasureDone(installation, (await erase(installation, erased.customer)).erasureId);
        const late = await begun(installation);
        await everythingSent(installation);
        const before = await doneSoFar(installation);
        const objects = await objectsOf(installation, archived.sessionId);

        await server.crash();
        await server.bringBack();
        await server.restart();
        assert.equal(await whatNext(installation, late.sessionId), undefined, 'it is unknown again');
        const { run, close: closeReconcile } = openReconcile(services);
        // Lists of a server that has just started are behind; whatever a run leaves, the next one finds.
        await until('nothing is left to mend', async () => {
          const order = { dryRun: false, deep: true, actor: OPERATOR, clock: () => new Date() };
          return (await run(order)).mended === 0;
        });
        await closeReconcile();
        for (const { sessionId } of [deleted, erased]) await workflowEnds(installation, sessionId);
        await workflowReaches(installation, archived.sessionId, 'review');
        await workflowReaches(installation, late.sessionId, 'open');
        await everythingSent(installation);
        assert.deepEqual(await doneSoFar(installation), before);
        assert.deepEqual(await objectsOf(installation, archived.sessionId), objects);
      },
      { reopen: 'PT3S', keep: 'PT1S' },
    ));

  it('fault 50: loses a timer, and the watchdog has its session go on', () =>
    installed(
      async (installation) => {
        const { services } = installation;
        const { sessionId, topicId } = await begun(installation);
        close(installation, topicId);
        const { at } = await workflowReaches(installation, sessionId, 'archived');
        await server.crash();
        assert.ok(server.loseTimers() > 0);
        await server.restart();
        const lost = new Date((at ?? 0) + 5000);
        await until('its time is well over', () => Date.now() > lost.getTime());
        assert.equal((await whatNext(installation, sessionId))?.phase, 'archived', 'the timer is lost');

        const rollout = startRollout(services);
        const now = new Date((at ?? 0) + HOUR + 60_000);
        const reports = (await watch(services.db, { now, withAnchor: false })) ?? [];
        assert.deepEqual(
          reports.flatMap(({ kind, overdue }) => (kind === 'review' ? [overdue] : [])),
          [1],
        );
        await workflowReaches(installation, sessionId, 'review');
        await rollout.stop();
      },
      { keep: 'PT10S' },
    ));

  it('fault 51: an operator resets a workflow to before its archive and its deletion, and neither is done again', () =>
    installed(
      async (installation) => {
        const conversation = await converse(installation);
        const { sessionId, topicId } = conversation;
        close(installation, topicId);
        await workflowReaches(installation, sessionId, 'review');
        const { firstRunId } = await runsOf(installation, sessionId);
        await resetBefore(installation, sessionId, firstRunId, 'archiveSession');
        await workflowReaches(installation, sessionId, 'review');
        await assertArchived(installation, conversation);

        await approve(installation, sessionId);
        await workflowEnds(installation, sessionId);
        const counts = await auditCounts(installation, sessionId, 'session.deleted');
        assert.equal(counts.length, 1);
        const { runId } = await runsOf(installation, sessionId);
        await resetBefore(installation, sessionId, runId, 'deleteSession');
        await until('the run that began again has ended', async () => {
          const handle = installation.temporal.workflow.getHandle(sessionWorkflowId(sessionId));
          const described = await handle.describe();
          return described.runId !== runId && described.status.name === 'COMPLETED';
        });
        for (const action of ['session.archived', 'deletion.began', 'session.deleted'])
          assert.equal((await auditCounts(installation, sessionId, action)).length, 1, action);
        assert.deepEqual(await auditCounts(installation, sessionId, 'session.deleted'), counts);
      },
      { keep: 'PT3S' },
    ));
});

/** A session with one message and its topic. */
async function begun(installation: Installation) {
  const customer = installation.addCustomer();
  const known = new Set((await sessions(installation)).map(({ id }) => id));
  installation.sandbox.world.play.send(customer, { text: 'Where is my parcel?' });
  const { id: sessionId, topic_id: topicId } = await until('the session has a topic', async () =>
    (await sessions(installation)).find(({ id, topic_id }) => !known.has(id) && topic_id !== null),
  );
  await workflowReaches(installation, sessionId, 'open');
  return { customer, sessionId, topicId: topicId ?? 0 };
}

function sessions({ services }: Installation) {
  return services.db.selectFrom('session').select(['id', 'topic_id']).execute();
}

async function phaseOf({ services }: Installation, sessionId: string) {
  const row = services.db.selectFrom('session').select('phase').where('id', '=', sessionId);
  return (await row.executeTakeFirstOrThrow()).phase;
}

async function keepUntil({ services }: Installation, sessionId: string): Promise<Date> {
  const row = services.db.selectFrom('session').select('keep_until').where('id', '=', sessionId);
  const { keep_until: dueAt } = await row.executeTakeFirstOrThrow();
  assert.ok(dueAt);
  return dueAt;
}

/** Everything that happens once: acts in the audit but those of comparing, and what Telegram was told. */
async function doneSoFar({ services }: Installation) {
  const entries = await services.db
    .selectFrom('audit_entry')
    .select(['action', 'object_id'])
    .where('action', 'in', ['session.archived', 'deletion.began', 'session.deleted', 'session.erased'])
    .orderBy('seq')
    .execute();
  const told = await services.db
    .selectFrom('delivery')
    .select(['id', 'kind'])
    .where('target', '!=', 'supervisors')
    .orderBy('id')
    .execute();
  return { entries, told };
}

async function runsOf({ temporal }: Installation, sessionId: string) {
  const { runId, raw } = await temporal.workflow.getHandle(sessionWorkflowId(sessionId)).describe();
  return { runId, firstRunId: raw.workflowExecutionInfo?.firstRunId ?? '' };
}

/** What an operator does in the Temporal UI: begins again at the last task before this activity. */
async function resetBefore(
  { temporal }: Installation,
  sessionId: string,
  runId: string,
  activity: string,
): Promise<void> {
  const workflowId = sessionWorkflowId(sessionId);
  const { events = [] } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const at = events?.findIndex(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === activity,
  );
  const finished = events
    ?.slice(0, at)
    .findLast(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  assert.ok(finished?.eventId, `no run of ${activity} was found`);
  await temporal.workflowService.resetWorkflowExecution(
    ResetWorkflowExecutionRequest.fromObject({
      namespace: temporal.options.namespace,
      workflowExecution: { workflowId, runId },
      workflowTaskFinishEventId: finished.eventId,
      requestId: randomUUID(),
      reason: 'by hand',
    }),
  );
}

/** Nobody writes to a table until it is let go; whoever wants to, waits in the middle of a transaction. */
async function holdUp(database: TestDatabase, table: string) {
  const client = new PostgresClient({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in share row exclusive mode`);
  return {
    waiting: () =>
      until('somebody waits', async () => {
        const { rowCount } = await client.query(
          `select from pg_locks where not granted and relation = $1::regclass`,
          [table],
        );
        return (rowCount ?? 0) > 0;
      }),
    async end() {
      await client.query('rollback');
      await client.end();
    },
  };
}
