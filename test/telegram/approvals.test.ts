import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { requestApproval } from '../../src/acts/approval-request.ts';
import { pauseDeletions } from '../../src/acts/breaker.ts';
import { nextStepOf, readLife } from '../../src/db/life.ts';
import { staffWhoMay } from '../../src/db/approval-cards.ts';
import { waitingApprovals } from '../../src/db/approvals.ts';
import type { Role } from '../../src/domain/roles.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let sessionId = '';
/** A second supervisor, and one who is on the staff of compliance alone. */
let second = 0;
let compliance = 0;

before(async () => {
  at = await createDeskStage();
  second = await addStaff('Sue', ['supervisor']);
  compliance = await addStaff('Cora', ['compliance']);
  at.sandbox.world.play.send(at.people.anna, { text: 'hello' });
  await at.topicSays(/^hello$/);
  sessionId = (await at.db.selectFrom('session').select('id').executeTakeFirstOrThrow()).id;
});
after(() => at.stop());

async function addStaff(firstName: string, roles: Role[]): Promise<number> {
  const id = at.sandbox.world.addPerson('shop', { role: 'supervisor', firstName, languageCode: 'en' });
  at.sandbox.world.play.start(id);
  await at.db
    .insertInto('staff')
    .values({ id: randomUUID(), project_id: 'shop', telegram_user_id: id, roles, created_at: new Date() })
    .execute();
  return id;
}

/** Presses a button of the newest message that has buttons. @returns what the bot answers */
async function press(userId: number, label: string) {
  const { play } = at.sandbox.world;
  const message = play.messages(userId, userId).findLast((one) => one.reply_markup);
  const button = message?.reply_markup?.inline_keyboard.flat().find((one) => one.text === label);
  if (!message || !button || !('callback_data' in button)) assert.fail(`no button ${label}`);
  const pressed = play.press(userId, { messageId: message.message_id, data: button.callback_data });
  return until('an answer', () => play.callbackAnswer(pressed));
}

const buttons = (userId: number) =>
  at.sandbox.world.play
    .messages(userId, userId)
    .flatMap((message) => message.reply_markup?.inline_keyboard.flat().map((one) => one.text) ?? []);
const isHeld = async () => (await readLife(at.db, sessionId, new Date())).holdEnds.length > 0;
/** How many of the cards a person has say so. */
const cards = (userId: number, text: RegExp) => at.chat(userId).filter((line) => text.test(line)).length;

describe('a release that waits for a second person', () => {
  it('is shown to supervisors and compliance, each in their own chat', async () => {
    at.sayInTopic('/hold claim 4711', at.people.supervisor);
    await at.topicSays(/On hold/);
    at.sayInTopic('/release settled', at.people.supervisor);
    await at.topicSays(/release waits for a second person/);
    for (const person of [at.people.supervisor, second, compliance]) {
      const card = await at.sees(person, /waits for a second person/);
      assert.match(card, /On session [0-9a-f]{8}: claim 4711/);
      assert.match(card, /Reason: settled/);
    }
    assert.ok(await isHeld());
  });

  it('is not granted by whoever asked for it', async () => {
    const answer = await press(at.people.supervisor, 'Approve');
    assert.match(answer.text ?? '', /a second person has to approve it/);
    assert.ok(answer.showAlert);
    assert.ok(await isHeld());
  });

  it('is granted by another, and every card then says by whom', async () => {
    assert.equal((await press(second, 'Approve')).text, 'Recorded.');
    assert.ok(!(await isHeld()));
    await at.topicSays(/Released/);
    for (const person of [at.people.supervisor, second, compliance]) {
      await at.sees(person, /Approved by staff [0-9a-f]{8}/);
      assert.equal(cards(person, /release of a hold/i), 1);
      assert.ok(!buttons(person).includes('Approve'));
    }
  });

  it('can be taken back by whoever asked for it', async () => {
    at.sayInTopic('/hold claim 4712', at.people.supervisor);
    await until('the hold', isHeld);
    at.sayInTopic('/release', at.people.supervisor);
    await at.sees(second, /waits for a second person/);
    await until('the button', () => buttons(at.people.supervisor).includes('Refuse'));
    await press(at.people.supervisor, 'Refuse');
    await at.sees(second, /Refused by staff/);
    assert.ok(await isHeld());
  });
});

describe('a request where nobody has a private chat with the bot', () => {
  it('is shown in the general topic of the staff group, and goes by the role of who presses', async () => {
    const { play } = at.sandbox.world;
    const { agent, supervisor } = at.people;
    const decide = await staffWhoMay(at.db, 'shop', 'hold.approve');
    for (const person of decide) play.block(person);
    at.sayInTopic('/release', supervisor);
    const card = await until('the card', () =>
      play.messages(agent, at.staffChat).findLast((one) => /^✋/.test(one.text ?? '')),
    );
    const [approval] = await waitingApprovals(at.db, 'shop');
    const pressed = play.press(agent, {
      chatId: at.staffChat,
      messageId: card.message_id,
      data: `a:approved:${approval?.id ?? ''}`,
    });
    const answer = await until('an answer', () => play.callbackAnswer(pressed));
    assert.match(answer.text ?? '', /It is for supervisors and compliance/);
    assert.ok(await isHeld());
    for (const person of decide) play.unblock(person);
  });
});

describe('a policy that waits for a second person', () => {
  it('is shown to compliance alone', async () => {
    await at.db.transaction().execute(async (tx) => {
      await requestApproval(tx, {
        projectId: 'shop',
        kind: 'policy',
        objectId: 'shop',
        payload: {},
        reason: 'new guidance',
        actor: { kind: 'operator', id: 'cli:ann' },
        now: new Date(),
      });
    });
    const card = await at.sees(compliance, /keeps sessions for a shorter time waits/);
    assert.match(card, /Asked for by cli:ann/);
    assert.match(card, /Reason: new guidance/);
    assert.equal(cards(second, /shorter time/), 0);
    await press(compliance, 'Refuse');
    await at.sees(compliance, /Refused by staff/);
  });
});

describe('deletions that the breaker paused', () => {
  it('are told to supervisors and compliance, and resumed by compliance alone', async () => {
    const now = new Date();
    const life = await readLife(at.db, sessionId, now);
    await at.db.transaction().execute((tx) => pauseDeletions(tx, life, { now }));
    for (const person of [second, compliance]) await at.sees(person, /deletions of Test shop are paused/);
    assert.match((await press(second, 'Resume deletions')).text ?? '', /It is for compliance;/);
    assert.equal((await press(compliance, 'Resume deletions')).text, 'The deletions go on.');
    await at.sees(second, /deletions of Test shop go on/);
    assert.ok(!nextStepOf(await readLife(at.db, sessionId, now)).paused);
    assert.match((await press(compliance, 'Resume deletions')).text ?? '', /not paused/);
  });
});
