import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createArchiveActivities } from '../../activities/archive.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import { until } from '../support/until.ts';
import { phonesOf, settled, type Phones } from './play.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let phones: Phones;
let business: string;
let anna: number;
let owner: number;
let chat: number;

const agent = { kind: 'staff', id: 'agent-1', role: 'agent' } as const;

before(async () => {
  at = await createDeskStage({ language: 'en' });
  phones = phonesOf(at);
  ({ anna, supervisor: owner } = at.people);
  const setup = { projectId: 'shop', ownerId: owner };
  ({ businessId: business } = await phones.post<{ businessId: string }>('business', setup));
  const where = { businessId: business };
  ({ chatId: chat } = await phones.post<{ chatId: number }>(`${anna}/business`, where));
});
after(() => at.stop());

function connection() {
  return at.db.selectFrom('business_connection').selectAll().executeTakeFirst();
}

async function newest() {
  return at.db.selectFrom('session').selectAll().orderBy('opened_at', 'desc').executeTakeFirstOrThrow();
}

async function audited(action: string) {
  return at.db.selectFrom('audit_entry').select(['counts', 'reason']).where('action', '=', action).execute();
}

describe('a business account', () => {
  it('is connected, and what the bot may do there is recorded', async () => {
    const row = await until('the connection', connection);
    assert.deepEqual(row.rights, ['can_read_messages', 'can_reply']);
    assert.equal(row.can_reply, true);
    assert.equal((await audited('business.connected')).length, 1);
  });

  it('has a session for each of its customers, apart from their private chat with the bot', async () => {
    await phones.send(anna, { chatId: chat, text: 'Do you ship abroad?' });
    await phones.inTopic('the question', ({ text }) => text === 'Do you ship abroad?');
    const { kind, business_connection_id: id, subject_id: subject } = await newest();
    assert.equal(kind, 'business');
    assert.equal(id, (await connection())?.id);
    assert.ok(subject);
    await phones.send(anna, { text: 'and here, to the bot' });
    await phones.inTopic('the private chat', ({ text }) => text === 'and here, to the bot');
    assert.equal((await newest()).kind, 'private');
  });

  it('gets the answers of staff in its own name', async () => {
    const { id, topic_id: threadId } = await at.db
      .selectFrom('session')
      .selectAll()
      .where('kind', '=', 'business')
      .executeTakeFirstOrThrow();
    await phones.send(at.people.agent, { chatId: at.staffChat, threadId, text: 'Yes, everywhere.' });
    const got = await phones.inChat(anna, chat, 'the answer', ({ text }) => text === 'Yes, everywhere.');
    assert.equal(got.from?.id, owner);
    assert.equal(got.business_connection_id, business);
    // What the bot sent itself does not come back as a message of the owner.
    await settled(at);
    const { count } = await at.db
      .selectFrom('message')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('session_id', '=', id)
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 2);
  });

  it("keeps its owner's own messages as those of staff, and shows them in the topic", async () => {
    await phones.send(owner, { chatId: chat, text: 'Owner here: five days.' });
    const topic = await sessionTopic();
    const shown = await until('the topic to show the owner', async () =>
      (await phones.messages(at.people.agent, at.staffChat, topic)).find(({ text }) =>
        /five days/.test(text ?? ''),
      ),
    );
    assert.equal(shown.text, 'From the business account:\nOwner here: five days.');
    const [row] = await at.db
      .selectFrom('message')
      .select(['author_role', 'staff_id'])
      .orderBy('seq', 'desc')
      .limit(1)
      .execute();
    assert.equal(row?.author_role, 'agent');
    assert.ok(row.staff_id);
  });

  it('shows edits, files and replies on the right message', async () => {
    const sent = await phones.send(anna, { chatId: chat, text: 'order 7' });
    await inTopic((text) => text === 'order 7');
    await phones.post(`${anna}/edit`, { chatId: chat, messageId: sent.message_id, text: 'order 8' });
    await inTopic((text) => text.startsWith('order 8'));
    const file = {
      name: 'bill.pdf',
      type: 'application/pdf',
      bytes: Buffer.from('%PDF bill'),
      text: 'my bill',
    };
    const bill = await phones.sendFile(anna, { ...file, chatId: chat });
    const copy = await inTopic((_, { caption }) => caption === 'my bill');
    assert.ok(copy.document);
    const answer = { chatId: at.staffChat, threadId: await sessionTopic(), replyTo: copy.message_id };
    await phones.send(at.people.agent, { ...answer, text: 'Got your bill' });
    const got = await phones.inChat(anna, chat, 'the reply', ({ text }) => text === 'Got your bill');
    assert.equal(got.reply_to_message?.message_id, bill.message_id);
  });

  it('that takes no answers any more leaves them in the session, and staff are told', async () => {
    await phones.post(`business/${business}`, { canReply: false });
    await until('the change', async () => (await connection())?.can_reply === false);
    const answer = { chatId: at.staffChat, threadId: await sessionTopic(), text: 'Are you there?' };
    await phones.send(at.people.agent, answer);
    await inTopic((text) => /Not delivered: the business account/.test(text));
    await phones.post(`business/${business}`, { canReply: true });
    await until('the change back', async () => (await connection())?.can_reply);
  });
});

async function sessionTopic(): Promise<number> {
  const row = await at.db
    .selectFrom('session')
    .select('topic_id')
    .where('kind', '=', 'business')
    .orderBy('opened_at', 'desc')
    .executeTakeFirst();
  return row?.topic_id ?? 0;
}

