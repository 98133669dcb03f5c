import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { phonesOf, settled, type Phones } from './play.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let phones: Phones;
let group: number;
let anna: number;
let boris: number;

before(async () => {
  at = await createDeskStage({ groups: 'reply', language: 'en' });
  phones = phonesOf(at);
  ({ anna, boris } = at.people);
  const made = { projectId: 'shop', title: 'Three of us', members: [anna, boris], bot: 'administrator' };
  ({ chatId: group } = await phones.post<{ chatId: number }>('groups', made));
});
after(() => at.stop());

function sessions() {
  return at.db.selectFrom('session').selectAll().orderBy('opened_at').execute();
}

async function stored(userId: number) {
  return at.db
    .selectFrom('message')
    .innerJoin('subject', 'subject.id', 'message.subject_id')
    .select(['message.id', 'message.kind', 'message.telegram_message_id'])
    .where('subject.telegram_user_id', '=', userId)
    .where('message.author_role', '=', 'customer')
    .orderBy('message.seq')
    .execute();
}

describe('a group that lets the bot in', () => {
  it('is shown the privacy notice once', async () => {
    await phones.inChat(anna, group, 'the notice', ({ text }) => /\/deletemydata/.test(text ?? ''));
    await phones.post(`groups/${group}/members`, { userId: at.botId, status: 'member' });
    await phones.post(`groups/${group}/members`, { userId: at.botId, status: 'administrator' });
    await phones.send(anna, { chatId: group, text: 'hello @shop_bot' });
    await until('a session', async () => (await sessions()).length === 1);
    await settled(at);
    const notices = (await phones.messages(anna, group)).filter(({ text }) =>
      /\/deletemydata/.test(text ?? ''),
    );
    assert.equal(notices.length, 1);
  });

  it('is a session of its own, whose topic says who wrote', async () => {
    const [session] = await sessions();
    assert.equal(session?.kind, 'group');
    assert.equal(session.subject_id, null);
    await phones.inTopic('who wrote', ({ text }) => text === 'Anna Keller:\nhello @shop_bot');
  });

  it('keeps nothing of what is not meant for the bot', async () => {
    await phones.send(boris, { chatId: group, text: 'we talk among ourselves' });
    await phones.send(boris, { chatId: group, text: '/help me' });
    await phones.inTopic('the command', ({ text }) => text === 'Boris:\n/help me');
    assert.equal((await stored(boris)).length, 1);
  });

  it('has its members as participants, each under a key of their own', async () => {
    const [session] = await sessions();
    const participants = await at.db
      .selectFrom('participant')
      .select('subject_id')
      .where('session_id', '=', session?.id ?? '')
      .execute();
    assert.equal(participants.length, 2);
    const keys = await at.keys
      .selectFrom('data_key')
      .select('subject_id')
      .where('session_id', '=', session?.id ?? '')
      .execute();
    assert.equal(keys.length, 2);
  });

  it('gets the answer of staff as a reply to the message it answers, and may reply to it', async () => {
    const copy = await phones.inTopic("Anna's message", ({ text }) => /hello @shop_bot/.test(text ?? ''));
    const answer = { chatId: at.staffChat, threadId: phones.topicId(), replyTo: copy.message_id };
    await phones.send(at.people.agent, { ...answer, text: 'How can I help?' });
    const got = await phones.inChat(anna, group, 'the answer', ({ text }) => text === 'How can I help?');
    assert.equal(got.reply_to_message?.text, 'hello @shop_bot');
    await phones.send(anna, { chatId: group, text: 'it is broken', replyTo: got.message_id });
    const shown = await phones.inTopic('the reply', ({ text }) => text === 'Anna Keller:\nit is broken');
    assert.equal(shown.reply_to_message?.text, 'How can I help?');
    const [entry] = await at.db
      .selectFrom('message')
      .innerJoin('subject', 'subject.id', 'message.subject_id')
      .select('subject.telegram_user_id')
      .where('author_role', '=', 'agent')
      .execute();
    assert.equal(entry?.telegram_user_id, anna, 'the answer is kept under the key of whom it answers');
  });

  it('sees edits on both sides', async () => {
    const sent = await phones.send(anna, { chatId: group, text: '/order 17' });
    await phones.inTopic('the order', ({ text }) => text === 'Anna Keller:\n/order 17');
    await phones.post(`${anna}/edit`, { chatId: group, messageId: sent.message_id, text: '/order 18' });
    await phones.inTopic('the edit', ({ text }) => text?.startsWith('Anna Keller:\n/order 18'));
  });

  it('shows pictures with who sent them, and places under a line that says so', async () => {
    const picture = { name: 'dent.png', type: 'image/png', bytes: Buffer.from('a dent') };
    await phones.sendFile(boris, { ...picture, chatId: group, text: 'look @shop_bot' });
    const shown = await phones.inTopic('the picture', ({ photo }) => photo);
    assert.equal(shown.caption, 'Boris:\nlook @shop_bot');
    const answer = await phones.inChat(anna, group, 'an answer', ({ text }) => text === 'How can I help?');
    const content = { location: { latitude: 52.5, longitude: 13.4 } };
    await phones.send(boris, { chatId: group, content, replyTo: answer.message_id });
    const place = await phones.inTopic('the place', ({ location }) => location);
    assert.equal(place.reply_to_message?.text, 'Boris:');
  });

  it('shows who reacted, of those who take part', async () => {
    const answer = await phones.inChat(anna, group, 'the answer', ({ text }) => text === 'How can I help?');
    await phones.post(`${anna}/react`, { chatId: group, messageId: answer.message_id, emoji: '👍' });
    await phones.inTopic('the reaction', ({ text }) => text === 'Anna Keller: Reaction: 👍');
    assert.ok((await stored(anna)).some(({ kind }) => kind === 'reaction'));
  });

  it('keeps whoever writes as the group apart from people', async () => {
    await phones.send(anna, { chatId: group, text: '@shop_bot as the group', anonymous: true });
    await phones.inTopic('the group itself', ({ text }) => text === 'Three of us:\n@shop_bot as the group');
    assert.equal((await stored(group)).length, 1);
  });

  it('shows staff what colleagues write in the group itself', async () => {
    await phones.post(`groups/${group}/members`, { userId: at.people.agent, status: 'member' });
    await phones.send(at.people.agent, { chatId: group, text: '@shop_bot I am on it' });
    await phones.inTopic('the colleague', ({ text }) => text === 'From staff:\n@shop_bot I am on it');
  });

  it('who declined in private keeps it to themselves in groups too', async () => {
    const clara = at.sandbox.world.addPerson('shop', {
      role: 'customer',
      firstName: 'Clara',
      languageCode: 'en',
    });
    await phones.post(`groups/${group}/members`, { userId: clara, status: 'member' });
    await phones.post(`${clara}/start`);
    const asked = await phones.inChat(clara, clara, 'the question', ({ reply_markup }) => reply_markup);
    const [button] = asked.reply_markup?.inline_keyboard.flat().slice(-1) ?? [];
    const data = button && 'callback_data' in button ? button.callback_data : '';
    await phones.post(`${clara}/press`, { messageId: asked.message_id, data });
    await until('her answer', async () => {
      const row = await at.db
        .selectFrom('consent')
        .select('choice')
        .where('choice', '=', 'declined')
        .executeTakeFirst();
      return row !== undefined;
    });
    await phones.send(clara, { chatId: group, text: '@shop_bot not me' });
    await phones.send(anna, { chatId: group, text: '@shop_bot but me' });
    await phones.inTopic('the others', ({ text }) => /but me/.test(text ?? ''));
    assert.equal((await stored(clara)).length, 0);
  });
});

