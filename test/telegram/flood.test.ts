import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';
import { createWebhookStage } from './webhook-stage.ts';

const FLOOD = 1000;

/** Only a limit: a busy machine stores a dozen a second. */
const FLOOD_MS = 300_000;

describe('a flood of messages from one customer', () => {
  it('does not hold up another who writes after it, where Telegram sends the updates', async () => {
    const at = await createWebhookStage();
    try {
      const before = await answeredBefore(at, FLOOD);
      assert.ok(before < FLOOD, `${before} of the flood came first`);
      await allInOrder(at);
    } finally {
      await at.stop();
    }
  });

  it('does not hold up another who writes in the midst of it, where the bot fetches them', async () => {
    const at = await createDeskStage();
    try {
      const before = await answeredBefore(at, FLOOD / 2);
      assert.ok(before < FLOOD, `${before} of the flood came first`);
      await allInOrder(at);
    } finally {
      await at.stop();
    }
  });
});

/** Anna floods, Boris writes after so many of hers; how many were stored when his was. */
async function answeredBefore(at: DeskStage, after: number): Promise<number> {
  const { anna, boris } = at.people;
  const { play } = at.sandbox.world;
  for (const person of [anna, boris]) {
    play.start(person);
    await at.sees(person, /keeps this conversation|хранит эту беседу/);
  }
  for (let number = 0; number < FLOOD; number++) {
    if (number === after) play.send(boris, { text: 'me too' });
    play.send(anna, { text: `flood ${number}` });
  }
  if (after === FLOOD) play.send(boris, { text: 'me too' });
  const { seq } = await until('the other message to be stored', () => storedBy(at, boris));
  const { earlier } = await at.db
    .selectFrom('message')
    .select((eb) => eb.fn.countAll<number>().as('earlier'))
    .where('seq', '<', seq)
    .executeTakeFirstOrThrow();
  return Number(earlier);
}

function storedBy(at: DeskStage, telegramUserId: number) {
  return at.db
    .selectFrom('message')
    .innerJoin('subject', 'subject.id', 'message.subject_id')
    .select('message.seq')
    .where('subject.telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** Every message of the flood is there once, in the order it was written. */
async function allInOrder(at: DeskStage): Promise<void> {
  const whole = async () => {
    const found = await at.db
      .selectFrom('message')
      .innerJoin('subject', 'subject.id', 'message.subject_id')
      .select('telegram_message_id as id')
      .where('subject.telegram_user_id', '=', at.people.anna)
      .orderBy('seq')
      .execute();
    return found.length >= FLOOD && found;
  };
  const rows = await until('the whole flood', whole, FLOOD_MS);
  assert.equal(rows.length, FLOOD);
  const ids = rows.map(({ id }) => Number(id));
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
}