function inTopic(fits: (text: string, message: Awaited<ReturnType<Phones['topic']>>[number]) => boolean) {
  return until('the topic of the business chat to show it', async () => {
    const threadId = await sessionTopic();
    const seen = threadId ? await phones.messages(at.people.agent, at.staffChat, threadId) : [];
    return seen.find((message) => fits(message.text ?? '', message));
  });
}

/** What the index of the business session holds, as numbers. */
async function terms(sessionId: string): Promise<number> {
  const rows = await at.db
    .selectFrom('search_index')
    .select('terms')
    .where('session_id', '=', sessionId)
    .execute();
  return new Set(rows.flatMap((row) => row.terms)).size;
}

describe('messages that are deleted in Telegram', () => {
  it('are removed here with their revisions, files, words and copies', async () => {
    const { id } = await at.db
      .selectFrom('session')
      .select('id')
      .where('kind', '=', 'business')
      .executeTakeFirstOrThrow();
    const sent = await phones.send(anna, { chatId: chat, text: 'my password is swordfish' });
    await inTopic((text) => /swordfish/.test(text));
    await settled(at);
    const before = await terms(id);
    await phones.post(`${anna}/delete`, { chatId: chat, messageIds: [sent.message_id] });
    await until('the row to go', async () => {
      const row = await at.db
        .selectFrom('message')
        .select('id')
        .where('session_id', '=', id)
        .where('telegram_message_id', '=', sent.message_id)
        .executeTakeFirst();
      return row === undefined;
    });
    assert.deepEqual(await audited('message.deleted'), [
      { counts: { messages: 1, revisions: 1, attachments: 0 }, reason: null },
    ]);
    assert.ok((await terms(id)) < before);
    await until('the copy to go', async () => {
      const seen = await phones.messages(at.people.agent, at.staffChat, await sessionTopic());
      return !seen.some(({ text }) => /swordfish/.test(text ?? ''));
    });
  });

  it('stay while the session is on hold, and the audit says so', async () => {
    const sent = await phones.send(anna, { chatId: chat, text: 'evidence' });
    await inTopic((text) => text === 'evidence');
    const { id } = await at.db
      .selectFrom('session')
      .select('id')
      .where('kind', '=', 'business')
      .executeTakeFirstOrThrow();
    const supervisor = { kind: 'staff', id: 'supervisor-1', role: 'supervisor' } as const;
    await at.acts.placeHold({ sessionId: id, reason: 'claim 4711', actor: supervisor, now: new Date() });
    await phones.post(`${anna}/delete`, { chatId: chat, messageIds: [sent.message_id] });
    await until('the audit', async () => (await audited('message.deletion-kept')).length === 1);
    assert.deepEqual(await audited('message.deletion-kept'), [{ counts: { messages: 1 }, reason: 'hold' }]);
    await at.db.updateTable('hold').set({ released_at: new Date() }).where('session_id', '=', id).execute();
  });

  it('are taken out of the archive too, with their files, and nothing else is', async () => {
    const { id } = await at.db
      .selectFrom('session')
      .select('id')
      .where('kind', '=', 'business')
      .executeTakeFirstOrThrow();
    const file = {
      name: 'id.pdf',
      type: 'application/pdf',
      bytes: Buffer.from('%PDF id card'),
      text: 'my papers',
    };
    const papers = await phones.sendFile(anna, { ...file, chatId: chat });
    await inTopic((_, { caption }) => caption === 'my papers');
    await settled(at);
    await at.acts.closeSession({ sessionId: id, reason: 'agent', actor: agent, now: new Date() });
    const reader = await archive(id);
    const before = await reader();
    assert.ok(before.some(({ revisions }) => revisions[0]?.content.text === 'my papers'));
    await phones.post(`${anna}/delete`, { chatId: chat, messageIds: [papers.message_id] });
    await until(
      'the archive to be written again',
      async () => (await audited('message.deleted')).length === 2,
    );
    const after = await until('the old objects to go', async () => {
      const lines = await reader();
      const objects = await at.db
        .selectFrom('archive')
        .select('object_name')
        .where('session_id', '=', id)
        .execute();
      const files = await sealedFiles();
      return files.length === objects.length && lines;
    });
    assert.deepEqual(
      after.map(({ ref }) => ref),
      before.filter(({ revisions }) => revisions[0]?.content.text !== 'my papers').map(({ ref }) => ref),
    );
    const [, entry] = await audited('message.deleted');
    assert.deepEqual(entry?.counts, { messages: 1, revisions: 1, attachments: 1, objects: 2 });
  });
});

async function sealedFiles(): Promise<string[]> {
  const names = await readdir(fileURLToPath(at.store.url), { recursive: true });
  return names.filter((name) => name.endsWith('.sealed'));
}

/** Archives a closed session as its workflow does; the returned function reads it back. */
async function archive(sessionId: string) {
  const stores = { of: () => Promise.resolve(at.store), at: () => Promise.resolve(at.store) };
  const deps = {
    ...{ ...at, stores, log: pino({ level: 'silent' }), reached: () => undefined },
    fetchAttachment: () => Promise.resolve({ bytes: Buffer.from('a file') }),
  } as unknown as ActivityDeps;
  const step = { sessionId, now: Date.now() + 86_400_000 };
  await new MockActivityEnvironment().run(() => createArchiveActivities(deps).archiveSession(step));
  const open = createArchiveReader({ ...at, stores });
  return async () => {
    const rows = await at.db
      .selectFrom('archive')
      .selectAll()
      .where('session_id', '=', sessionId)
      .where('attachment_id', 'is', null)
      .execute();
    const lines = [];
    for (const row of rows)
      for await (const line of open(row, 'shop')) if (line.type === 'message') lines.push(line);
    return lines;
  };
}
