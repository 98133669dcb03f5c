import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditCounts, liveRows, objectsOf } from '../archived.ts';
import { close, converse, everythingSent } from '../conversation.ts';
import { erase, erasureDone } from '../erasing.ts';
import type { Installation } from '../installation.ts';
import { assertInvariants } from '../invariants.ts';
import { approve, workflowEnds, workflowReaches } from '../life.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { until } from '../until.ts';

describe('an erasure', { concurrency: 3 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  async function installed(work: (installation: Installation) => Promise<void>, policy = {}) {
    const { installation, remove } = await stage.install(policy);
    try {
      await installation.startDeskHere();
      await work(installation);
      await assertInvariants(sceneOf(installation));
    } finally {
      await remove();
    }
  }

  for (const point of ['archive.begun', 'archive.written', 'archive.recorded'])
    it(`fault 28: of a session whose archive was cut off at ${point} leaves nothing`, () =>
      installed(async (installation) => {
        const customer = installation.addCustomer();
        const { sessionId, topicId } = await converse(installation, customer);
        close(installation, topicId);
        assert.equal(await installation.start('worker', point).ended, 'SIGKILL');
        const { erasureId } = await erase(installation, customer);
        installation.start('worker');
        await erasureDone(installation, erasureId);
        await assertNothingLeft(installation, sessionId);
        assert.equal((await auditCounts(installation, sessionId, 'session.erased')).length, 1);
      }));

  for (const point of ['deletion.begun', 'deletion.object-gone', 'deletion.recorded'])
    it(`fault 28: of a session whose deletion was cut off at ${point} ends it once, by one or the other`, () =>
      installed(
        async (installation) => {
          const customer = installation.addCustomer();
          const { sessionId, topicId } = await converse(installation, customer);
          close(installation, topicId);
          const doomed = installation.start('worker', point);
          await workflowReaches(installation, sessionId, 'review');
          await approve(installation, sessionId);
          assert.equal(await doomed.ended, 'SIGKILL');
          // Whoever has nothing left is told so, and no erasure is begun.
          const erasing = await erase(installation, customer).catch(() => undefined);
          installation.start('worker');
          if (erasing?.erasureId) await erasureDone(installation, erasing.erasureId);
          await workflowEnds(installation, sessionId);
          await assertNothingLeft(installation, sessionId);
          const ends = await Promise.all(
            ['session.deleted', 'session.erased'].map((action) =>
              auditCounts(installation, sessionId, action),
            ),
          );
          assert.equal(ends.flat().length, 1);
        },
        { keep: 'PT1S' },
      ));

  it('faults 10 and 11: what Telegram delivers again or as edited after it stores nothing', () =>
    installed(async (installation) => {
      const { services, sandbox } = installation;
      installation.start('worker');
      const customer = installation.addCustomer();
      const { message_id: messageId } = sandbox.world.play.send(customer, { text: 'I want to be gone' });
      const sessionId = await until('the message is stored', async () => {
        const row = await services.db.selectFrom('message').select('session_id').executeTakeFirst();
        return row?.session_id;
      });
      const { update_id: updateId } = await services.db
        .selectFrom('inbox')
        .select('update_id')
        .where('kind', '=', 'message')
        .executeTakeFirstOrThrow();
      await workflowReaches(installation, sessionId, 'open');
      await erasureDone(installation, (await erase(installation, customer)).erasureId);
      await everythingSent(installation);

      const from = { id: customer, is_bot: false, first_name: 'Anna' };
      const message = {
        ...{ message_id: messageId, date: Math.floor(Date.now() / 1000), text: 'I want to be gone' },
        ...{ from, chat: { id: customer, type: 'private', first_name: 'Anna' } },
      };
      const botId = Number(services.config.bots['shop']?.token.split(':')[0]);
      const later = Number(updateId) + 1000;
      sandbox.world.faults.sendRaw(botId, { update_id: Number(updateId), message });
      sandbox.world.faults.sendRaw(botId, {
        update_id: later,
        edited_message: { ...message, edit_date: message.date, text: 'and edited' },
      });
      await until('the edit is taken', async () => {
        const row = services.db.selectFrom('inbox').select('outcome').where('update_id', '=', later);
        // Nobody is known whose edit it could be; one of a known person is counted as dropped.
        return (await row.executeTakeFirst())?.outcome === 'handled';
      });
      assert.deepEqual(await services.db.selectFrom('subject').selectAll().execute(), []);
      assert.deepEqual(await liveRows(installation), { messages: 0, revisions: 0, attachments: 0 });
      const sessions = await services.db.selectFrom('session').select('id').execute();
      assert.deepEqual(sessions, [{ id: sessionId }]);
    }));

  async function assertNothingLeft(installation: Installation, sessionId: string) {
    const { services } = installation;
    assert.deepEqual(await objectsOf(installation, sessionId), []);
    assert.deepEqual(await liveRows(installation), { messages: 0, revisions: 0, attachments: 0 });
    assert.equal(await services.vault.stillThere(sessionId), 0);
    assert.deepEqual(await services.db.selectFrom('subject').selectAll().execute(), []);
  }
});
