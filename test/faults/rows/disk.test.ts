import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { assertArchived, auditCounts, liveRows, objectsOf } from '../archived.ts';
import { close, converse, CONVERSATION } from '../conversation.ts';
import { assertInvariants } from '../invariants.ts';
import { workflowReaches } from '../life.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { storedSessions } from '../stored.ts';
import { until } from '../until.ts';

describe('a disk that is full', { concurrency: 2 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  it('fault 58, of the archive: no part of an object is taken for one, the live rows stay, and it goes on', async () => {
    const { installation, remove } = await stage.install();
    const { archiveDir } = installation;
    try {
      await installation.startDeskHere();
      const conversation = await converse(installation);
      const { sessionId } = conversation;
      // Room for the conversation, and for half of the file that came with it.
      const worker = installation.start('worker', undefined, undefined, { room: 64 * 1024 });
      close(installation, conversation.topicId);
      await until('it was refused more than once', () => {
        return worker.output().split('store_unavailable').length > 2;
      });
      assert.deepEqual(await liveRows(installation), { messages: 3, revisions: 4, attachments: 1 });
      assert.deepEqual(await auditCounts(installation, sessionId, 'session.archived'), []);
      const unfinished = (await readdir(archiveDir, { recursive: true })).filter((name) =>
        name.includes('.tmp-'),
      );
      assert.ok(unfinished.length <= 1, 'what was refused is removed again');
      assert.ok((await objectsOf(installation, sessionId)).length < CONVERSATION.objects);
      await worker.kill();
      installation.start('worker');
      await workflowReaches(installation, sessionId, 'archived');
      await assertArchived(installation, conversation);
      await assertInvariants(sceneOf(installation, { accepted: CONVERSATION.messages }));
    } finally {
      await remove();
    }
  });

  it('fault 58, of the database: messages wait, what is there can be read, and none is lost', async () => {
    const { installation, database, remove } = await stage.install();
    const owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const { play } = installation.sandbox.world;
    const said = ['before', 'first', 'second', 'third'];
    try {
      const parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
      const customer = installation.addCustomer();
      play.send(customer, { text: 'before' });
      await until(
        'the first message is stored',
        async () => (await storedSessions(installation)).length === 1,
      );
      // What PostgreSQL answers when a table cannot grow: the transaction is undone, and reading goes on.
      await owner.query(`create function full_disk() returns trigger language plpgsql as $$ begin
        raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
      await owner.query('create trigger full_disk before insert on message execute function full_disk()');
      for (const text of said.slice(1)) play.send(customer, { text });
      await until('the bot has noticed', () => parts[0]?.output().includes('a service is away'));
      assert.deepEqual(
        (await storedSessions(installation)).map(({ texts }) => texts),
        [['before']],
      );
      await owner.query('drop trigger full_disk on message');
      await until('all messages are stored', async () => {
        return (await storedSessions(installation))[0]?.texts.length === said.length;
      });
      assert.deepEqual(
        (await storedSessions(installation)).map(({ texts }) => texts),
        [said],
      );
      assert.ok(parts.every((part) => part.isRunning()));
      await assertInvariants(sceneOf(installation, { accepted: said.length }));
    } finally {
      await owner.end();
      await remove();
    }
  });
});
