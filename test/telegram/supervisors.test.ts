import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Api } from 'grammy';
import { sql } from 'kysely';
import { queueReminders } from '../../src/acts/review-reminders.ts';
import { reviewOf } from '../../src/db/reviews.ts';
import { until } from '../support/until.ts';
import { createSupervisorsStage, type SupervisorsStage } from './supervisors-stage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let at: SupervisorsStage;
before(async () => {
  at = await createSupervisorsStage();
});
after(() => at.stop());

const short = (sessionId: string) => new RegExp(sessionId.slice(0, 8));
const cardOf = (userId: number, sessionId: string) =>
  until('the card', () =>
    at
      .messages(userId)
      .find((one) => /Review of session/.test(one.text ?? '') && short(sessionId).test(one.text ?? '')),
  );
const buttonsOf = (message: Awaited<ReturnType<typeof cardOf>>) =>
  message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe('the card of a review', () => {
  it('shows each supervisor how long is left and what silence will do', async () => {
    const [sessionId = ''] = await at.inReview(1);
    for (const person of [at.people.supervisor, at.second]) {
      const { text = '' } = await cardOf(person, sessionId);
      assert.match(text, /7 days left\. Without a decision it is deleted at \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
      assert.match(text, /Kept by rule: base/);
    }
    assert.equal(at.count(at.operator, short(sessionId)), 0, 'an operator sees no review');
  });

  it('is renewed in place by a reminder, which rings once for each of its dates', async () => {
    const [sessionId = ''] = await at.inReview(1, { openedAt: new Date(Date.now() - 4.5 * DAY_MS) });
    const before = await cardOf(at.second, sessionId);
    const reminders = () => at.count(at.second, new RegExp(`⏰ Session ${sessionId.slice(0, 8)}`));

    // Two processes look at the same moment, and again later: one reminder, of the latest date that is due.
    await Promise.all([queueReminders(at.db, new Date()), queueReminders(at.db, new Date())]);
    await queueReminders(at.db, new Date());
    await until('the reminder', () => reminders() === 1);
    await sql`update review set due_at = now() + interval '20 hours' where session_id = ${sessionId}`.execute(
      at.db,
    );
    await queueReminders(at.db, new Date());
    await until('the second reminder', () => reminders() === 2);
    const renewed = await cardOf(at.second, sessionId);
    assert.equal(renewed.message_id, before.message_id);
    assert.match(renewed.text ?? '', /20 hours left/);
    const rows = await at.db
      .selectFrom('review_reminder')
      .select('hours')
      .where('session_id', '=', sessionId)
      .execute();
    assert.deepEqual(rows.map(({ hours }) => hours).sort(), [24, 72]);
  });

  it('is not reminded of once it is decided', async () => {
    const [sessionId = ''] = await at.inReview(1, { openedAt: new Date(Date.now() - 6.5 * DAY_MS) });
    await cardOf(at.second, sessionId);
    await at.acts.decideReview({
      ...{ sessionId, decision: 'hold', reason: 'T-1', now: new Date() },
      actor: { kind: 'staff', id: await at.staffId(at.second) },
    });
    await queueReminders(at.db, new Date());
    const rows = await at.db
      .selectFrom('review_reminder')
      .selectAll()
      .where('session_id', '=', sessionId)
      .execute();
    assert.deepEqual(rows, []);
  });
});

describe('an old card', () => {
  it('answers with who decided what and when, and loses its buttons', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const card = await cardOf(at.second, sessionId);
    const data = `r:approve:${sessionId}:1`;
    await at.press(at.people.supervisor, 'Keep 30 days more', { says: short(sessionId) });
    // Sue's app still shows the buttons: the data is pressed as it was sent.
    await until('the renewed card', async () => buttonsOf(await cardOf(at.second, sessionId)).length === 0);
    const { message_id: messageId } = card;
    await reviveButtons(messageId, data);
    const answer = await at.pressData(at.second, { messageId, data });
    const sam = (await at.staffId(at.people.supervisor)).slice(0, 8);
    assert.match(answer.text ?? '', new RegExp(`Round 1 is over\\. Extended by staff ${sam} at \\d{4}-`));
    assert.ok(answer.showAlert);
    await until('no buttons', async () => buttonsOf(await cardOf(at.second, sessionId)).length === 0);
    assert.equal((await reviewOf(at.db, sessionId, 1))?.ended, 'extend');
  });

  it('tells whoever decided that it was they, and of the newer round', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const { message_id: messageId } = await cardOf(at.second, sessionId);
    await at.press(at.second, 'Keep 30 days more', { says: short(sessionId) });
    await sql`update session set phase = 'review', review_round = 2 where id = ${sessionId}`.execute(at.db);
    await sql`insert into review (session_id, round, opened_at, due_at, on_silence)
      values (${sessionId}, 2, now(), now() + interval '7 days', 'delete')`.execute(at.db);
    const data = `r:hold:${sessionId}:1`;
    await reviveButtons(messageId, data);
    const { text } = await at.pressData(at.second, { messageId, data });
    assert.match(text ?? '', /Extended by you at .* Round 2 has a card of its own/);
    assert.equal((await reviewOf(at.db, sessionId, 2))?.ended, null);
  });
});

