import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createExportActivities, type ExportActivities } from '../../activities/export.ts';
import { exportFiles } from '../../activities/export-files.ts';
import type { ExportOrder } from '../../src/acts/export-order.ts';
import { createExportActs, type ExportActs } from '../../src/acts/exports.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import type { ArchiveStore } from '../../src/archive/store.ts';
import { readExport } from '../../src/db/exports.ts';
import type { ExportRow } from '../../src/db/exports-tables.ts';
import { NO_SCRUBBING, type ScrubRules } from '../../src/domain/scrub-rules.ts';
import { importFile } from '../../src/main/import-file.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';

export const NOW = new Date('2026-03-10T12:00:00Z');
export const operator = { actor: { kind: 'operator', id: 'cli:test' }, roles: [] } as const;
const agent = { kind: 'staff', id: 'agent-1' } as const;

/** A database with an archive, and exports on them, step by step. */
export interface ExportStage {
  readonly database: TestDatabase;
  readonly store: ArchiveStore;
  readonly directory: string;
  readonly acts: ExportActs;
  /** Where a test breaks off an export: throws when the named step is reached for the nth time. */
  failAt: { step: string; nth: number } | null;
  readonly open: (row: ExportRow) => ReturnType<typeof exportFiles>;
  reachedTimes(step: string): number;
  /** What projects' files take out. */
  scrub: ScrubRules;
  /** A session with one message of a customer, at `NOW` and a bit. */
  say(user: number, text: string, change?: { firstName?: string; attachment?: boolean }): Promise<string>;
  answer(sessionId: string, text: string): Promise<void>;
  archive(sessionId: string): Promise<void>;
  /** Deletes an archived session as the end of its review does. */
  delete(sessionId: string): Promise<void>;
  request(change?: Partial<ExportOrder>): Promise<string>;
  step(name: keyof ExportActivities, exportId: string, now?: Date): Promise<unknown>;
  /** Asks for an export and writes it. */
  export(change?: Partial<ExportOrder>): Promise<string>;
  row(exportId: string): Promise<ExportRow>;
  /** The files of an export by their names. */
  files(exportId: string): Promise<Record<string, Buffer>>;
  import(content: Buffer, projectId?: string): Promise<unknown>;
  close(): Promise<void>;
}

export const BYTES = Buffer.from('the bytes of a photo');

export async function createExportStage(
  options: { partBytes?: number; projects?: readonly string[] } = {},
): Promise<ExportStage> {
  const database = await createTestDatabase();
  for (const id of options.projects ?? ['shop']) await addProject(database.db, testProject({ id }));
  const directory = await mkdtemp(join(tmpdir(), 'retention-export-'));
  const store = await openDirectoryStore(join(directory, 'archive'));
  const reached = new Map<string, number>();
  const deps: ActivityDeps = {
    ...database,
    stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
    ledger: createErasureLedger(() => Promise.resolve(store)),
    log: pino({ level: 'silent' }),
    fetchAttachment: () => Promise.resolve({ bytes: BYTES }),
    reached(step) {
      const times = (reached.get(step) ?? 0) + 1;
      reached.set(step, times);
      if (stage.failAt?.step === step && stage.failAt.nth === times) throw new Error(`killed at ${step}`);
    },
  };
  const activities = createActivities(deps);
  const exports = createExportActivities(deps, options);
  const acts = createExportActs({
    ...database,
    exports: {
      scrubOf: () => stage.scrub,
      destinations: [pathToFileURL(join(directory, 'delivered')).href],
    },
  });
  let minutes = 0;
  const stage: ExportStage = {
    ...{ database, store, directory, acts, failAt: null, scrub: NO_SCRUBBING },
    open: (row) => exportFiles(deps, row),
    reachedTimes: (step) => reached.get(step) ?? 0,
    async say(user, text, { firstName = `Ann${user}`, attachment = false } = {}) {
      const now = new Date(NOW.getTime() + ++minutes * 60_000);
      const message = customerMessage(text, { telegramUserId: user, firstName, now });
      const photo = { kind: 'photo', sizeBytes: BYTES.length, content: { fileId: 'file-1' } };
      const taken = await database.acts.receiveMessage({
        ...message,
        attachments: attachment ? [photo] : [],
      });
      return taken.sessionId ?? '';
    },
    async answer(sessionId, text) {
      const { id } = await database.db.selectFrom('staff').select('id').executeTakeFirstOrThrow();
      const now = new Date(NOW.getTime() + ++minutes * 60_000);
      const message = { kind: 'text', content: { text }, attachments: [], telegramMessageId: minutes };
      await database.acts.answerCustomer({
        ...{ ...message, sessionId, staffId: id, botId: 77, updateId: 900_000 + minutes, sentAt: now, now },
      });
    },
    async archive(sessionId) {
      const now = new Date(NOW.getTime() + 86_400_000);
      await database.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now });
      await run(() => activities.archiveSession({ sessionId, now: now.getTime() + 2 * 86_400_000 }));
    },
    async delete(sessionId) {
      const later = new Date(NOW.getTime() + 800 * 86_400_000);
      const began = { deletion_began_at: later };
      await database.db.updateTable('session').set(began).where('id', '=', sessionId).execute();
      await run(() => activities.deleteSession({ sessionId, now: later.getTime() }));
    },
    request: (change = {}) =>
      acts.requestExport({
        ...{ projectId: 'shop', query: 'project:shop', format: 'jsonl', reader: operator },
        ...{ reason: 'TICKET-1', now: NOW },
        ...change,
      }),
    step: (name, exportId, now = NOW) =>
      run(() => (exports[name] as (act: unknown) => Promise<unknown>)({ exportId, now: now.getTime() })),
    async export(change) {
      const exportId = await stage.request(change);
      for (const name of ['planExport', 'writeExport', 'deliverExport'] as const)
        await stage.step(name, exportId);
      return exportId;
    },
    row: (exportId) => readExport(database.db, exportId),
    async files(exportId) {
      const found: Record<string, Buffer> = {};
      for await (const { path, body } of exportFiles(deps, await stage.row(exportId)))
        found[path] = Buffer.concat(await Array.fromAsync(body));
      return found;
    },
    import: (content, projectId = 'shop') =>
      importFile(database, once(content), {
        ...{ projectId, dryRun: false, actor: operator.actor, now: new Date('2027-01-01T00:00:00Z') },
        ...{ onRefused: () => undefined, onProgress: () => undefined },
      }),
    async close() {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}

async function* once(bytes: Buffer): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += 997) yield await Promise.resolve(bytes.subarray(at, at + 997));
}

/** Its failure is handed round the activity environment, which would print it. */
async function run<T>(work: () => Promise<T>): Promise<T> {
  let failure: Error | undefined;
  const result = await new MockActivityEnvironment().run(() =>
    work().catch((error: unknown) => void (failure = error as Error)),
  );
  if (failure) throw failure;
  return result as T;
}
