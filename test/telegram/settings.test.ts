import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { policySchema } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
before(async () => {
  at = await createDeskStage();
  const policy = policySchema.parse({
    ...testProject().policy,
    rules: [
      ...testProject().policy.rules,
      { id: 'agreed', when: { authorized: true }, keepAtLeast: 'P5Y', because: 'the customer wants it' },
      { id: 'papers', when: { tag: 'identity' }, readers: ['compliance'], because: 'identity papers' },
    ],
    tagging: [
      { id: 'passports', tag: 'identity', when: { keywords: ['passport*'] }, because: 'identity papers' },
    ],
  });
  await at.db
    .insertInto('policy')
    .values({
      project_id: 'shop',
      version: 2,
      document: JSON.stringify(policy),
      author: 'test',
      approved_by: null,
      reason: 'test',
      applied_at: new Date(),
    })
    .execute();
});
after(() => at.stop());

/** The button of the newest message of a private chat that has buttons. */
function button(userId: number, label: RegExp) {
  const message = at.sandbox.world.play.messages(userId, userId).findLast((one) => one.reply_markup);
  const found = message?.reply_markup?.inline_keyboard.flat().find((one) => label.test(one.text));
  return message && found && 'callback_data' in found
    ? { messageId: message.message_id, data: found.callback_data }
    : undefined;
}

async function press(userId: number, label: RegExp) {
  const found = await until(`a button ${label}`, () => button(userId, label));
  at.sandbox.world.play.press(userId, found);
}

/** Asks for the settings and waits for the new message that shows them. */
async function openSettings(userId: number) {
  const shown = () =>
    at.chat(userId).filter((text) => /^(Your settings|Where do you live)/.test(text)).length;
  const before = shown();
  at.sandbox.world.play.send(userId, { text: '/settings' });
  await until('the settings', () => shown() > before);
}

/** Of the one customer who is known. */
function subject() {
  return at.db
    .selectFrom('subject')
    .select(['jurisdiction', 'jurisdiction_origin as origin', 'authorized_at as authorizedAt'])
    .executeTakeFirst();
}

const lives = (jurisdiction: string, origin: string) =>
  until(`the customer to live in ${jurisdiction}`, async () => {
    const row = await subject();
    return row?.jurisdiction === jurisdiction && row.origin === origin;
  });

describe('where a customer lives', () => {
  beforeEach(async () => {
    await at.db.deleteFrom('consent').execute();
  });

  it('is asked after the privacy notice, can be skipped, and is not in the way of writing', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.start(anna);
    await press(anna, /I agree/);
    await at.sees(anna, /Where do you live/);
    at.sandbox.world.play.send(anna, { text: 'Where is my parcel?' });
    await at.topicSays(/^Where is my parcel\?$/);
    await press(anna, /Skip/);
    await at.sees(anna, /Say where you live with \/settings/);
    assert.deepEqual(await subject(), { jurisdiction: null, origin: null, authorizedAt: null });
  });

  it('is shown in the settings with where it comes from, and chosen there', async () => {
    const { anna } = at.people;
    await openSettings(anna);
    await at.sees(anna, /Where you live is not known/);
    await press(anna, /Where I live/);
    await press(anna, /^Brazil$/);
    await lives('BR', 'customer');
    await at.sees(anna, /You live here: Brazil. You said so yourself/);
  });

  it('is not asked again of a customer who has said it', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.start(anna);
    await press(anna, /I agree/);
    at.sandbox.world.play.send(anna, { text: '/end' });
    await at.sees(anna, /conversation is closed|no open conversation/);
    assert.equal(at.chat(anna).filter((text) => /^Where do you live/.test(text)).length, 0);
  });

  it('is corrected in the topic by a supervisor, not by an agent, and the topic is told', async () => {
    at.sayInTopic('/jurisdiction EU');
    await at.topicSays(/not on the list/);
    at.sayInTopic('/jurisdiction Mars', at.people.supervisor);
    await at.topicSays(/not known here. Choose one of: EU, UK/);
    at.sayInTopic('/jurisdiction EU TICKET-4711', at.people.supervisor);
    await lives('EU', 'staff');
    await at.topicSays(/Where the customer lives was corrected/);
    const { anna } = at.people;
    await openSettings(anna);
    await at.sees(anna, /European Union and EEA. The people who help you set it/);
  });
});

describe('keeping conversations longer', () => {
  it('is agreed to in so many words, and taken back', async () => {
    const { anna } = at.people;
    const authorized = async () => (await subject())?.authorizedAt ?? null;
    await openSettings(anna);
    await press(anna, /Keep my conversations longer/);
    await at.sees(anna, /You can take it back here at any time. Do you agree\?/);
    assert.equal(await authorized(), null);
    await press(anna, /Yes, keep them longer/);
    await until('the agreement', authorized);
    await at.sees(anna, /You agreed on .* to your conversations being kept longer/);
    await press(anna, /No longer than usual/);
    await until('it to be taken back', async () => (await authorized()) === null);
    await at.sees(anna, /as long as the rules say, and no longer/);
  });
});

