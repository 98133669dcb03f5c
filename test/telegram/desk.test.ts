import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
before(async () => {
  at = await createDeskStage();
});
after(() => at.stop());

async function newest() {
  return at.db
    .selectFrom('session')
    .selectAll()
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
}

/** The button of the newest message that has buttons. */
function button(userId: number, label: RegExp) {
  const message = at.sandbox.world.play.messages(userId, userId).findLast((one) => one.reply_markup);
  const found = message?.reply_markup?.inline_keyboard.flat().find((one) => label.test(one.text));
  if (!message || !found || !('callback_data' in found)) assert.fail(`no button ${label}`);
  return { messageId: message.message_id, data: found.callback_data };
}

describe('a customer', () => {
  it('is greeted with the privacy notice, and the answer is kept with the version shown', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.start(anna);
    await at.sees(anna, /keeps this conversation/);
    at.sandbox.world.play.press(anna, button(anna, /I agree/));
    await at.sees(anna, /Thank you/);
    const consents = await at.db.selectFrom('consent').select(['choice', 'notice_version']).execute();
    assert.deepEqual(consents, [{ choice: 'agreed', notice_version: '1' }]);
  });

  it('who declined is told that nothing is stored, and nothing is', async () => {
    const { boris } = at.people;
    at.sandbox.world.play.start(boris);
    await at.sees(boris, /хранит эту беседу/);
    at.sandbox.world.play.press(boris, button(boris, /Нет, спасибо/));
    await at.sees(boris, /Ничего из того, что вы здесь пишете, не сохраняется/);
    at.sandbox.world.play.send(boris, { text: 'secret' });
    await at.sees(boris, /не сохранено/);
    assert.deepEqual(await at.db.selectFrom('session').select('id').execute(), []);
  });

  it('writes, and staff find the message in a topic of its own; their answer comes back', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: 'Where is my parcel?' });
    await at.topicSays(/^Where is my parcel\?$/);
    assert.match(at.topic()?.name ?? '', /open · [0-9a-f]{8}$/);
    at.sayInTopic('On its way!');
    await at.sees(anna, /^On its way!$/);
  });

  it('edits, and both sides see the new text while both revisions are kept', async () => {
    const { anna } = at.people;
    const sent = at.sandbox.world.play.send(anna, { text: 'my numer is 5' });
    await at.topicSays(/^my numer is 5$/);
    at.sandbox.world.play.edit(anna, { messageId: sent.message_id, text: 'my number is 5' });
    await at.topicSays(/^my number is 5\n\n✏️ edited$/);
    const { id } = await newest();
    const revisions = await at.db
      .selectFrom('revision')
      .innerJoin('message', 'message.id', 'revision.message_id')
      .select('revision.revision')
      .where('message.session_id', '=', id)
      .where('message.telegram_message_id', '=', sent.message_id)
      .orderBy('revision')
      .execute();
    assert.deepEqual(
      revisions.map((row) => row.revision),
      [1, 2],
    );
  });

  it('sends a file, which reaches staff and is kept as an attachment', async () => {
    const { anna } = at.people;
    const file = { name: 'receipt.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.4 receipt') };
    at.sandbox.world.play.send(anna, { text: 'my receipt', file });
    await at.topicSays(/^my receipt$/);
    const kept = await at.db.selectFrom('attachment').select(['kind', 'size_bytes']).execute();
    assert.deepEqual(kept, [{ kind: 'document', size_bytes: file.bytes.length }]);
  });
});

