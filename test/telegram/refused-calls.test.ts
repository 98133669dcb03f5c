import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { phonesOf, type Phones } from './play.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let phones: Phones;
before(async () => {
  at = await createDeskStage({ language: 'en' });
  phones = phonesOf(at);
});
after(() => at.stop());

function setAside() {
  return at.db.selectFrom('inbox').select('outcome').where('kind', '=', 'set aside').execute();
}

describe('a message of a business account that the bot does not know yet', () => {
  for (const [what, outcome] of [
    ['slows down', { errorCode: 429, retryAfter: 12 }],
    ['is away', { errorCode: 502 }],
  ] as const)
    it(`waits while Telegram ${what}, and is kept`, async () => {
      const { anna, boris, supervisor: ownerId } = at.people;
      const customer = outcome.errorCode === 429 ? anna : boris;
      const { businessId } = await phones.post<{ businessId: string }>('business', {
        projectId: 'shop',
        ownerId,
      });
      const { chatId } = await phones.post<{ chatId: number }>(`${customer}/business`, { businessId });
      await until('the connection', () =>
        at.db.selectFrom('business_connection').select('id').executeTakeFirst(),
      );
      await at.db.deleteFrom('business_connection').execute();
      // Longer than a call of an update is repeated.
      const times = outcome.errorCode === 429 ? 1 : 12;
      at.sandbox.world.faults.add({ method: 'getBusinessConnection', times, outcome });
      await phones.send(customer, { chatId, text: 'to the business' });
      const row = await until(
        'it to be kept',
        () =>
          at.db
            .selectFrom('message')
            .innerJoin('session', 'session.id', 'message.session_id')
            .innerJoin('subject', 'subject.id', 'message.subject_id')
            .select('session.id')
            .where('session.kind', '=', 'business')
            .where('subject.telegram_user_id', '=', customer)
            .executeTakeFirst(),
        40_000,
      );
      assert.ok(row);
      assert.deepEqual(await setAside(), []);
      await at.db.deleteFrom('message').where('session_id', '=', row.id).execute();
      await at.db
        .updateTable('session')
        .set({ business_connection_id: null })
        .where('id', '=', row.id)
        .execute();
    });
});

describe('an answer of the bot that Telegram refuses for now', () => {
  it('is given once Telegram takes it', async () => {
    const { anna } = at.people;
    at.sandbox.world.faults.add({
      method: 'sendMessage',
      chatId: anna,
      times: 1,
      outcome: { errorCode: 429, retryAfter: 2 },
    });
    at.sandbox.world.play.start(anna);
    await at.sees(anna, /keeps this conversation/);
  });

  it('is left out where that takes long, and what the customer wrote is kept all the same', async () => {
    const { boris } = at.people;
    at.sandbox.world.faults.add({
      method: 'sendMessage',
      chatId: boris,
      times: 1,
      outcome: { errorCode: 429, retryAfter: 600 },
    });
    at.sandbox.world.play.start(boris);
    at.sandbox.world.play.send(boris, { text: 'kept although nobody answers' });
    await at.topicSays(/^kept although nobody answers$/);
    assert.deepEqual(await setAside(), []);
  });
});
