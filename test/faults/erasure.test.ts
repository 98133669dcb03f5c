import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client as PostgresClient } from 'pg';
import { attachmentContext, profileContext, revisionContext } from '../../src/db/messages.ts';
import { putEvent } from '../../src/db/outbox.ts';
import { erasureWorkflowId } from '../../src/temporal/ids.ts';
import type { SealedItem } from '../../src/vault/vault.ts';
import { startDevServer } from '../support/servers.ts';
import { objectsOf, withFreshVault } from './archived.ts';
import { close, converse } from './conversation.ts';
import { fieldsOfTelegram } from './erasure-fields.ts';
import { erase, erasureRow } from './erasing.ts';
import { install, type Installation } from './installation.ts';
import { assertInvariants } from './invariants.ts';
import { workflowReaches } from './life.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';
import type { PartProcess } from './processes.ts';
import { scan } from './scan.ts';
import { sceneOf } from './scene.ts';
import { startStage } from './stage.ts';
import { until } from './until.ts';

/** A contact card is not stored as it came: only a reference to a person is. */
const KINDS_WITH_MARK = [
  'checklist',
  'document',
  'game',
  'note',
  'photo',
  'poll',
  'some_kind_of_tomorrow',
  'sticker',
  'text',
  'venue',
  'voice',
];

