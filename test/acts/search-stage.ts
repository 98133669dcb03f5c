import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { createActivities } from '../../activities/index.ts';
import type { Reader } from '../../src/acts/search-readers.ts';
import type { OpenArchive } from '../../src/acts/search-texts.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { policySchema } from '../../src/domain/policy.ts';
import type { Role } from '../../src/domain/roles.ts';
import { createLog } from '../../src/log.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import { importInto, message } from '../import/import-fixture.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';

interface Opening {
  readonly telegramUserId?: number;
  readonly projectId?: string;
  readonly updateId?: number;
  /** Days from now. */
  readonly at?: number;
  readonly now?: Date;
}

export type SearchStage = Awaited<ReturnType<typeof searchStage>>;

const DAY_MS = 86_400_000;
const ACTOR = { kind: 'operator', id: 'cli:test' } as const;

/** Two projects on everything real, of which one narrows who reads its medical records. */
export async function searchStage() {
  const database = await createTestDatabase();
  const shop = testProject({ timeZone: 'Europe/Berlin' });
  await addProject(database.db, shop);
  const narrowing = {
    ...{ id: 'records', when: { tag: 'healthcare' }, keepAtLeast: 'P10Y', because: 'medical records' },
    readers: ['compliance'],
  };
  const clinic = policySchema.parse({ ...shop.policy, rules: [narrowing] });
  await addProject(database.db, { ...shop, id: 'clinic', policy: clinic });
  const archiveDir = await mkdtemp(join(tmpdir(), 'retention-search-'));
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
  const now = new Date('2026-03-01T12:00:00Z');
  const openArchive: OpenArchive = createArchiveReader({ ...database, stores });
  let customers = 5000;
  let updates = 900_000;
  return {
    ...database,
    now,
    openArchive,
    operator: { actor: ACTOR, roles: [] } satisfies Reader,
    staff: (...roles: Role[]): Reader => ({ actor: { kind: 'staff', id: randomUUID() }, roles }),
    async open(text: string, change: Opening = {}): Promise<string> {
      const at = change.now ?? new Date(now.getTime() + (change.at ?? 0) * DAY_MS);
      const telegramUserId = change.telegramUserId ?? ++customers;
      const { sessionId } = await database.acts.receiveMessage(
        customerMessage(text, { ...change, telegramUserId, now: at, updateId: change.updateId ?? ++updates }),
      );
      return sessionId ?? '';
    },
    async answer(sessionId: string, text: string): Promise<void> {
      const { id: staffId } = await database.db
        .selectFrom('staff')
        .select('id')
        .where('telegram_user_id', '=', 501)
        .where('project_id', '=', 'shop')
        .executeTakeFirstOrThrow();
      const updateId = ++updates;
      await database.acts.answerCustomer({
        ...{ sessionId, staffId, botId: 77, updateId, now, kind: 'text', content: { text }, attachments: [] },
        ...{ telegramMessageId: updateId, sentAt: now },
      });
    },
    async edit(sessionId: string, telegramMessageId: number, text: string): Promise<void> {
      const { subject_id: subjectId } = await database.db
        .selectFrom('session')
        .select('subject_id')
        .where('id', '=', sessionId)
        .executeTakeFirstOrThrow();
      await database.acts.editCustomerMessage({
        ...{ projectId: 'shop', botId: 77, updateId: ++updates, content: { text }, editedAt: now, now },
        ...{ subjectId: subjectId ?? '', telegramMessageId },
      });
    },
    tag: (sessionId: string, tag: string) =>
      database.acts.changeTag({ sessionId, tag, change: 'add', actor: ACTOR, now }),
    async importOne(text: string): Promise<string> {
      await importInto(database, {
        ...{ name: 'Ann', type: 'personal_chat', id: 4242 },
        messages: [message(1, '2026-02-01T10:00:00Z', { text_entities: [{ type: 'plain', text }] })],
      });
      return newest(database, 'private', new Date('2026-02-01T10:00:00Z'));
    },
    async archived(text: string): Promise<string> {
      const sessionId = await this.open(text);
      await database.acts.closeSession({ sessionId, actor: ACTOR, now, reason: 'api' });
      await run(() => activities.archiveSession({ sessionId, now: now.getTime() + DAY_MS }));
      return sessionId;
    },
    async deleted(sessionId: string): Promise<void> {
      const later = now.getTime() + 800 * DAY_MS;
      await database.db
        .updateTable('session')
        .set({ deletion_began_at: new Date(later) })
        .where('id', '=', sessionId)
        .execute();
      await run(() => activities.deleteSession({ sessionId, now: later }));
    },
    /** Marks a person as being erased; what is returned carries it out. */
    async confirmErasure(telegramUserId: number): Promise<() => Promise<void>> {
      const act = { projectId: 'shop', telegramUserId, now };
      const { nonce } = await database.acts.requestErasure(act);
      const { erasureId } = await database.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
      const moment = { erasureId, now: now.getTime() };
      return async () => {
        const keys = await run(() => activities.destroyErasureKeys(moment));
        await run(() => activities.markErasureKeysDestroyed({ ...moment, keys }));
        for (const batch of await activities.listErasureBatches(moment))
          await run(() => activities.eraseBatch({ ...moment, batch }));
        await run(() => activities.markErasureRemoved(moment));
        await run(() => activities.verifyErasure(moment));
      };
    },
    /** A group in which Boris and Clara wrote one message each. */
    async group(boris: string, clara: string): Promise<{ id: string; boris: number }> {
      const said = (text: string) => ({ text_entities: [{ type: 'plain', text }] });
      await importInto(database, {
        ...{ name: 'Two of us', type: 'private_supergroup', id: 7654 },
        messages: [
          message(1, '2026-02-10T10:00:00Z', { from: 'Boris', from_id: 'user7001', ...said(boris) }),
          message(2, '2026-02-10T10:01:00Z', { from: 'Clara', from_id: 'user7002', ...said(clara) }),
        ],
      });
      return { id: await newest(database, 'group', new Date('2026-02-10T10:00:00Z')), boris: 7001 };
    },
    restrict: (sessionId: string) =>
      sql`update session set restricted_at = ${now} where id = ${sessionId}`.execute(database.db),
    entries: (action: string) =>
      database.db
        .selectFrom('audit_entry')
        .selectAll()
        .where('action', '=', action)
        .orderBy('seq', 'desc')
        .execute(),
    rebuild: (projectId: string, onProgress: (done: number) => void) =>
      database.acts.rebuildIndex({ projectId, openArchive, actor: ACTOR, now, onProgress }),
    async close(): Promise<void> {
      await database.drop();
      await rm(archiveDir, { recursive: true, force: true });
    },
  };
}

function run<T>(work: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(work);
}

async function newest({ db }: TestDatabase, kind: 'private' | 'group', openedAt: Date): Promise<string> {
  const { id } = await db
    .selectFrom('session')
    .select('id')
    .where('kind', '=', kind)
    .where('opened_at', '=', openedAt)
    .executeTakeFirstOrThrow();
  return id;
}
