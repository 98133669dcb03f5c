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

/** The texts in a topic that begin like a card. */
function cards(topicId: number) {
  return staff.messages(topicId).filter(({ text }) => /^\S+ \w+ · [0-9a-f]{8}\n/.test(text ?? ''));
}

describe('the card of a session', () => {
  it('is pinned in its topic and names the customer, who is in no payload', async () => {
    const card = await staff.card(begun.id);
    assert.match(card.text ?? '', /Customer: Anna Keller \(@anna_k\)\nLanguage: English \(en\)\nTags: none/);
    const pinned = staff.messages(begun.topicId).find(({ pinned_message: one }) => one)?.pinned_message;
    assert.equal(pinned?.message_id, card.message_id);
    const payloads = await at.db.selectFrom('delivery').select('payload').execute();
    assert.ok(!JSON.stringify(payloads).includes('Anna'));
  });

  it('says until when it would be kept and by which rule', async () => {
    const { text } = await staff.card(begun.id);
    assert.match(text ?? '', /If it closed now: Kept until .* by the base period \(policy version 1\)/);
    assert.match(text ?? '', /The base period keeps 730 days .* This decides\./);
  });

  it('is edited in place when something changes, and never a second one', async () => {
    const { message_id: first } = await staff.card(begun.id);
    staff.write(begun.topicId, '/tag transaction');
    const card = await staff.cardSays(begun.id, /Tags: transaction/);
    assert.equal(card.message_id, first);
    assert.match(card.text ?? '', /by the rule transactions/);
    assert.equal(cards(begun.topicId).length, 1);
  });

  it('has buttons that close and reopen', async () => {
    const { agent } = at.people;
    assert.equal(await staff.press(agent, await staff.card(begun.id), /^Close$/), 'Done.');
    const closed = await staff.cardSays(begun.id, /^🔒 closed/);
    assert.match(closed.text ?? '', /^Kept until/m);
    await staff.press(agent, closed, /^Reopen$/);
    await staff.cardSays(begun.id, /^🟢 open/);
  });

  it('has the tags of rules and team to choose from, ticked where the session has them', async () => {
    const { agent } = at.people;
    const { message_id: messageId } = await staff.card(begun.id);
    await staff.press(agent, await staff.card(begun.id), /^Tags…$/);
    const labels = async () => {
      const { reply_markup: markup } = await staff.card(begun.id);
      return markup?.inline_keyboard.flat().map((one) => one.text) ?? [];
    };
    const shown = await until('the tags', async () => {
      const all = await labels();
      return all.includes('Back') ? all : undefined;
    });
    assert.ok(shown.includes('✓ transaction') && shown.includes('healthcare') && shown.includes('spam'));
    await staff.press(agent, await staff.card(begun.id), /^healthcare$/);
    const card = await staff.cardSays(begun.id, /Tags: healthcare, transaction/);
    assert.equal(card.message_id, messageId);
    await until('the usual buttons', async () => (await labels()).includes('Tags…'));
  });

  it('holds by role: an agent is told what is missing, a supervisor is not', async () => {
    const { agent, supervisor } = at.people;
    const refused = await staff.press(agent, await staff.card(begun.id), /^Hold$/);
    assert.match(refused ?? '', /It is for supervisors and compliance; you are listed among agents/);
    await staff.press(supervisor, await staff.card(begun.id), /^Hold$/);
    const held = await staff.cardSays(begun.id, /On hold: nothing is deleted until it is released/);
    await staff.press(supervisor, held, /^Release$/);
    await staff.says(begun.topicId, /release waits for a second person/);
  });

  it('that somebody deleted is shown anew, once', async () => {
    const { message_id: messageId } = await staff.card(begun.id);
    const gone = { errorCode: 400, description: 'Bad Request: message to edit not found' };
    at.sandbox.world.faults.add({ method: 'editMessageText', times: 1, outcome: gone });
    staff.write(begun.topicId, '/tag refund');
    const card = await staff.cardSays(begun.id, /refund/);
    assert.notEqual(card.message_id, messageId);
    await until('it is pinned', async () => (await staff.session(begun.id)).card_pinned);
  });

  it('that was sent and not pinned before a crash is pinned by the next change, and is still the one', async () => {
    const { message_id: messageId } = await staff.card(begun.id);
    const before = cards(begun.topicId).length;
    await at.db.updateTable('session').set({ card_pinned: false }).where('id', '=', begun.id).execute();
    staff.write(begun.topicId, '/untag refund');
    await until('it is pinned', async () => (await staff.session(begun.id)).card_pinned);
    assert.equal((await staff.card(begun.id)).message_id, messageId);
    assert.equal(cards(begun.topicId).length, before);
  });

  it('is shown by /info anew, with every rule that had a say', async () => {
    const before = cards(begun.topicId).length;
    staff.write(begun.topicId, '/info');
    await until('a second card', () => cards(begun.topicId).length > before);
    const info = cards(begun.topicId).at(-1);
    assert.match(info?.text ?? '', /• The base period keeps 730 days/);
    assert.match(info?.text ?? '', /• The rule records keeps at least 20 years/);
  });
});

describe('the history of a customer', () => {
  it('names no other session to whom has none', async () => {
    await staff.press(at.people.agent, await staff.card(begun.id), /^History$/);
    await staff.says(begun.topicId, /no earlier session/);
  });

  it('lists the sessions before this one with phases and dates, and leads to their topics', async () => {
    const { boris, agent } = at.people;
    const first = await staff.begin(boris, 'first');
    staff.write(first.topicId, '/close');
    await staff.cardSays(first.id, /^🔒 closed/);
    // As if the window in which it reopens had passed.
    await at.db
      .updateTable('session')
      .set({ reopen_until: new Date(0) })
      .where('id', '=', first.id)
      .execute();
    const second = await staff.begin(boris, 'second');
    assert.notEqual(second.id, first.id);
    await staff.press(agent, await staff.card(second.id), /^History$/);
    const shown = await staff.says(second.topicId, /^Earlier sessions/);
    const day = '\\d{4}-\\d\\d-\\d\\d';
    const line = `🔒 closed · ${first.id.slice(0, 8)}: opened ${day}, closed ${day}$`;
    assert.match(shown.text ?? '', new RegExp(line));
    const link = shown.entities?.find(({ type }) => type === 'text_link');
    const group = String(at.staffChat).replace('-100', '');
    assert.equal(link?.type === 'text_link' && link.url, `https://t.me/c/${group}/${first.topicId}`);
  });
});
