import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { createActivities, type Activities } from '../../activities/index.ts';
import { openDirectoryStore } from '../../src/archive/directory.ts';
import { readArchive } from '../../src/archive/format.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import type { ArchiveLine } from '../../src/archive/lines.ts';
import { archiveContext } from '../../src/archive/names.ts';
import { manifestsOf } from '../../src/db/archives.ts';
import { createLog } from '../../src/log.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import { openStream } from '../../src/vault/sealed-stream.ts';
import { importDatabase, importInto, message, messagesOf, NOW } from '../import/import-fixture.ts';
import { customerMessage, type TestDatabase } from '../support/database.ts';

const ZEPH = 7_712_345_678;
const BORIS = 7_700_000_002;
const CLARA = 7_700_000_003;

/** All that leads to a person besides what others typed. */
const TRACES = [`${ZEPH}`, 'Zephyrine', 'Quillfeather', 'zeph_quill', '+4915112345678', 'zeph-file-id'];

/** What people typed stays as they typed it, whoever it names. */
const TYPED = 'Ask Zephyrine Quillfeather, she is @zeph_quill';

const zeph = { from: 'Zephyrine Quillfeather', from_id: `user${ZEPH}` };
const boris = { from: 'Boris', from_id: `user${BORIS}` };
const clara = { from: 'Clara', from_id: `user${CLARA}` };

/** A group of three, as Telegram Desktop exports it, with every way in which it names one of them. */
const GROUP = {
  name: 'Three of us',
  type: 'private_supergroup',
  id: 1234567,
  messages: [
    message(1, '2024-01-01T10:00:00Z', { ...zeph, text: 'my parcel', text_entities: [] }),
    message(2, '2024-01-01T10:01:00Z', {
      ...boris,
      text_entities: [
        { type: 'plain', text: `${TYPED} ` },
        { type: 'mention_name', text: 'Zeph', user_id: ZEPH },
      ],
    }),
    message(3, '2024-01-01T10:02:00Z', {
      ...boris,
      forwarded_from: 'Zephyrine Quillfeather',
      forwarded_from_id: `user${ZEPH}`,
    }),
    message(4, '2024-01-01T10:03:00Z', {
      ...clara,
      contact_information: {
        first_name: 'Zephyrine',
        last_name: 'Quillfeather',
        phone_number: '+4915112345678',
      },
      contact_vcard: 'contacts/Zephyrine.vcard',
    }),
    message(5, '2024-01-01T10:04:00Z', {
      ...boris,
      reactions: [
        {
          type: 'emoji',
          count: 2,
          emoji: '👍',
          recent: [
            { ...zeph, date: '2024-01-01T10:05:00' },
            { ...boris, date: '2024-01-01T10:06:00' },
          ],
        },
      ],
    }),
    message(6, '2024-01-01T10:05:00Z', {
      ...{ type: 'service', action: 'invite_members', actor: 'Boris', actor_id: `user${BORIS}` },
      ...{ members: ['Zephyrine Quillfeather'], from: undefined, from_id: undefined },
    }),
    message(7, '2024-01-01T10:06:00Z', { ...clara, reply_to_message_id: 1 }),
    message(8, '2024-01-01T10:07:00Z', { ...zeph, photo: 'photos/zeph.jpg', photo_file_size: 10 }),
  ],
};

const user = {
  id: ZEPH,
  is_bot: false,
  first_name: 'Zephyrine',
  last_name: 'Quillfeather',
  username: 'zeph_quill',
};

/** The same from the bot's own chats: everything in a message that can hold a person. */
const CONTENTS = {
  mention: { text: TYPED, entities: [{ type: 'text_mention', offset: 0, length: 3, user }] },
  link: {
    text: 'her',
    entities: [{ type: 'text_link', offset: 0, length: 3, url: `tg://user?id=${ZEPH}` }],
  },
  forward: { text: 'see', extra: { forward_origin: { type: 'user', date: 1, sender_user: user } } },
  hidden: {
    text: 'see',
    extra: { forward_origin: { type: 'hidden_user', date: 1, sender_user_name: 'Zephyrine Quillfeather' } },
  },
  contact: {
    extra: {
      contact: {
        phone_number: '+4915112345678',
        first_name: 'Zephyrine',
        user_id: ZEPH,
        vcard: 'BEGIN:VCARD\nFN:Zephyrine Quillfeather',
      },
    },
  },
  quote: {
    text: 'so she said',
    extra: {
      quote: { text: 'I am Zephyrine', position: 0 },
      external_reply: {
        origin: { type: 'user', date: 1, sender_user: user },
        photo: [{ file_id: 'zeph-file-id' }],
      },
    },
  },
  pinned: {
    extra: {
      pinned_message: {
        message_id: 3,
        chat: { id: -5, type: 'group' },
        from: user,
        text: 'I am Zephyrine',
        photo: [{ file_id: 'zeph-file-id' }],
      },
    },
  },
  members: { extra: { new_chat_members: [user], left_chat_member: user } },
  shared: {
    extra: {
      users_shared: {
        request_id: 1,
        users: [{ user_id: ZEPH, first_name: 'Zephyrine', photo: [{ file_id: 'zeph-file-id' }] }],
      },
    },
  },
  story: { extra: { story: { id: 4, chat: { id: ZEPH, type: 'private', first_name: 'Zephyrine' } } } },
  task: {
    extra: { checklist: { title: 'Todo', tasks: [{ id: 1, text: 'call', completed_by_user: user }] } },
  },
} as const;

