import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import type { FetchAttachment } from '../../activities/deps.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { openStore } from '../../src/archive/open-store.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { readLife, type Life } from '../../src/db/life.ts';
import type { Phase } from '../../src/domain/phases.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import { relayBatch } from '../../src/main/relay.ts';
import { createTemporalLogger } from '../../src/temporal/logger.ts';
import { ARCHIVE_QUEUE, LIFECYCLE_QUEUE, sessionWorkflowId } from '../../src/temporal/ids.ts';
import { deliverEvent } from '../../src/temporal/relay.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from './database.ts';
import { startTestServer } from './servers.ts';
import { until } from './until.ts';
import { workflowBundle } from './workflow-bundle.ts';

const log = pino({ level: 'silent' });

/** A worker on the time-skipping server with everything real behind it, and a hand on the clock. */
export interface LifeStage extends TestDatabase {
  readonly env: TestWorkflowEnvironment;
  readonly store: ArchiveStore;
  /** The server's time, which the acts of people are dated with. */
  now(): Promise<Date>;
  /** Begins a session with one message and tells its workflow. */
  begin(text?: string, telegramUserId?: number): Promise<string>;
  /** Brings what waits in the outbox to the workflows. */
  relay(): Promise<void>;
  /** Lets time pass. */
  pass(duration: string | number): Promise<void>;
  /** Waits until the session stands in a phase. */
  stands(sessionId: string, phase: Phase): Promise<Life>;
  life(sessionId: string): Promise<Life>;
  handle(sessionId: string): ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>;
  stop(): Promise<void>;
}

interface StageOptions {
  readonly project?: ProjectFile;
  readonly fetchAttachment?: FetchAttachment;
  readonly reached?: (step: string) => void;
  /** What lies at an address, where that is not the archive. */
  readonly storeAt?: (url: string) => Promise<ArchiveStore> | undefined;
  /** Told of each SQL statement of the activities and acts. */
  readonly onStatement?: () => void;
}

/** Sets the stage; one per test file, since skipped time is global to a server. */
export async function createLifeStage(options: StageOptions = {}): Promise<LifeStage> {
  Runtime.install({
    logger: createTemporalLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
  const database = await createTestDatabase(options.onStatement);
  const { environment: env, stop: stopServer } = await startTestServer();
  const directory = await mkdtemp(join(tmpdir(), 'retention-archive-'));
  const store = await openStore(pathToFileURL(directory).href);
  const project = options.project ?? testProject();
  await addProject(database.db, project);
  const activities = createActivities({
    ...database,
    log,
    stores: {
      of: () => Promise.resolve(store),
      at: (url) => options.storeAt?.(url) ?? Promise.resolve(store),
    },
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: options.fetchAttachment ?? (() => Promise.resolve({ refused: 'gone' })),
    reached: options.reached ?? (() => undefined),
  });
  const common = { connection: env.nativeConnection, activities };
  const workers = [
    await Worker.create({ ...common, taskQueue: LIFECYCLE_QUEUE, workflowBundle: workflowBundle() }),
    await Worker.create({ ...common, taskQueue: ARCHIVE_QUEUE }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));

  const now = async () => new Date(await env.currentTimeMs());
  const life = async (sessionId: string) => readLife(database.aside, sessionId, await now());
  const stage: LifeStage = {
    ...database,
    env,
    store,
    now,
    life,
    async begin(text = 'Hello', telegramUserId) {
      const message = customerMessage(text, {
        projectId: project.id,
        now: await now(),
        ...(telegramUserId !== undefined && { telegramUserId }),
      });
      const { sessionId } = await database.acts.receiveMessage(message);
      await stage.relay();
      return sessionId ?? '';
    },
    async relay() {
      const time = await now();
      for (;;) {
        const { taken, failed } = await relayBatch(
          { db: database.db, log },
          (event) => deliverEvent(env.client, event),
          () => time,
        );
        if (failed > 0) throw new Error(`${failed} events were not taken by the Temporal server`);
        if (taken === 0) return;
      }
    },
    pass: (duration) => env.sleep(duration as Parameters<TestWorkflowEnvironment['sleep']>[0]),
    stands: (sessionId, phase) =>
      until(`session to be ${phase}`, async () => {
        const at = await life(sessionId);
        return at.phase === phase && at;
      }),
    handle: (sessionId) => env.client.workflow.getHandle(sessionWorkflowId(sessionId)),
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await stopServer();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}
