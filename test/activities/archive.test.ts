import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createArchiveActivities } from '../../activities/archive.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { applyTag } from '../../src/acts/tags.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import type { ArchivedMessage } from '../../src/archive/lines.ts';
import { lockLife } from '../../src/db/life.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';
import { until } from '../support/until.ts';

const agent = { kind: 'staff', id: 'agent-1', role: 'agent' } as const;
const NOW = new Date('2026-03-01T12:00:00Z');

let at: TestDatabase;
let directory: string;
let fetched: string[];
let whileFetching: () => Promise<unknown>;
let archive: (sessionId: string) => Promise<unknown>;
let read: (sessionId: string) => Promise<ArchivedMessage[]>;

before(async () => {
  at = await createTestDatabase();
  const policy = policySchema.parse({
    ...testProject().policy,
    rules: [
      ...testProject().policy.rules,
      { id: 'papers', when: { tag: 'identity' }, attachments: 'reference', because: 'identity papers' },
    ],
  });
  await addProject(at.db, testProject({ policy }));
  directory = await mkdtemp(join(tmpdir(), 'retention-references-'));
  const store = await openDirectoryStore(directory);
  const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  const deps = {
    ...at,
    stores,
    log: pino({ level: 'silent' }),
    fetchAttachment: async (_projectId: string, fileId: string) => {
      fetched.push(fileId);
      await whileFetching();
      return { bytes: Buffer.from('the bytes of a passport') };
    },
    reached: () => undefined,
  } as unknown as ActivityDeps;
  const activities = createArchiveActivities(deps);
  archive = async (sessionId) => {
    const step = { sessionId, now: NOW.getTime() + 86_400_000 };
    // Its failure is handed round the activity environment, which would print it.
    let failure: Error | undefined;
    await new MockActivityEnvironment().run(() =>
      activities.archiveSession(step).catch((error: unknown) => {
        failure = error as Error;
      }),
    );
    if (failure) throw failure;
  };
  const open = createArchiveReader({ ...at, stores });
  read = async (sessionId) => {
    const messages: ArchivedMessage[] = [];
    for (const object of await objects(sessionId))
      if (object.attachment_id === null)
        for await (const line of open(object, 'shop')) if (line.type === 'message') messages.push(line);
    return messages;
  };
});
after(async () => {
  await at.drop();
  await rm(directory, { recursive: true, force: true });
});

function objects(sessionId: string) {
  return at.db.selectFrom('archive').selectAll().where('session_id', '=', sessionId).execute();
}

let lastUser = 100;

/** A closed session with one document. */
async function withDocument(tags: readonly string[]): Promise<string> {
  fetched = [];
  whileFetching = () => Promise.resolve();
  const message = customerMessage('my passport', { telegramUserId: ++lastUser, now: NOW });
  const document = {
    kind: 'document',
    sizeBytes: 23,
    content: { fileId: 'file-1', fileName: 'passport.pdf', mimeType: 'application/pdf' },
  };
  const { sessionId = '' } = await at.acts.receiveMessage({ ...message, attachments: [document] });
  for (const tag of tags) await at.acts.changeTag({ sessionId, tag, change: 'add', actor: agent, now: NOW });
  await at.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: NOW });
  return sessionId;
}

const attachmentOf = async (sessionId: string) => (await read(sessionId))[0]?.attachments[0];

describe('attachments in the archive', () => {
  it('are kept with their bytes where no rule says otherwise', async () => {
    const id = await withDocument([]);
    await archive(id);
    assert.deepEqual(fetched, ['file-1']);
    assert.equal((await objects(id)).length, 2);
    assert.ok((await attachmentOf(id))?.object);
  });

  it('are references only where a rule says so: no byte is fetched, kind, size and name stay', async () => {
    const id = await withDocument(['identity']);
    await archive(id);
    assert.deepEqual(fetched, []);
    assert.equal((await objects(id)).length, 1);
    const { id: _opaque, ...entry } = (await attachmentOf(id)) ?? {};
    assert.deepEqual(entry, {
      kind: 'document',
      size: 23,
      fileName: 'passport.pdf',
      mimeType: 'application/pdf',
      reason: 'by_policy',
    });
    const { attachment_kinds: kinds } = await at.db
      .selectFrom('session')
      .select('attachment_kinds')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    assert.deepEqual(kinds, ['document']);
  });

  it('become references when the tag comes while they are archived, and their bytes are removed again', async () => {
    const id = await withDocument([]);
    const tag = { sessionId: id, tag: 'identity', change: 'add', actor: agent, now: NOW } as const;
    whileFetching = () => at.acts.changeTag(tag);
    await assert.rejects(archive(id), { code: 'rows_changed' });
    assert.deepEqual(await objects(id), []);
    await archive(id);
    assert.equal((await attachmentOf(id))?.reason, 'by_policy');
    const files = await readdir(join(directory, 'shop', id), { recursive: true });
    assert.deepEqual(
      files.filter((name) => name.endsWith('.sealed')),
      (await objects(id)).map(({ object_name: name }) => basename(name)),
    );
  });
});

describe('the date of an archived session', () => {
  it('counts a tag that commits while the archive waits for it to be recorded', async () => {
    const id = await withDocument([]);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    let tagging: Promise<unknown> | undefined;
    whileFetching = async () => {
      const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();
      tagging = at.db.transaction().execute(async (tx) => {
        await lockLife(tx, id, NOW);
        await applyTag(tx, { sessionId: id }, { tag: 'transaction', change: 'add', actor: agent, now: NOW });
        isLocked();
        await mayCommit;
      });
      await locked;
    };
    const archiving = archive(id);
    await until('the archive to wait for the lock', async () => {
      const { rows } = await sql<{ waiting: boolean }>`
        select exists (select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(at.db);
      return rows[0]?.waiting;
    });
    commit();
    await Promise.all([archiving, tagging]);
    const row = await at.db
      .selectFrom('session')
      .select(['phase', 'keep_rule'])
      .where('id', '=', id)
      .executeTakeFirst();
    assert.deepEqual(row, { phase: 'archived', keep_rule: 'transactions' });
  });
});

describe('an archived message', () => {
  it('keeps when it was sent where its first revision is of later: an import brings edited ones so', async () => {
    const sent = new Date('2026-02-01T10:00:00Z');
    const edited = new Date('2026-02-01T12:00:00Z');
    const from = { telegramUserId: ++lastUser, now: sent };
    const { sessionId = '' } = await at.acts.receiveMessage(customerMessage('as edited', from));
    await at.acts.receiveMessage(customerMessage('as it was', { ...from, now: edited }));
    await sql`
      update revision set at = ${edited}
      where message_id in (select id from message where session_id = ${sessionId})`.execute(at.db);
    await at.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: NOW });
    await archive(sessionId);
    assert.deepEqual(
      (await read(sessionId)).map((message) => message['sentAt']),
      [sent.toISOString(), undefined],
    );
  });
});