let at: TestDatabase;
let activities: Activities;
let archiveDir: string;
/** What happens when an activity reaches a step. */
const reached = new Map<string, () => void>();
let stores: Parameters<typeof createArchiveReader>[0]['stores'];

before(async () => {
  at = await importDatabase();
  archiveDir = await mkdtemp(join(tmpdir(), 'retention-groups-'));
  const store = await openDirectoryStore(archiveDir);
  stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  activities = createActivities({
    ...at,
    stores,
    ledger: createErasureLedger(() => Promise.resolve(store)),
    fetchAttachment: () => Promise.resolve({ refused: 'no_bot' }),
    log: createLog('silent'),
    reached: (step) => void reached.get(step)?.(),
  });
});
after(async () => {
  await at.drop();
  await rm(archiveDir, { recursive: true, force: true });
});

const now = NOW.getTime();

/** Carries out a step as the worker does. */
function run<T>(work: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(work);
}

async function newestGroupSession() {
  const { id } = await at.db
    .selectFrom('session')
    .select('id')
    .where('kind', '=', 'group')
    .orderBy('opened_at', 'desc')
    .executeTakeFirstOrThrow();
  return id;
}

async function subjectOf(telegramUserId: number) {
  const { id } = await at.db
    .selectFrom('subject')
    .select('id')
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirstOrThrow();
  return id;
}

/** What others' archives of a session hold: as bytes, as they were sealed, and as they are read. */
async function othersArchives(sessionId: string, besides: string) {
  const objects = (await manifestsOf(at.db, sessionId)).filter((one) => one.subject_id !== besides);
  const read = createArchiveReader({ ...at, stores });
  return Promise.all(
    objects.map(async (object) => {
      const store = await stores.at(object.store);
      const place = { project: 'shop', session: sessionId, subject: object.subject_id };
      const sealed = readArchive({
        body: store.get(object.object_name, object.generation),
        open: openStream(at.vault, archiveContext(place)),
      });
      return {
        bytes: await readFile(join(archiveDir, object.object_name)),
        sealed: await gathered(sealed),
        asRead: await gathered(read(object, 'shop')),
      };
    }),
  );
}

async function gathered(lines: AsyncIterable<ArchiveLine>): Promise<ArchiveLine[]> {
  const all: ArchiveLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

async function everyRow(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(at.db);
  const all = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{ row: string }>`
        select to_jsonb(t)::text as row from ${sql.table(name)} t`.execute(at.db);
      return rows.map(({ row }) => `${name}: ${row}`).join('\n');
    }),
  );
  return all.join('\n');
}

async function liveOf(sessionId: string) {
  const messages = await messagesOf(at.db, at.vault, sessionId);
  const { rows } = await sql<{ sealed: Buffer }>`
    select r.sealed from revision r join message m on m.id = r.message_id
    where m.session_id = ${sessionId} order by m.seq`.execute(at.db);
  return { messages, bytes: Buffer.concat(rows.map(({ sealed }) => sealed)) };
}

async function erase(telegramUserId: number) {
  const act = { projectId: 'shop', telegramUserId, now: NOW };
  const { nonce } = await at.acts.requestErasure(act);
  const { erasureId } = await at.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
  const moment = { erasureId, now };
  const keys = await run(() => activities.destroyErasureKeys(moment));
  await run(() => activities.markErasureKeysDestroyed({ ...moment, keys }));
  for (const batch of await activities.listErasureBatches(moment))
    await run(() => activities.eraseBatch({ ...moment, batch }));
  await run(() => activities.markErasureRemoved(moment));
  const counts = await run(() => activities.verifyErasure(moment));
  await run(() => activities.markErasureVerified({ ...moment, counts }));
  await run(() => activities.concludeErasure(moment));
  await at.db.updateTable('delivery').set({ done_at: NOW, outcome: 'sent' }).execute();
  return run(() => activities.concludeErasure(moment));
}

/** Nothing leads to the person but what somebody typed. */
function assertNoTrace(text: string, where: string) {
  const rest = text.replaceAll(TYPED, '');
  for (const trace of TRACES) assert.ok(!rest.includes(trace), `${where} holds ${trace}`);
}