describe('a session that a rule narrows', () => {
  it('is not shown in the topic any more: staff see that something came, and who may read it', async () => {
    const { anna } = at.people;
    const sent = at.sandbox.world.play.send(anna, { text: 'this is my passport number: 4711' });
    await at.topicSays(/Tags: identity/);
    const note = /The customer wrote.*readable by compliance alone/;
    await at.topicSays(note);
    at.sandbox.world.play.edit(anna, { messageId: sent.message_id, text: 'my passport number is 4712' });
    await until(
      'a note for the edit too',
      () => at.topic()?.texts.filter((text) => note.test(text)).length === 2,
    );
    assert.ok(!at.topic()?.texts.some((text) => /passport/.test(text)));
    const { count } = await at.db
      .selectFrom('message')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('telegram_message_id', '=', sent.message_id)
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 1);
  });

  it('is still answered from the topic', async () => {
    at.sayInTopic('Thank you, noted.');
    await at.sees(at.people.anna, /^Thank you, noted\.$/);
  });
});

describe('the relabel button of a review card', () => {
  it('shows each tag with its new date, goes back, and relabels only when a tag is pressed', async () => {
    const { supervisor } = at.people;
    at.sandbox.world.play.start(supervisor);
    await at.sees(supervisor, /You are on the staff/);
    const sessionId = await inReview();
    await press(supervisor, /Relabel/);
    const choice = await until('the tags', () => button(supervisor, /^transaction → until \d{4}-\d\d-\d\d$/));
    assert.ok(Buffer.byteLength(choice.data) <= 64);
    assert.ok(button(supervisor, /^healthcare → until/));
    await press(supervisor, /^Back$/);
    await until('the decisions again', () => button(supervisor, /Approve deletion/));
    assert.equal(await phase(sessionId), 'review');

    await press(supervisor, /Relabel/);
    const { keepUntil } = await preview(sessionId);
    await press(supervisor, new RegExp(`^transaction → until ${keepUntil.toISOString().slice(0, 10)}$`));
    await at.sees(supervisor, /Relabelled by staff/);
    assert.equal(await phase(sessionId), 'archived');
    const row = await at.db
      .selectFrom('session')
      .select('keep_until')
      .where('id', '=', sessionId)
      .executeTakeFirst();
    assert.deepEqual(row?.keep_until, keepUntil);
  });

  it('refuses who may not decide any more, and says why', async () => {
    const { supervisor, boris } = at.people;
    at.sandbox.world.play.send(boris, { text: 'hello from Boris' });
    await at.topicSays(/^hello from Boris$/);
    const sessionId = await inReview();
    const relabel = await until('the card', () => button(supervisor, /Relabel/));
    await at.db
      .updateTable('staff')
      .set({ roles: ['agent'] })
      .execute();
    const pressed = at.sandbox.world.play.press(supervisor, relabel);
    const answered = await until('the refusal', () => at.sandbox.world.play.callbackAnswer(pressed));
    assert.match(answered.text ?? '', /It is for supervisors and compliance; you are listed among agents/);
    assert.equal(await phase(sessionId), 'review');
  });
});

async function preview(sessionId: string) {
  const act = { sessionId, tag: 'transaction', change: 'add', now: new Date() } as const;
  const { after } = await at.acts.previewTag(act);
  assert.ok(after);
  return after;
}

async function phase(sessionId: string) {
  const row = await at.db
    .selectFrom('session')
    .select('phase')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return row?.phase;
}

/** The newest session in review since now, with its card on the way. */
async function inReview(): Promise<string> {
  const { id } = await at.db
    .selectFrom('session')
    .select('id')
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const now = new Date();
  const closedAt = new Date(now.getTime() - 740 * 86_400_000);
  await at.db
    .updateTable('session')
    .set({
      phase: 'review',
      closed_at: closedAt,
      archived_at: closedAt,
      archive_began_at: closedAt,
      keep_until: now,
      review_round: 1,
    })
    .where('id', '=', id)
    .execute();
  await at.db
    .insertInto('review')
    .values({
      session_id: id,
      round: 1,
      opened_at: now,
      due_at: new Date(now.getTime() + 7 * 86_400_000),
      on_silence: 'delete',
    })
    .execute();
  await at.db
    .insertInto('delivery')
    .values({
      project_id: 'shop',
      session_id: id,
      target: 'supervisors',
      kind: 'review-card',
      payload: JSON.stringify({ round: 1 }),
      created_at: now,
      next_attempt_at: now,
    })
    .execute();
  return id;
}
