import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index.ts';
import { checkArchive } from '../../src/acts/archive-check.ts';
import { openReview } from '../../src/acts/reviews.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { appendAuditEntry } from '../../src/audit/append.ts';
import type { CliDeps, CliServices } from '../../src/cli/deps.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { createLog } from '../../src/log.ts';
import { createComparison } from '../../src/main/archive-check.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import { createKeyRing } from '../../src/main/key-ring.ts';
import { isOutage } from '../../src/main/outage.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';

/** What one command line did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A database, an archive and the program on them; the clock stands where a test puts it. */
export interface Stage {
  readonly database: TestDatabase;
  readonly archiveDir: string;
  now: Date;
  temporalReachable: boolean;
  run(...args: string[]): Promise<Outcome>;
  /** The same with `--json`, and what stdout held. */
  json<T>(...args: string[]): Promise<T>;
  /** A session with one message, opened `now`. */
  openSession(text?: string): Promise<string>;
  /** A session that was closed and archived `now`, with these tags. */
  archiveSession(text?: string, tags?: readonly string[]): Promise<string>;
  /** A session that was archived two years ago and is in review since `now`. */
  reviewSession(): Promise<string>;
  close(): Promise<void>;
}

export const OPERATOR = { kind: 'operator', id: 'cli:test' } as const;
const RETENTION_MS = 740 * 86_400_000;

export async function createStage(): Promise<Stage> {
  const database = await createTestDatabase();
  await addProject(database.db);
  const archiveDir = await mkdtemp(join(tmpdir(), 'retention-cli-'));
  const store = await openDirectoryStore(archiveDir);
  const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  const activities = createActivities({
    ...database,
    stores,
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: () => Promise.resolve({ refused: 'no_bot' }),
    log: createLog('silent'),
    reached: () => undefined,
  });
  let customers = 0;

  const services: CliServices = {
    ...database,
    appendAuditEntry: (entry) => appendAuditEntry(database.db, entry),
    openArchive: createArchiveReader({ ...database, stores }),
    checkArchive: (check) =>
      checkArchive({ db: database.db, compare: createComparison(stores, { readBytes: true }) }, check),
    keyRing: createKeyRing({ keysDb: database.keys, kek: database.kek }),
    temporal: {
      address: '127.0.0.1:7233',
      isReachable: () => Promise.resolve(stage.temporalReachable),
      urlOf: (sessionId) => `http://127.0.0.1:8233/namespaces/default/workflows/session%3A${sessionId}`,
    },
    close: () => Promise.resolve(),
  };

  const stage: Stage = {
    database,
    archiveDir,
    now: new Date('2026-03-01T12:00:00Z'),
    temporalReachable: true,
    async run(...args) {
      const [stdout, stderr] = [collect(), collect()];
      const deps: CliDeps = {
        stdout: stdout.stream,
        stderr: stderr.stream,
        clock: () => stage.now,
        actor: OPERATOR,
        open: () => Promise.resolve(services),
        migrate: () => Promise.resolve([]),
        isOutage,
      };
      const code = await runProgram(deps, createProgram(deps), args);
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await stage.run(...args, '--json');
      if (code !== 0) throw new Error(`retention ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    async openSession(text = 'Where is my parcel?') {
      const telegramUserId = 9_000_000_000 + ++customers;
      const message = customerMessage(text, { telegramUserId, now: stage.now });
      const { sessionId } = await database.acts.receiveMessage(message);
      if (!sessionId) throw new Error('The message began no session.');
      return sessionId;
    },
    async archiveSession(text, tags = []) {
      const { acts } = database;
      const sessionId = await stage.openSession(text);
      const act = { sessionId, actor: OPERATOR, now: stage.now };
      for (const tag of tags) await acts.changeTag({ ...act, tag, change: 'add' });
      await acts.closeSession({ ...act, reason: 'api' });
      await runActivity(() =>
        activities.archiveSession({ sessionId, now: stage.now.getTime() + 86_400_000 }),
      );
      return sessionId;
    },
    async reviewSession() {
      const now = stage.now;
      stage.now = new Date(now.getTime() - RETENTION_MS);
      const sessionId = await stage.archiveSession();
      stage.now = now;
      await openReview(database, { sessionId, actor: OPERATOR, now });
      return sessionId;
    },
    async close() {
      await database.drop();
      await rm(archiveDir, { recursive: true, force: true });
    },
  };
  return stage;
}

function runActivity<T>(work: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(work);
}

function collect(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