describe('an erasure of one of three members of a group', () => {
  it('takes their entries alone, and leaves nothing of them in those of the others', async () => {
    await importInto(at, GROUP);
    const sessionId = await newestGroupSession();
    await run(() => activities.archiveSession({ sessionId, now }));
    const subjectId = await subjectOf(ZEPH);
    const others = await liveChats();
    const before = await othersArchives(sessionId, subjectId);
    const liveBefore = await Promise.all(others.map(liveOf));
    assert.equal(before.length, 2);
    assert.match(
      JSON.stringify(before.map(({ asRead }) => asRead)),
      new RegExp(`{"ref":"${subjectId}","name":"Zephyrine`),
    );

    assert.equal((await erase(ZEPH)).step, 'end');

    const left = await othersArchives(sessionId, subjectId);
    assert.deepEqual(
      left.map(({ bytes }) => bytes),
      before.map(({ bytes }) => bytes),
      'others’ objects are the same bytes',
    );
    assert.deepEqual(await Promise.all(others.map(liveOf)), liveBefore, 'others’ rows too');
    assert.equal(await at.vault.stillThere(sessionId), 2);
    assert.ok(JSON.stringify(left.map(({ sealed }) => sealed)).includes(TYPED), 'what was typed stays');

    assertNoTrace(await everyRow(), 'the database');
    for (const { sealed, asRead } of left) {
      assertNoTrace(JSON.stringify(sealed), 'an archive as it is sealed');
      assertNoTrace(JSON.stringify(asRead), 'an archive as it is read');
    }
    for (const { messages } of liveBefore) assertNoTrace(JSON.stringify(messages), 'a live session');
    for (const name of await readdir(archiveDir, { recursive: true }))
      assertNoTrace(name, 'a name of an object');
    assert.match(
      JSON.stringify(left.map(({ asRead }) => asRead)),
      new RegExp(`{"ref":"${subjectId}","name":"deleted person"}`),
    );
  });
});

describe('an erasure that comes while a group is being archived', () => {
  it('removes what the attempt has written and not recorded', async () => {
    const yan = { from: 'Yan', from_id: 'user7700000004' };
    const messages = [message(1, '2024-03-01T10:00:00Z', yan), message(2, '2024-03-01T10:01:00Z', boris)];
    await importInto(at, { ...GROUP, id: 7654321, messages });
    const sessionId = await newestGroupSession();
    reached.set('archive.verified', () => {
      throw new Error('the worker died here');
    });
    await assert.rejects(run(() => activities.archiveSession({ sessionId, now })));
    reached.clear();
    const subjectId = await subjectOf(7_700_000_004);
    const theirs = async () =>
      (await readdir(join(archiveDir, 'shop', sessionId))).filter((name) => name.startsWith(subjectId));
    assert.equal((await theirs()).length, 1);
    assert.equal((await erase(7_700_000_004)).step, 'end');
    assert.deepEqual(await theirs(), []);
    await run(() => activities.archiveSession({ sessionId, now }));
    assert.deepEqual(await theirs(), []);
    const objects = await manifestsOf(at.db, sessionId);
    assert.deepEqual(
      objects.map(({ subject_id, messages: count }) => [subject_id, count]),
      [[await subjectOf(BORIS), 1]],
    );
  });
});

/** Private chats of Boris, in which he names Zeph in every way the Bot API has; and one where Zeph writes. */
async function liveChats(): Promise<string[]> {
  await at.acts.receiveMessage(
    customerMessage('I am here too', { telegramUserId: ZEPH, now: NOW, firstName: 'Zephyrine' }),
  );
  const sessions: string[] = [];
  for (const content of Object.values(CONTENTS)) {
    const { sessionId } = await at.acts.receiveMessage({
      ...customerMessage('', { telegramUserId: BORIS, now: NOW, firstName: 'Boris' }),
      content,
    });
    sessions.push(sessionId ?? '');
  }
  return [...new Set(sessions)];
}

describe('what a person says of themselves', () => {
  it('stays as it came: it goes with them', async () => {
    const telegramUserId = 7_700_000_009;
    const own = { id: telegramUserId, is_bot: false, first_name: 'Dora' };
    const content = {
      text: 'my number',
      extra: {
        contact: { phone_number: '+49151999', first_name: 'Dora', user_id: telegramUserId },
        forward_origin: { type: 'user', date: 1, sender_user: own },
      },
    };
    const { sessionId = '' } = await at.acts.receiveMessage({
      ...customerMessage('', { telegramUserId, now: NOW, firstName: 'Dora' }),
      content,
    });
    const { messages } = await liveOf(sessionId);
    assert.ok(JSON.stringify(messages).includes('+49151999'));
  });

  it('and what a channel, a group or a bot is called stays as well', async () => {
    const channel = { id: -1001, type: 'channel', title: 'News', username: 'news' };
    const { sessionId = '' } = await at.acts.receiveMessage({
      ...customerMessage('', { telegramUserId: 7_700_000_010, now: NOW }),
      content: {
        text: 'see',
        extra: {
          forward_origin: { type: 'channel', date: 1, chat: channel, author_signature: 'Zephyrine' },
          via_bot: { id: 5, is_bot: true, first_name: 'Gif', username: 'gif' },
        },
      },
    });
    const text = JSON.stringify((await liveOf(sessionId)).messages);
    assert.ok(text.includes('News') && text.includes('Gif'));
    assert.ok(!text.includes('Zephyrine'));
  });
});
