import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { readLife, nextStepOf } from '../../src/db/life.ts';
import { customerMessage, type TestDatabase } from '../support/database.ts';
import {
  account,
  chat,
  CUSTOMER,
  everything,
  importDatabase,
  importInto,
  message,
  NOW,
  STAFF,
} from './import-fixture.ts';

let database: TestDatabase;
before(async () => {
  database = await importDatabase();
});
after(() => database.drop());
afterEach(async () => {
  await sql`delete from outbox`.execute(database.db);
  await sql`delete from delivery`.execute(database.db);
  await sql`delete from import_progress`.execute(database.db);
  await sql`delete from message`.execute(database.db);
  await sql`delete from participant`.execute(database.db);
  await sql`delete from session`.execute(database.db);
  await sql`delete from subject`.execute(database.db);
});

const staff = { from: 'Sam', from_id: `user${STAFF}` };

describe('a private chat', () => {
  it('becomes sessions cut by gaps longer than idle, each linked to the one before', async () => {
    const { summary } = await importInto(
      database,
      chat([
        message(1, '2024-01-01T10:00:00Z'),
        message(2, '2024-01-08T10:00:00Z', staff),
        message(3, '2024-01-15T10:00:01Z'),
      ]),
    );
    const { sessions } = await everything(database);
    assert.deepEqual(
      sessions.map((one) => [
        one.phase,
        one.close_reason,
        one.closed_at?.toISOString(),
        one.previous_session_id,
      ]),
      [
        ['closed', 'import', '2024-01-15T10:00:00.000Z', -1],
        ['closed', 'import', '2024-01-22T10:00:01.000Z', 0],
      ],
    );
    assert.deepEqual(
      sessions.map((one) => one.messages.length),
      [2, 1],
    );
    assert.deepEqual(summary.sessions, { open: 0, closed: 2, pastRetention: 2 });
  });

  it('has the dates of the policy, so that its workflow archives it at once', async () => {
    await importInto(database, chat([message(1, '2026-01-01T10:00:00Z')]));
    const [session] = (await everything(database)).sessions;
    assert.equal(session?.reopen_until?.toISOString(), '2026-01-08T22:00:00.000Z');
    assert.equal(session?.archive_due_at?.toISOString(), '2026-01-09T10:00:00.000Z');
    const row = await database.db.selectFrom('session').select('id').executeTakeFirstOrThrow();
    const next = nextStepOf(await readLife(database.db, row.id, NOW));
    assert.equal(next.step, 'archive');
    assert.ok(next.at !== null && next.at < NOW.getTime());
  });

  it('stays open where its closing lies ahead, and tells the workflow', async () => {
    await importInto(database, chat([message(1, '2026-05-30T10:00:00Z')]));
    const [session] = (await everything(database)).sessions;
    assert.deepEqual([session?.phase, session?.closed_at, session?.close_reason], ['open', null, null]);
    assert.equal(session?.announced, 'imported');
  });

  it('is sealed for its customer, with everybody else as an agent', async () => {
    await importInto(
      database,
      chat([
        message(1, '2024-01-01T10:00:00Z'),
        message(2, '2024-01-01T11:00:00Z', { ...staff, reply_to_message_id: 1 }),
        message(3, '2024-01-01T12:00:00Z', {
          type: 'service',
          actor: 'Sam',
          actor_id: `user${STAFF}`,
          action: 'phone_call',
        }),
      ]),
    );
    const { sessions, subjects } = await everything(database);
    const [one, two, three] = sessions[0]?.messages ?? [];
    assert.deepEqual(
      [one?.author_role, two?.author_role, three?.author_role],
      ['customer', 'agent', 'system'],
    );
    assert.deepEqual([one?.sealedFor, two?.sealedFor, three?.sealedFor], [CUSTOMER, CUSTOMER, CUSTOMER]);
    assert.equal(two?.reply_to, one?.id);
    assert.equal(two?.content.extra?.['from'], 'Sam');
    assert.equal(three?.kind, 'service');
    assert.deepEqual(
      subjects.map(({ telegramUserId, profile }) => [telegramUserId, profile]),
      [[CUSTOMER, '{"firstName":"Ann Example"}']],
    );
    assert.deepEqual(sessions[0]?.participants, [CUSTOMER]);
  });

  it('records its last revision at the time of its edit', async () => {
    await importInto(database, chat([message(1, '2024-01-01T10:00:00Z', { edited_unixtime: '1704110400' })]));
    const [only] = (await everything(database)).sessions[0]?.messages ?? [];
    assert.deepEqual([only?.revision, only?.at.toISOString()], [1, '2024-01-01T12:00:00.000Z']);
  });

  it('is audited once a session, with counts and without a Telegram id', async () => {
    await importInto(
      database,
      chat([message(1, '2024-01-01T10:00:00Z', { photo: 'p.jpg' }), message(2, '2024-01-02T10:00:00Z')]),
    );
    const { id } = await database.db.selectFrom('session').select('id').executeTakeFirstOrThrow();
    const entries = await database.db
      .selectFrom('audit_entry')
      .selectAll()
      .where('object_id', '=', id)
      .execute();
    assert.deepEqual(
      entries.map(({ action, counts }) => [action, counts]),
      [['session.imported', { messages: 2, revisions: 2, attachments: 1 }]],
    );
    assert.ok(!JSON.stringify(entries).includes(String(CUSTOMER)));
  });

  it('of somebody who has an open session with the bot closes now instead of being a second one', async () => {
    await database.acts.receiveMessage(customerMessage('live', { telegramUserId: CUSTOMER, now: NOW }));
    await importInto(database, chat([message(1, '2026-05-30T10:00:00Z')]));
    const { sessions, subjects } = await everything(database);
    assert.deepEqual(
      sessions.map(({ phase, closed_at }) => [phase, closed_at]),
      [
        ['closed', NOW],
        ['open', null],
      ],
    );
    assert.equal(subjects[0]?.profile, '{"firstName":"Anna"}', 'the bot knows the name better');
  });

  it('is never taken for a message of the chat with the bot', async () => {
    await importInto(database, chat([message(1, '2024-01-01T10:00:00Z')]));
    const [only] = (await everything(database)).sessions[0]?.messages ?? [];
    assert.equal(only?.telegram_message_id, null);
  });
});