describe('staff in the topic', () => {
  it('label, close and reopen; the topic and the customer are told', async () => {
    const { anna } = at.people;
    at.sayInTopic('/tag refund');
    await at.topicSays(/Tags: refund/);
    at.sayInTopic('/close');
    await at.topicSays(/Can be reopened until/);
    await at.sees(anna, /This conversation is closed/);
    await until('the topic to be closed', () => at.topic()?.closed);
    assert.equal((await newest()).phase, 'closed');
    at.sayInTopic('/reopen');
    await at.topicSays(/Open again/);
    await at.sees(anna, /open again/);
    assert.equal((await newest()).phase, 'open');
  });

  it('hold and release by role: an agent is refused, a supervisor is not', async () => {
    at.sayInTopic('/hold claim 4711');
    await at.topicSays(/not on the list/);
    at.sayInTopic('/hold claim 4711', at.people.supervisor);
    await at.topicSays(/On hold: nothing is deleted/);
    at.sayInTopic('/release', at.people.supervisor);
    await at.topicSays(/release waits for a second person/);
  });

  it('are told what is wrong and what to do', async () => {
    at.sayInTopic('/tag two words');
    await at.topicSays(/not a tag.*\/tag refund/);
    at.sayInTopic('/close');
    await until('closed', async () => (await newest()).phase === 'closed');
    at.sayInTopic('/close');
    await at.topicSays(/This session is closed\. Only an open session/);
  });

  it('who mistype a command are told, and the customer sees nothing of it', async () => {
    at.sayInTopic('/clsoe now');
    await at.topicSays(/There is no such command.*\/close/);
    assert.ok(!at.chat(at.people.anna).some((line) => line.includes('clsoe')));
  });

  it('who are not on the list can do nothing, whatever group they are in', async () => {
    const before = (await newest()).phase;
    const stranger = at.sandbox.world.addPerson('shop', {
      role: 'agent',
      firstName: 'Eve',
      languageCode: 'en',
    });
    at.sayInTopic('/reopen', stranger);
    await until(
      'the stranger to be refused',
      () => at.topic()?.texts.filter((line) => /not on the list/.test(line)).length === 2,
    );
    assert.equal((await newest()).phase, before);
  });
});

describe('whatever Telegram sends', () => {
  it('garbage, repetitions and unknown kinds stop nothing', async () => {
    const { faults } = at.sandbox.world;
    for (const raw of [
      {},
      { message: null },
      { message: { message_id: 1, date: 1, chat: { id: 5, type: 'private', first_name: 'x' } } },
      {
        message: { message_id: 2, date: 'x', text: 5, from: { id: 'y' }, chat: { id: 'z', type: 'private' } },
      },
      { something_new: { of: 'tomorrow' } },
      {
        callback_query: {
          id: '1',
          from: { id: 9, is_bot: false, first_name: 'x' },
          data: 'r:approve:nonsense:1',
        },
      },
    ])
      faults.sendRaw(at.botId, raw);
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: 'still there?' });
    faults.repeatUpdate(at.botId);
    await at.topicSays(/^still there\?$/);
    const copies = () => at.topic()?.texts.filter((line) => line === 'still there?').length;
    at.sandbox.world.play.send(anna, { text: 'and now?' });
    await at.topicSays(/^and now\?$/);
    assert.equal(copies(), 1);
  });

  it('429 is obeyed, and what waited arrives', async () => {
    const { anna } = at.people;
    at.sandbox.world.faults.add({
      method: 'copyMessage',
      times: 2,
      outcome: { errorCode: 429, retryAfter: 1 },
    });
    at.sandbox.world.play.send(anna, { text: 'slow down' });
    await at.topicSays(/^slow down$/);
  });

  it('a customer who blocked the bot holds up nothing', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.block(anna);
    at.sayInTopic('are you there?');
    await until('the delivery to be given up', async () => {
      const row = await at.db
        .selectFrom('delivery')
        .select('id')
        .where('outcome', '=', 'blocked')
        .executeTakeFirst();
      return row !== undefined;
    });
    await at.topicSays(/has blocked the bot: the last answer was not delivered/);
    at.sandbox.world.play.unblock(anna);
  });

  it('a message that Telegram does not let be copied is kept, and staff learn of it', async () => {
    const { anna } = at.people;
    at.sandbox.world.faults.add({ method: 'copyMessage', times: 1, outcome: { errorCode: 400 } });
    at.sandbox.world.play.send(anna, { text: 'a rare thing' });
    await at.topicSays(/does not let be copied here/);
  });
});
