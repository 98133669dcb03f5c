import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Bot } from 'grammy';
import { end } from '../../src/acts/erasures.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { erasureStage, type ErasureStage } from './erasure-stage.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let on: ErasureStage;

const shop = testProject();
const policy = {
  ...shop.policy,
  rules: shop.policy.rules.map((rule) =>
    rule.id === 'transactions' ? { ...rule, duty: 'legal' as const, exemptFromErasure: true } : rule,
  ),
};

before(async () => {
  at = await createDeskStage({ policy });
  on = erasureStage(at);
});
after(() => at.stop());

const staff = { kind: 'staff' as const, id: 'a-supervisor', role: 'supervisor' };

describe('asking for an erasure', () => {
  it('tells somebody of whom nothing is kept just that', async () => {
    const person = on.person();
    on.says(person, '/deletemydata');
    await at.sees(person, /Nothing is kept about you here/);
    assert.deepEqual(await on.erasuresOf(person), []);
  });

  for (const command of ['/deletemydata', '/removemydata', '/forgetme', '/start deletemydata'])
    it(`${command} says what goes and what stays, and does nothing yet`, async () => {
      const person = on.person();
      await on.writes(person, 'a secret');
      await on.writes(person, 'another');
      await on.asks(person, command);
      const question = await at.sees(person, /Conversations that go: 1, with messages: 2/);
      assert.match(question, /Nothing has to stay/);
      assert.match(question, /cannot be undone/);
      const erasure = await on.erasureOf(person);
      assert.equal(erasure.state, 'requested');
      assert.ok(question.includes(erasure.number));
      assert.equal(await on.messagesOf(person), 2);
    });

  it('names what the law or a hold keeps, until when and why', async () => {
    const person = on.person();
    const bought = await on.writes(person, 'I bought something');
    await at.acts.changeTag({
      sessionId: bought,
      tag: 'transaction',
      change: 'add',
      actor: staff,
      now: new Date(),
    });
    await on.archive(person);
    const claimed = await on.writes(person, 'I claim something');
    await at.acts.placeHold({ sessionId: claimed, reason: 'secret-claim', actor: staff, now: new Date() });
    await on.asks(person);
    const question = await at.sees(person, /What has to stay/);
    const year = String(new Date().getUTCFullYear() + 3);
    assert.match(question, new RegExp(`by law, until .*${year}.* Reason: audits`));
    assert.match(question, /Conversations: 1, on hold/);
    assert.match(question, /Conversations that go: 0/);
    assert.ok(!question.includes('secret-claim'));
  });

  it('is taken back with the other button, and nothing is deleted', async () => {
    const person = on.person();
    await on.writes(person, 'stay');
    await on.asks(person);
    const answer = await on.presses(person, on.button(person, /Keep it/));
    assert.match(answer.text ?? '', /Nothing was deleted/);
    await at.sees(person, /^Nothing was deleted/);
    assert.equal((await on.erasureOf(person)).state, 'withdrawn');
    assert.equal(await on.messagesOf(person), 1);
  });

  it('twenty times in a minute leaves one request, one live button and a few answers', async () => {
    const person = on.person();
    await on.writes(person, 'hello');
    for (let time = 0; time < 20; time++) on.says(person, '/deletemydata');
    await at.sees(person, /Please wait: I answer this again/);
    await on.writes(person, 'after all of them');
    const rows = await on.erasuresOf(person);
    assert.equal(rows.length, 1);
    assert.equal(on.count(person, /Delete everything/), 3);
    assert.equal(on.count(person, /Please wait/), 1);
    const live = at.sandbox.world.play
      .messages(person, person)
      .filter(
        (message) =>
          (message.reply_markup?.inline_keyboard.length ?? 0) > 0 &&
          /Delete everything/.test(message.text ?? ''),
      );
    assert.equal(live.length, 1);
    assert.equal(rows[0]?.progress_message_id, live[0]?.message_id);
  });

  it('in a group is answered with the way to the private chat, without a word about anybody', async () => {
    const { play } = at.sandbox.world;
    play.send(at.people.agent, { chatId: at.staffChat, text: '/deletemydata' });
    const general = () => play.messages(at.people.agent, at.staffChat);
    const answer = await until('an answer in the group', () =>
      general().find((message) => /write to me in private/.test(message.text ?? '')),
    );
    const [button] = answer.reply_markup?.inline_keyboard.flat() ?? [];
    assert.ok(button && 'url' in button);
    assert.match(button.url, /^https:\/\/t\.me\/shop_bot\?start=deletemydata$/);
  });

  it('by an anonymous administrator or a channel is refused', async () => {
    const chat = { id: at.staffChat, type: 'supergroup', title: 'staff', is_forum: true };
    at.sandbox.world.faults.sendRaw(at.botId, {
      message: {
        message_id: 990,
        date: Math.floor(Date.now() / 1000),
        chat,
        from: { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' },
        sender_chat: chat,
        text: '/deletemydata',
        entities: [{ type: 'bot_command', offset: 0, length: 13 }],
      },
    });
    await until('the refusal', () =>
      at.sandbox.world.play
        .messages(at.people.agent, at.staffChat)
        .find((message) => /cannot tell who you are/.test(message.text ?? '')),
    );
  });

  for (const [language, question, button] of [
    ['ru', /Удалить всё/, /Удалить мои данные/],
    ['zh-hans', /要删除/, /删除我的数据/],
    ['es', /¿Borrar todo/, /Borrar mis datos/],
    ['de', /Delete everything/, /Delete my data/],
  ] as const)
    it(`speaks to somebody whose app speaks ${language}`, async () => {
      const person = on.person(language);
      await on.writes(person, 'hello');
      await on.asks(person);
      await at.sees(person, question);
      assert.ok(on.button(person, button));
    });
});

describe('the one-time button', () => {
  it('is refused to everybody else, wherever they press a copy of it', async () => {
    const person = on.person();
    const other = on.person();
    await on.writes(person, 'mine');
    await on.writes(other, 'theirs');
    const { data } = await on.asks(person);
    for (const [presser, chatId] of [
      [other, other],
      [at.people.agent, at.staffChat],
    ] as const) {
      const copy = await on.api.sendMessage(chatId, 'look', {
        reply_markup: { inline_keyboard: [[{ text: 'Press', callback_data: data }]] },
      });
      const answer = await on.presses(presser, { chatId, messageId: copy.message_id, data });
      assert.ok(answer.showAlert);
      assert.match(answer.text ?? '', /not yours, or no longer valid/);
    }
    assert.equal((await on.erasureOf(person)).state, 'requested');
    assert.deepEqual(await on.erasuresOf(other), []);
  });

  it('is refused to the person themselves outside the private chat', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    const { data } = await on.asks(person);
    at.sandbox.world.faults.sendRaw(at.botId, {
      callback_query: {
        id: '77',
        from: { id: person, is_bot: false, first_name: 'Nadia', language_code: 'en' },
        chat_instance: '1',
        inline_message_id: 'abc',
        data,
      },
    });
    await on.writes(person, 'afterwards');
    assert.equal((await on.erasureOf(person)).state, 'requested');
  });

  it('is worthless once a newer one exists, and once it was used', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    const first = await on.asks(person);
    on.says(person, '/deletemydata');
    await until('the second question', () => on.count(person, /Delete everything/) === 2);
    await until('the older button to go', () => on.button(person, /Delete my data$/).data !== first.data);
    const again = async (data: string) => {
      const copy = await on.api.sendMessage(person, 'old', {
        reply_markup: { inline_keyboard: [[{ text: 'Old', callback_data: data }]] },
      });
      return on.presses(person, { messageId: copy.message_id, data });
    };
    assert.match((await again(first.data)).text ?? '', /no longer valid/);
    const second = on.button(person, /Delete my data$/);
    assert.match((await on.presses(person, second)).text ?? '', /Confirmed/);
    assert.match((await again(second.data)).text ?? '', /under way/);
    assert.equal((await on.erasuresOf(person)).length, 1);
  });
});