describe('a group', () => {
  const group = { type: 'private_supergroup', id: 99, name: 'Team' };
  const from = (id: string, name: string | null) => ({ from: name, from_id: id });

  it('has its senders as participants, each with a key and a profile of their own', async () => {
    await importInto(
      database,
      account([
        chat(
          [
            message(1, '2024-01-01T10:00:00Z', from('user5', 'Bo')),
            message(2, '2024-01-01T11:00:00Z', from('user6', null)),
            message(3, '2024-01-01T12:00:00Z', from('channel99', 'Team')),
            message(4, '2024-01-01T13:00:00Z', from(`user${STAFF}`, 'Sam')),
          ],
          group,
        ),
      ]),
    );
    const { sessions, subjects } = await everything(database);
    assert.deepEqual([sessions[0]?.kind, sessions[0]?.subject_id], ['group', null]);
    assert.deepEqual(
      sessions[0]?.messages.map((one) => one.sealedFor),
      [5, 6, -1_000_000_000_099, STAFF],
    );
    assert.deepEqual(
      sessions[0]?.messages.map((one) => one.author_role),
      ['customer', 'customer', 'customer', 'agent'],
    );
    assert.deepEqual(sessions[0]?.participants, [-1_000_000_000_099, 5, 6, STAFF]);
    assert.deepEqual(
      subjects.map((one) => one.profile),
      ['{"firstName":"Team"}', '{"firstName":"Bo"}', null, '{"firstName":"Sam"}'],
    );
  });

  it('that became a supergroup keeps the messages from before, whose ids are negative', async () => {
    const { summary } = await importInto(
      database,
      chat(
        [
          message(-999_999_990, '2024-01-01T10:00:00Z', from('user5', 'Bo')),
          message(-999_999_989, '2024-01-01T10:00:01Z', {
            type: 'service',
            actor: 'Bo',
            actor_id: 'user5',
            action: 'migrate_to_supergroup',
          }),
          message(1, '2024-01-01T10:00:02Z', {
            type: 'service',
            actor: 'Team',
            actor_id: 'channel99',
            action: 'migrate_from_group',
            title: 'Team',
          }),
          message(2, '2024-01-01T10:00:03Z', from('user5', 'Bo')),
        ],
        group,
      ),
    );
    const { sessions } = await everything(database);
    assert.equal(summary.messages, 4);
    assert.deepEqual(
      sessions[0]?.messages.map(({ kind, content }) => [kind, content.extra?.['action']]),
      [
        ['text', undefined],
        ['service', 'migrate_to_supergroup'],
        ['service', 'migrate_from_group'],
        ['text', undefined],
      ],
    );
  });
});

describe('a whole account', () => {
  it('is imported chat by chat, left ones too; notes to oneself and channels are refused as a whole', async () => {
    const one = [message(1, '2024-01-01T10:00:00Z')];
    const { summary, refusals } = await importInto(
      database,
      account(
        [
          chat(one),
          chat(one, { type: 'saved_messages', id: STAFF, name: undefined }),
          chat(one, { type: 'public_channel', id: 12 }),
          chat(one, { type: 'replies', id: 13 }),
          chat(one, { id: undefined }),
        ],
        [chat([message(1, '2024-02-01T10:00:00Z')], { type: 'private_group', id: 14 })],
      ),
    );
    assert.deepEqual([summary.chats, summary.messages, summary.refused], [2, 2, 4]);
    assert.deepEqual(
      refusals.map(({ chat, message, reason }) => [chat, message, reason]),
      [
        [STAFF, null, 'saved_messages'],
        [12, null, 'channel'],
        [13, null, 'chat_not_kept'],
        [null, null, 'chat_not_identified'],
      ],
    );
  });
});

describe('refused messages', () => {
  it('are listed singly, and all others land', async () => {
    const { summary, refusals } = await importInto(
      database,
      chat([
        message(5, '2024-01-01T10:00:00Z'),
        message(5, '2024-01-01T10:00:01Z'),
        message(3, '2024-01-01T10:00:02Z'),
        message(6, '2024-01-01T10:00:03Z', { date_unixtime: 'soon' }),
        'no message',
        message(7, '2024-01-01T10:00:04Z'),
      ]),
    );
    assert.deepEqual(refusals, [
      { chat: CUSTOMER, message: 5, position: 2, reason: 'id_repeated' },
      { chat: CUSTOMER, message: 3, position: 3, reason: 'id_out_of_order' },
      { chat: CUSTOMER, message: 6, position: 4, reason: 'date_invalid' },
      { chat: CUSTOMER, message: null, position: 5, reason: 'not_a_message' },
    ]);
    assert.equal(summary.messages, 2);
  });
});

describe('a trial run', () => {
  it('counts what an import would do and writes nothing', async () => {
    const content = account([chat([message(1, '2024-01-01T10:00:00Z'), message(2, '2026-05-31T10:00:00Z')])]);
    const { summary: trial } = await importInto(database, content, { dryRun: true });
    assert.deepEqual(await everything(database), { sessions: [], subjects: [], progress: [] });
    const { summary } = await importInto(database, content);
    assert.deepEqual(trial, summary);
  });
});
