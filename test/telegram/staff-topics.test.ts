import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { createStaffStage, type StaffStage } from './staff-stage.ts';

let at: DeskStage;
let staff: StaffStage;
let begun: { id: string; topicId: number };
before(async () => {
  at = await createDeskStage();
  staff = createStaffStage(at);
  begun = await staff.begin(at.people.anna, 'Where is my parcel?');
});
after(() => at.stop());

/** The texts of the group's General topic. */
function general() {
  const { play } = at.sandbox.world;
  return play.messages(at.people.agent, at.staffChat, 0).map(({ text }) => text ?? '');
}

describe('while Telegram lets no topic be made', () => {
  const customers: number[] = [];

  it('messages are stored, and what needs no topic goes on', async () => {
    const { world } = at.sandbox;
    // A later one may be asked for only once the first was refused.
    world.faults.add({
      method: 'createForumTopic',
      times: 1,
      outcome: { errorCode: 429, retryAfter: 3 },
    });
    for (let index = 0; index < 7; index++) {
      const person = { role: 'customer', firstName: `C${index}`, languageCode: 'en' } as const;
      const id = world.addPerson('shop', person);
      customers.push(id);
      world.play.send(id, { text: `waiting ${index}` });
      await until('it is stored', async () => (await openSessions()).length === index + 2);
    }
    assert.ok((await openSessions()).filter(({ topic_id: topicId }) => topicId === null).length === 7);
    staff.write(begun.topicId, 'On its way!');
    await at.sees(at.people.anna, /^On its way!$/);
  });

  it('the General topic tells how many wait', async () => {
    await until('the notice', () => general().find((text) => /[567] sessions wait for a topic/.test(text)));
  });

  it('they get their topics in the order in which they began, each with what came in meanwhile', async () => {
    const sessions = await until('every topic', async () => {
      const all = await openSessions();
      return all.every(({ topic_id: topicId }) => topicId !== null) ? all : undefined;
    });
    const topics = sessions.map(({ topic_id: topicId }) => topicId ?? 0);
    assert.deepEqual(
      topics,
      topics.toSorted((a, b) => a - b),
    );
    for (const [index, topicId] of topics.slice(1).entries())
      await staff.says(topicId, new RegExp(`^waiting ${index}$`));
  });

  it('the notice says when none waits any more', async () => {
    await until('the end of it', () => general().find((text) => /Every session that waited/.test(text)));
    assert.equal(general().filter((text) => /wait/.test(text)).length, 1);
  });
});

async function openSessions() {
  return at.db
    .selectFrom('session')
    .select(['id', 'topic_id'])
    .where('phase', '=', 'open')
    .orderBy('opened_at')
    .execute();
}

describe('a topic that somebody deleted', () => {
  const gone = { errorCode: 400, description: 'Bad Request: message thread not found' };

  it('is made again, with its card, and the message arrives there', async () => {
    const { faults, play } = at.sandbox.world;
    faults.add({ method: 'copyMessage', chatId: at.staffChat, times: 1, outcome: gone });
    play.send(at.people.anna, { text: 'anybody there?' });
    const topicId = await until('another topic', async () => {
      const { topic_id: now, card_pinned: pinned } = await staff.session(begun.id);
      return now !== begun.topicId && pinned && now ? now : undefined;
    });
    await staff.says(topicId, /^anybody there\?$/);
    assert.match((await staff.card(begun.id)).text ?? '', /Anna Keller/);
    begun = { ...begun, topicId };
  });

  it('is made again once: a second refusal is told, and not a third topic made', async () => {
    const { faults, play } = at.sandbox.world;
    faults.add({ method: 'copyMessage', chatId: at.staffChat, times: 2, outcome: gone });
    play.send(at.people.anna, { text: 'still nobody?' });
    const { topic_id: topicId } = await until('the second one', async () => {
      const session = await staff.session(begun.id);
      return session.topic_id !== begun.topicId && session.topic_id ? session : undefined;
    });
    await staff.says(topicId ?? 0, /does not let be copied here/);
    assert.equal((await staff.session(begun.id)).topic_id, topicId);
  });
});

describe('an anonymous administrator', () => {
  it('is told why nothing was done, whatever they wrote', async () => {
    const { topic_id: threadId } = await staff.session(begun.id);
    const chat = { id: at.staffChat, type: 'supergroup', title: 'Test shop – staff', is_forum: true };
    const { last } = await at.db
      .selectFrom('inbox')
      .select((eb) => eb.fn.max('update_id').as('last'))
      .executeTakeFirstOrThrow();
    for (const [index, text] of ['an answer', '/close', '/note a note'].entries())
      at.sandbox.world.faults.sendRaw(at.botId, {
        update_id: Number(last) + 1000 + index,
        message: {
          ...{ message_id: 90_000 + index, date: 1, chat, sender_chat: chat, text },
          ...{ message_thread_id: threadId, is_topic_message: true },
          from: { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' },
          ...(text.startsWith('/') && {
            entities: [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length }],
          }),
        },
      });
    await until('all three are refused', () => {
      const said = staff
        .messages(threadId ?? 0)
        .filter(({ text }) => /anonymous administrator/.test(text ?? ''));
      return said.length === 3;
    });
    assert.equal((await staff.session(begun.id)).phase, 'open');
    assert.ok(!at.chat(at.people.anna).includes('an answer'));
  });
});