describe('a member who is erased', () => {
  it('takes their entries alone, and begins a new session by writing again', async () => {
    const [session] = await sessions();
    const subject = await at.db
      .selectFrom('subject')
      .select('id')
      .where('telegram_user_id', '=', boris)
      .executeTakeFirstOrThrow();
    const now = new Date();
    const asked = await at.acts.requestErasure({ projectId: 'shop', telegramUserId: boris, now });
    await at.acts.confirmErasure({ projectId: 'shop', telegramUserId: boris, nonce: asked.nonce ?? '', now });
    const others = (await stored(anna)).length;
    await phones.send(boris, { chatId: group, text: '@shop_bot it is me again' });
    await until('a new session', async () => (await sessions()).length === 2);
    const [before, again] = await sessions();
    assert.equal(before?.phase, 'closed');
    assert.equal(before.id, session?.id);
    assert.ok(again);
    assert.equal(again.previous_session_id, session?.id);
    assert.equal((await stored(anna)).length, others);
    await until('their copies to leave the topic', async () => {
      const seen = await phones.messages(at.people.agent, at.staffChat, before?.topic_id ?? 0);
      return seen.length > 0 && !seen.some(({ text, caption }) => /Boris/.test(`${text} ${caption}`)) && seen;
    });
    const part = await at.db
      .selectFrom('participant')
      .select('erasure_id')
      .where('session_id', '=', again.id)
      .where('subject_id', '=', subject.id)
      .executeTakeFirst();
    assert.equal(part?.erasure_id, null);
  });
});

describe('a group that becomes a supergroup', () => {
  it('keeps its session, and its answers go to the new one', async () => {
    await settled(at);
    const before = (await sessions()).length;
    const { chatId: supergroup } = await phones.post<{ chatId: number }>(`groups/${group}/migrate`);
    await until('the new id', async () => {
      const row = await at.db.selectFrom('group_chat').select('telegram_chat_id').executeTakeFirst();
      return row?.telegram_chat_id === supergroup;
    });
    await phones.send(anna, { chatId: supergroup, text: '@shop_bot after the move' });
    await phones.inTopic('the move', ({ text }) => text === 'Anna Keller:\n@shop_bot after the move');
    assert.equal((await sessions()).length, before);
    const answer = { chatId: at.staffChat, threadId: phones.topicId(), text: 'Still here' };
    await phones.send(at.people.agent, answer);
    await phones.inChat(anna, supergroup, 'the answer', ({ text }) => text === 'Still here');
  });
});