/** Asks and confirms, both as the customer. */
async function confirmed(person: number) {
  const answer = await on.presses(person, await on.asks(person));
  assert.match(answer.text ?? '', /Confirmed|Подтверждено/);
  return on.erasureOf(person);
}

describe('a confirmed erasure', () => {
  it('shows how far it is in the one message, which ends as the receipt', async () => {
    const person = on.person();
    await on.writes(person, 'first');
    await on.archive(person);
    await on.writes(person, 'second');
    at.sandbox.world.play.send(person, { text: 'third' });
    await until('the third', async () => (await on.messagesOf(person)) === 2);
    const { id, number, progress_message_id: messageId } = await confirmed(person);
    await at.sees(person, /Confirmed, and hidden from everybody/);
    const erasure = await on.carriesOut(id);
    assert.equal(erasure.state, 'done');
    const about = at.sandbox.world.play
      .messages(person, person)
      .filter((message) => message.text?.includes(number));
    assert.deepEqual(
      about.map((message) => message.message_id),
      [messageId],
    );
    const receipt = about[0]?.text ?? '';
    assert.match(receipt, new RegExp(`Receipt ${number}: your data is deleted`));
    assert.match(receipt, /2 conversations/);
    assert.match(receipt, /3 messages/);
    assert.match(receipt, /1 archived file\n/);
    assert.match(receipt, /Keys destroyed: .*\(UTC\)/);
    assert.match(receipt, /Nothing has to stay/);
    assert.match(receipt, /on Telegram’s servers and on your devices/);
    assert.match(receipt, /At the latest: .*Deadline by/s);
    const [copy] = about[0]?.reply_markup?.inline_keyboard.flat() ?? [];
    assert.deepEqual(copy && 'copy_text' in copy && copy.copy_text, { text: number });
  });

  it('takes back the list of commands in the language they chose', async () => {
    const person = on.person();
    await on.writes(person, 'en español');
    const scope = { type: 'chat', chat_id: person } as const;
    const { api } = new Bot(at.token, { client: { apiRoot: at.sandbox.apiRoot } });
    await api.setMyCommands([{ command: 'mydata', description: 'Sus datos' }], { scope });
    const { id } = await confirmed(person);
    await on.carriesOut(id);
    await until('the list to go', async () => (await api.getMyCommands({ scope })).length === 0);
  });

  it('can be asked for by its number afterwards, and then nothing else is kept', async () => {
    const person = on.person();
    await on.writes(person, 'gone soon');
    const { id, number } = await confirmed(person);
    await on.carriesOut(id);
    assert.equal(await on.subjectOf(person), '');
    on.says(person, `/status ${number.toLowerCase()}`);
    await until('the receipt again', () => on.count(person, new RegExp(`Receipt ${number}`)) === 2);
    on.says(person, '/mydata');
    await at.sees(person, /Nothing is kept about you here/);
    const stranger = on.person();
    on.says(stranger, `/status ${number}`);
    await at.sees(stranger, /There is no erasure request of yours/);
  });

  it('is joined by a second request, which shows how far it is', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    const { number } = await confirmed(person);
    await at.sees(person, /hidden from everybody/);
    await on.delivered();
    on.says(person, '/forgetme');
    const progress = () => on.count(person, new RegExp(`Erasure of your data · ${number}`));
    await until('the progress in a new message alone', () => {
      const last = at.chat(person).at(-1) ?? '';
      return last.includes(number) && progress() === 1;
    });
    assert.equal((await on.erasuresOf(person)).length, 1);
  });

  it('writes a new message where the old one is gone', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    const { id, number, progress_message_id: messageId } = await confirmed(person);
    await on.delivered();
    await on.api.deleteMessage(person, messageId ?? 0);
    const erasure = await on.carriesOut(id);
    assert.notEqual(erasure.progress_message_id, messageId);
    await at.sees(person, new RegExp(`Receipt ${number}`));
  });

  it('names in its receipt what stays, and tells nothing of why it is held', async () => {
    const person = on.person();
    const bought = await on.writes(person, 'I bought something');
    await at.acts.changeTag({
      sessionId: bought,
      tag: 'transaction',
      change: 'add',
      actor: staff,
      now: new Date(),
    });
    await on.archive(person);
    await on.writes(person, 'something else');
    const { id, number } = await confirmed(person);
    assert.equal((await on.carriesOut(id)).state, 'restricted');
    const receipt = await at.sees(person, new RegExp(`Receipt ${number}`));
    assert.match(receipt, /1 conversation\n/);
    assert.match(receipt, /Conversations: 1, by law, until .* Reason: audits/);
    on.says(person, '/mydata');
    await at.sees(person, /Kept against your erasure request/);
  });

  it('is told once more, in a new message, when what had to stay is gone too', async () => {
    const person = on.person();
    const claimed = await on.writes(person, 'I claim something');
    await at.acts.placeHold({ sessionId: claimed, reason: 'claim', actor: staff, now: new Date() });
    await on.archive(person);
    const { id, number } = await confirmed(person);
    assert.equal((await on.carriesOut(id)).state, 'restricted');
    await at.sees(person, new RegExp(`Receipt ${number}: all of it has to stay for now`));
    await at.db.updateTable('hold').set({ released_at: new Date() }).execute();
    await on.looksAgain(id);
    const { state, deadline_at: deadline, resumed_at: resumed } = await on.carriesOut(id);
    assert.equal(state, 'done');
    assert.equal((deadline?.getTime() ?? 0) - (resumed?.getTime() ?? 0), 48 * 3_600_000);
    await at.sees(person, new RegExp(`Receipt ${number}: what had to stay is deleted now as well`));
    assert.equal(on.count(person, /what had to stay is deleted now as well/), 1);
    assert.equal(on.count(person, new RegExp(`Receipt ${number}: all of it has to stay for now`)), 1);
  });

  it('ends for somebody who has blocked the bot, whose receipt goes unseen', async () => {
    const person = on.person();
    await on.writes(person, 'mine');
    const { nonce, erasureId } = await at.acts.requestErasure({
      projectId: 'shop',
      telegramUserId: person,
      now: new Date(),
    });
    at.sandbox.world.play.block(person);
    await at.acts.confirmErasure({
      projectId: 'shop',
      telegramUserId: person,
      nonce: nonce ?? '',
      now: new Date(),
    });
    assert.equal((await on.carriesOut(erasureId)).state, 'done');
  });

  it('tells whoever writes meanwhile, once, that this is not part of it', async () => {
    const person = on.person();
    await on.writes(person, 'before');
    const { number } = await confirmed(person);
    await at.sees(person, /hidden from everybody/);
    const later = await on.writes(person, 'after');
    await at.sees(person, new RegExp(`began a new conversation. It is not part of the erasure ${number}`));
    await on.writes(person, 'after that');
    assert.equal(on.count(person, /began a new conversation/), 1);
    const session = await at.db
      .selectFrom('session')
      .selectAll()
      .where('id', '=', later)
      .executeTakeFirstOrThrow();
    assert.equal(session.erasure_id, null);
  });

  it('that is refused tells the ground, and where to complain', async () => {
    const person = on.person('ru', 'Nina');
    await on.writes(person, 'mine');
    await on.asks(person);
    const erasure = await on.erasureOf(person);
    await at.db
      .transaction()
      .execute((tx) =>
        end(tx, erasure, { state: 'refused', ground: 'открытый спор', actor: staff, now: new Date() }),
      );
    const told = await at.sees(person, /в запросе .* отказано/i);
    assert.match(told, /Основание: открытый спор/);
    assert.match(told, /орган по защите данных/);
  });
});