describe('a person whose mark is in every field that Telegram has', () => {
  const mark = `e${randomBytes(8).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'retention-erasure-'));
  let server: Awaited<ReturnType<typeof startDevServer>>;
  let postgres: OwnPostgres;
  let installation: Installation;
  let parts: PartProcess[];
  let customer: number;
  let sealed: SealedItem[];

  before(async () => {
    server = await startDevServer({ dbFile: join(directory, 'temporal.db') });
    postgres = await startOwnPostgres();
    installation = await install({ databases: postgres.databases, temporal: server }, { keep: 'PT1H' });
    parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
    customer = installation.addCustomer({
      firstName: `Anna ${mark}`,
      lastName: `Keller-${mark}`,
      username: `u_${mark}`,
    });
  });

  after(async () => {
    await installation.close();
    await server.stop();
    await postgres.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it('is stored with all of them, one session archived and one open', async () => {
    installation.sandbox.world.play.start(customer);
    const { sessionId, topicId } = await converse(installation, customer, ` ${mark}`);
    close(installation, topicId);
    await workflowReaches(installation, sessionId, 'archived');
    assert.ok((await objectsOf(installation, sessionId)).length > 0);

    const fields = fieldsOfTelegram(mark, customer);
    await sendRaw(fields);
    await until('every message is stored', async () => (await revisions()).length === fields.length);
    await deskActs();
    const entries = await sealedEntries();
    sealed = [...entries.map(({ item }) => item), await profile()];
    const words = await installation.services.vault.openMany(sealed);
    assert.ok(String(words.at(-1)).includes(mark), 'the mark is in the profile');
    const marked = new Set(
      entries.filter((_, at) => String(words[at]).includes(mark)).map(({ messageId }) => messageId),
    );
    const kinds = (await installation.services.db.selectFrom('message').selectAll().execute())
      .filter(({ id }) => marked.has(id))
      .map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)].sort(), KINDS_WITH_MARK);
  });

  it('is found nowhere once it is erased, and no copy can be opened', async () => {
    const { services } = installation;
    const sessions = await services.db.selectFrom('session').select('id').execute();
    assert.equal(sessions.length, 2);
    const { erasureId } = await erase(installation, customer);
    await until(
      'the erasure is done',
      async () => (await erasureRow(installation, erasureId)).state === 'done',
    );
    assert.deepEqual(await services.db.selectFrom('subject').selectAll().execute(), []);
    for (const { id } of sessions) assert.deepEqual(await objectsOf(installation, id), []);
    await withFreshVault(installation, async (vault) => {
      for (const { sealed: bytes, context } of sealed)
        await assert.rejects(vault.open(bytes, context), { code: 'key_destroyed' });
    });
    const { sandbox, agent } = installation;
    const topics = sandbox.world.play.chats(agent).flatMap((chat) => chat.topics);
    assert.deepEqual(topics, [], 'the staff topics are gone');
    // Stopped, so that nothing is still on its way into a log.
    for (const part of parts) assert.equal(await part.stop(), 0, part.output());
    await inPostgres('vacuum full');
    await inPostgres('checkpoint');
    const { archiveDir, logsDir } = installation;
    const places = [directory, archiveDir, logsDir, server.logFile];
    assert.deepEqual(await scan(mark, [...places, postgres.files, postgres.databases.secretsDir]), []);
    assert.deepEqual(await scan(String(customer), places), []);
    await assertInvariants({ ...sceneOf(installation), erasedMarks: [mark, String(customer)], places });
  });

  /** A note of staff about the person, and a ban. */
  async function deskActs() {
    const { services, sandbox, agent, staffChat } = installation;
    const threadId = await until('the second session has its topic', async () => {
      const rows = services.db.selectFrom('session').select('topic_id').where('phase', '=', 'open');
      return (await rows.executeTakeFirst())?.topic_id ?? undefined;
    });
    const { play } = sandbox.world;
    play.send(agent, { chatId: staffChat, threadId, text: `/note ${mark} called again` });
    play.send(agent, { chatId: staffChat, threadId, text: '/ban' });
    await until('the ban is noted', async () => {
      const banned = services.db.selectFrom('subject').select('id').where('banned_at', 'is not', null);
      return banned.executeTakeFirst();
    });
  }

  /** As Telegram would deliver them; the sandbox's own page has not all of these kinds. */
  async function sendRaw(fields: readonly object[]) {
    const { services, sandbox } = installation;
    const botId = Number(services.config.bots['shop']?.token.split(':')[0]);
    const { last } = await services.db
      .selectFrom('inbox')
      .select((eb) => eb.fn.max('update_id').as('last'))
      .executeTakeFirstOrThrow();
    const from = {
      id: customer,
      is_bot: false,
      first_name: `Anna ${mark}`,
      last_name: `Keller-${mark}`,
      username: `u_${mark}`,
    };
    const chat = { ...from, type: 'private' };
    for (const [at, field] of fields.entries())
      sandbox.world.faults.sendRaw(botId, {
        update_id: Number(last) + 100 + at,
        message: { message_id: 9000 + at, date: Math.floor(Date.now() / 1000), chat, from, ...field },
      });
  }

  function revisions() {
    return installation.services.db.selectFrom('revision').selectAll().execute();
  }

  /** What is sealed of each message and its attachments. */
  async function sealedEntries(): Promise<{ messageId: string; item: SealedItem }[]> {
    const attachments = await installation.services.db.selectFrom('attachment').selectAll().execute();
    return [
      ...(await revisions()).map(({ message_id: messageId, revision, sealed: bytes }) => ({
        messageId,
        item: { sealed: bytes, context: revisionContext(messageId, revision) },
      })),
      ...attachments.map(({ id, message_id: messageId, sealed: bytes }) => ({
        messageId,
        item: { sealed: bytes, context: attachmentContext(id) },
      })),
    ];
  }

  async function profile(): Promise<SealedItem> {
    const { id, profile_sealed: bytes } = await installation.services.db
      .selectFrom('subject')
      .select(['id', 'profile_sealed'])
      .executeTakeFirstOrThrow();
    return { sealed: bytes ?? Buffer.alloc(0), context: profileContext(id) };
  }

  async function inPostgres(statement: string) {
    const client = new PostgresClient({ connectionString: postgres.superuserUrl('retention') });
    await client.connect();
    await client.query(statement);
    await client.end();
  }
});

describe('an erasure whose coordinator an operator terminates', () => {
  it('goes on in its children, and is completed by the next event that reaches it', async () => {
    const stage = await startStage();
    const { installation, remove } = await stage.install({ keep: 'PT1H' });
    try {
      const { services, temporal, archiveDir } = installation;
      await installation.startDeskHere();
      installation.start('worker');
      const customer = installation.addCustomer();
      const { sessionId, topicId } = await converse(installation, customer);
      close(installation, topicId);
      await workflowReaches(installation, sessionId, 'archived');
      await rename(archiveDir, `${archiveDir}-away`);
      const { erasureId } = await erase(installation, customer);
      await until(
        'the keys are gone',
        async () => (await erasureRow(installation, erasureId)).keys_destroyed_at !== null,
      );
      const child = temporal.workflow.getHandle(`erasure-batch:${erasureId}:0`);
      await until('the child is at work', () => child.describe().catch(() => undefined));
      await temporal.workflow.getHandle(erasureWorkflowId(erasureId)).terminate('by mistake');
      await rename(`${archiveDir}-away`, archiveDir);
      await child.result();
      assert.deepEqual(await objectsOf(installation, sessionId), []);
      assert.equal((await erasureRow(installation, erasureId)).removed_at, null);

      await putEvent(services.db, { erasureId, event: 'changed', now: new Date() });
      await until(
        'the erasure is done',
        async () => (await erasureRow(installation, erasureId)).state === 'done',
      );
      assert.deepEqual(await temporal.workflow.getHandle(erasureWorkflowId(erasureId)).result(), {
        done: true,
      });
      await assertInvariants(sceneOf(installation));
    } finally {
      await remove();
      await stage.stop();
    }
  });
});
