import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readStartPayload } from '../../src/telegram/start-payload.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
before(async () => {
  at = await createDeskStage();
});
after(() => at.stop());

/** The newest message of a private chat with such a button, and what the button says. */
function button(userId: number, label: RegExp) {
  for (const message of at.sandbox.world.play.messages(userId, userId).toReversed()) {
    const found = message.reply_markup?.inline_keyboard.flat().find((one) => label.test(one.text));
    if (found && 'callback_data' in found)
      return { messageId: message.message_id, data: found.callback_data };
  }
  return undefined;
}

async function press(userId: number, label: RegExp) {
  const found = await until(`a button ${label}`, () => button(userId, label));
  return at.sandbox.world.play.press(userId, found);
}

const said = (userId: number, text: RegExp) => at.chat(userId).filter((line) => text.test(line)).length;

const session = () =>
  at.db
    .selectFrom('session')
    .select(['id', 'phase'])
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();

describe('a link to the bot', () => {
  it('may name a language, a source, both in any order, and nothing else', () => {
    assert.deepEqual(readStartPayload('lang_ru'), { language: 'ru' });
    assert.deepEqual(readStartPayload('src_web-lang_es'), { language: 'es', source: 'web' });
    for (const payload of ['', 'lang_', 'lang_russian', 'src_', '-', '__proto__', 'x'.repeat(64)])
      assert.deepEqual(readStartPayload(payload), {});
  });

  it('begins in its language, which stays whatever the app says', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: '/start lang_ru-src_web' });
    await at.sees(anna, /Вы пишете в Test shop/);
    await press(anna, /Принимаю/);
    await at.sees(anna, /Спасибо\. Пишите/);
    at.sandbox.world.play.send(anna, { text: '/end' });
    await at.sees(anna, /Открытой беседы нет/);
    const row = await at.db
      .selectFrom('subject')
      .select(['language', 'chosen_language'])
      .executeTakeFirstOrThrow();
    assert.deepEqual(row, { language: 'en', chosen_language: 'ru' });
    const { entries } = await at.db
      .selectFrom('audit_entry')
      .select((eb) => eb.fn.countAll<number>().as('entries'))
      .where('reason', 'like', '%web%')
      .executeTakeFirstOrThrow();
    assert.equal(Number(entries), 0);
  });

  it('is overruled by /language, which offers every language under its own name', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: '/language' });
    await until('all languages', () => button(anna, /^中文$/) && button(anna, /^Español$/));
    await press(anna, /^English$/);
    await at.sees(anna, /From now on I write to you in: English/);
  });
});

describe('a closed conversation', () => {
  it('is opened again with one tap while its window lasts', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: 'a question' });
    await at.topicSays(/^a question$/);
    at.sandbox.world.play.send(anna, { text: '/end' });
    await at.sees(anna, /This conversation is closed/);
    await press(anna, /Open it again/);
    await at.sees(anna, /This conversation is open again/);
    assert.equal((await session()).phase, 'open');
  });

  it('says that it is too late after the window, and that a message begins anew', async () => {
    const { anna } = at.people;
    const closings = said(anna, /This conversation is closed/);
    at.sandbox.world.play.send(anna, { text: '/end' });
    await until('the closing', () => said(anna, /This conversation is closed/) > closings);
    const { id } = await session();
    await at.db
      .updateTable('session')
      .set({ reopen_until: new Date(Date.now() - 1000) })
      .where('id', '=', id)
      .execute();
    const pressed = await press(anna, /Open it again/);
    const answer = await until('the answer', () => at.sandbox.world.play.callbackAnswer(pressed));
    assert.match(answer.text ?? '', /too late.*Your next message begins a new one/);
    assert.equal((await session()).phase, 'closed');
  });

  it('is not opened by somebody else with the same button', async () => {
    const { boris } = at.people;
    const { id } = await session();
    await at.db
      .updateTable('session')
      .set({ reopen_until: new Date(Date.now() + 3_600_000) })
      .where('id', '=', id)
      .execute();
    at.sandbox.world.play.start(boris);
    await at.sees(boris, /хранит эту беседу/);
    const notice = button(boris, /Принимаю/);
    const last = await at.db
      .selectFrom('inbox')
      .select((eb) => eb.fn.max('update_id').as('id'))
      .executeTakeFirstOrThrow();
    at.sandbox.world.faults.sendRaw(at.botId, {
      // An id below those that were confirmed would never be handed out; the newest may not be noted yet.
      update_id: last.id + 1000,
      callback_query: {
        id: 'stolen',
        from: { id: boris, is_bot: false, first_name: 'Boris' },
        chat_instance: '1',
        message: { message_id: notice?.messageId, date: 0, chat: { id: boris, type: 'private' } },
        data: `o:reopen:${id}`,
      },
    });
    await until('the press to be handled', () =>
      at.db
        .selectFrom('inbox')
        .select('kind')
        .where('update_id', '=', last.id + 1000)
        .executeTakeFirst(),
    );
    assert.equal((await session()).phase, 'closed');
  });
});

describe('a banned customer', () => {
  it('cannot open their conversation again, and is told why', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: 'one thing more' });
    await at.topicSays(/^one thing more$/);
    at.sandbox.world.play.send(anna, { text: '/end' });
    await until('a button', () => button(anna, /Open it again/));
    const theirs = at.db.updateTable('subject').where('telegram_user_id', '=', anna);
    await theirs.set({ banned_at: new Date() }).execute();
    const pressed = await press(anna, /Open it again/);
    const answer = await until('the answer', () => at.sandbox.world.play.callbackAnswer(pressed));
    assert.match(answer.text ?? '', /does not take your messages/);
    assert.equal((await session()).phase, 'closed');
    await theirs.set({ banned_at: null }).execute();
  });
});

describe('the privacy notice', () => {
  it('is asked again when it changes, once per version, in a running session too', async () => {
    const { anna } = at.people;
    await at.db.updateTable('consent').set({ notice_version: '0' }).execute();
    await at.db.updateTable('subject').set({ notice_shown: '0' }).execute();
    for (const text of ['one', 'two', 'three']) at.sandbox.world.play.send(anna, { text });
    await at.topicSays(/^three$/);
    await at.sees(anna, /has changed since you answered it/);
    at.sandbox.world.play.send(anna, { text: 'four' });
    await at.topicSays(/^four$/);
    assert.equal(said(anna, /has changed since you answered it/), 1);
  });

  it('that was declined in an older version keeps what is written unstored until it is agreed to', async () => {
    const { anna } = at.people;
    await at.db.updateTable('consent').set({ notice_version: '0', choice: 'declined' }).execute();
    await at.db.updateTable('subject').set({ notice_shown: '0' }).execute();
    at.sandbox.world.play.send(anna, { text: 'not to be kept' });
    await at.sees(anna, /was not stored/);
    await until('the question', () => said(anna, /has changed since you answered it/) === 2);
    await press(anna, /I agree/);
    await until('the answer', () => said(anna, /Thank you/) > 0);
    at.sandbox.world.play.send(anna, { text: 'to be kept' });
    await at.topicSays(/^to be kept$/);
    assert.ok(!at.topic()?.texts.includes('not to be kept'));
  });
});
