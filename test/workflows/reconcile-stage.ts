import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import { reconcile } from '../../src/acts/reconcile.ts';
import type { ReconcileOrder, ReconcileReport } from '../../src/acts/reconcile-rows.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { openStore } from '../../src/archive/open-store.ts';
import type { NextStep } from '../../src/domain/next-step.ts';
import { relayBatch } from '../../src/main/relay.ts';
import { createWorkflows, type Workflows } from '../../src/temporal/describe-workflows.ts';
import { ARCHIVE_QUEUE, LIFECYCLE_QUEUE, sessionWorkflowId } from '../../src/temporal/ids.ts';
import { createTemporalLogger } from '../../src/temporal/logger.ts';
import { deliverEvent } from '../../src/temporal/relay.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { startDevServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
export const OPERATOR = { kind: 'operator', id: 'test' } as const;

/** A worker on a real server in real time, and the comparing of its workflows with the rows. */
export interface ReconcileStage extends TestDatabase {
  readonly client: Client;
  readonly workflows: Workflows;
  /** A session with one message; its workflow is told only when `relay` is called. */
  begin(telegramUserId?: number): Promise<string>;
  /** The same with its workflow at work. */
  beginTold(): Promise<string>;
  relay(): Promise<void>;
  /** Forgets what waits in the outbox, as a database restored from before it does. */
  loseEvents(): Promise<void>;
  run(order?: Partial<ReconcileOrder>): Promise<ReconcileReport>;
  /** What the workflow of a session says comes next. */
  next(sessionId: string): Promise<NextStep | undefined>;
  handle(sessionId: string): ReturnType<Client['workflow']['getHandle']>;
  /** Waits until lists show that this many workflows of a session run. */
  listed(sessionId: string, running: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function createReconcileStage(): Promise<ReconcileStage> {
  Runtime.install({
    logger: createTemporalLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
  const database = await createTestDatabase();
  await addProject(database.db);
  const server = await startDevServer();
  const directory = await mkdtemp(join(tmpdir(), 'retention-reconcile-'));
  const store = await openStore(pathToFileURL(directory).href);
  const connection = await Connection.connect({ address: server.address });
  const { namespace } = server;
  const client = new Client({ connection, namespace });
  const native = await NativeConnection.connect({ address: server.address });
  const activities = createActivities({
    ...database,
    log,
    stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: () => Promise.resolve({ refused: 'gone' }),
    reached: () => undefined,
  });
  const common = { connection: native, namespace, activities };
  const workers = [
    await Worker.create({ ...common, taskQueue: LIFECYCLE_QUEUE, workflowBundle: workflowBundle() }),
    await Worker.create({ ...common, taskQueue: ARCHIVE_QUEUE }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const workflows = createWorkflows(client);
  let customers = 9_100_000_000;

  const handle = (sessionId: string) => client.workflow.getHandle(sessionWorkflowId(sessionId));
  const stage: ReconcileStage = {
    ...database,
    client,
    workflows,
    handle,
    async begin(telegramUserId = ++customers) {
      const { sessionId } = await database.acts.receiveMessage(customerMessage('Hello', { telegramUserId }));
      return sessionId ?? '';
    },
    async beginTold() {
      const sessionId = await stage.begin();
      await stage.relay();
      await until('its workflow to answer', () => stage.next(sessionId));
      await stage.listed(sessionId, true);
      return sessionId;
    },
    async relay() {
      const deliver = (event: Parameters<typeof deliverEvent>[1]) => deliverEvent(client, event);
      while ((await relayBatch({ db: database.db, log }, deliver)).taken > 0);
    },
    async loseEvents() {
      await database.db.deleteFrom('outbox').execute();
    },
    run: (order = {}) =>
      reconcile(
        { db: database.db, workflows, pause: () => Promise.resolve() },
        { dryRun: false, deep: false, actor: OPERATOR, clock: () => new Date(), ...order },
      ),
    next: (sessionId) =>
      handle(sessionId)
        .query<NextStep>('whatNext')
        .catch(() => undefined),
    listed: async (sessionId, isRunning) => {
      await until(`lists to show ${sessionId}`, async () => {
        const query = `WorkflowId = '${sessionWorkflowId(sessionId)}' AND ExecutionStatus = 'Running'`;
        let found = false;
        for await (const _ of client.workflow.list({ query })) found = true;
        return found === isRunning;
      });
    },
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await native.close();
      await connection.close();
      await server.stop();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}

/** What the audit says of an object, in order. */
export async function entriesOf(stage: Pick<TestDatabase, 'aside'>, objectId: string) {
  const rows = await stage.aside
    .selectFrom('audit_entry')
    .select(['action', 'reason'])
    .where('object_id', '=', objectId)
    .orderBy('seq')
    .execute();
  return rows.map(({ action, reason }) => (reason === null ? action : `${action} ${reason}`));
}