/** Puts a button back on a message, as an app shows it that has not heard of the edit yet. */
async function reviveButtons(messageId: number, data: string) {
  const api = new Api(at.token, { apiRoot: at.sandbox.apiRoot });
  await until('the old button', () =>
    api
      .editMessageReplyMarkup(at.second, messageId, {
        reply_markup: { inline_keyboard: [[{ text: 'old', callback_data: data }]] },
      })
      .then(() => true),
  );
}

describe('two supervisors at once', () => {
  it('give one decision, and the other learns who was first', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const cards = await Promise.all([at.people.supervisor, at.second].map((one) => cardOf(one, sessionId)));
    const answers = await Promise.all([
      at.pressData(at.people.supervisor, {
        messageId: cards[0]?.message_id ?? 0,
        data: `r:approve:${sessionId}:1`,
      }),
      at.pressData(at.second, { messageId: cards[1]?.message_id ?? 0, data: `r:hold:${sessionId}:1` }),
    ]);
    const texts = answers.map(({ text }) => text ?? '').sort();
    assert.equal(texts[0], 'Recorded.');
    assert.match(texts[1] ?? '', /Round 1 is over\. (Deletion approved|Held) by staff [0-9a-f]{8} at /);
    const decisions = await at.db
      .selectFrom('audit_entry')
      .select('action')
      .where('object_id', '=', sessionId)
      .where('action', 'in', ['review.approve', 'review.hold'])
      .execute();
    assert.equal(decisions.length, 1);
  });
});

describe('where no supervisor has started the bot', () => {
  it('shows the card in the topic of its session', async () => {
    const { play } = at.sandbox.world;
    for (const person of [at.people.supervisor, at.second]) play.block(person);
    const carla = await at.db
      .selectFrom('staff')
      .select('telegram_user_id')
      .where(sql<boolean>`'supervisor' = any(roles)`)
      .execute();
    for (const { telegram_user_id: id } of carla) play.block(Number(id));
    const [sessionId = ''] = await at.inReview(1);
    const card = await until('the card in the group', () =>
      play
        .messages(at.people.agent, at.staffChat)
        .find((one) => /Review of session/.test(one.text ?? '') && short(sessionId).test(one.text ?? '')),
    );
    assert.ok(card.is_topic_message ?? card.message_thread_id);
    const here = { chatId: at.staffChat, messageId: card.message_id };
    const refused = await at.pressData(at.people.agent, { ...here, data: `r:hold:${sessionId}:1` });
    assert.match(refused.text ?? '', /It is for supervisors and compliance/);
    const answer = await at.pressData(at.people.supervisor, { ...here, data: `r:approve:${sessionId}:1` });
    assert.equal(answer.text, 'Recorded.');
    for (const { telegram_user_id: id } of carla) play.unblock(Number(id));
  });
});
