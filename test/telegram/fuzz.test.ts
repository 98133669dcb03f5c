import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ALLOWED_UPDATES } from '../../src/telegram/bot.ts';
import { until } from '../support/until.ts';
import { createWebhookStage, type WebhookStage } from './webhook-stage.ts';

let at: WebhookStage;
before(async () => {
  at = await createWebhookStage();
});
after(() => at.stop());

const id = fc.oneof(fc.constant(6_100_000_001), fc.integer(), fc.string(), fc.constant(null));
const chat = fc.record({ id, type: fc.constantFrom('private', 'supergroup', 'channel', 'nonsense') });
const from = fc.record({ id, is_bot: fc.boolean(), first_name: fc.anything({ maxDepth: 1 }) });
const message = fc.record(
  {
    message_id: id,
    date: fc.oneof(fc.integer(), fc.constant('x')),
    chat,
    from,
    text: fc.oneof(fc.string(), fc.constantFrom('/start', '/end', '/mydata', '\u0000', '\ud800')),
    entities: fc.anything({ maxDepth: 2 }),
    photo: fc.anything({ maxDepth: 2 }),
    reply_to_message: fc.anything({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
);
const payload = fc.oneof(
  message,
  fc.record(
    { id: fc.string(), from, chat, message, data: fc.string(), query: fc.string() },
    { requiredKeys: [] },
  ),
  fc.anything({ maxDepth: 3 }),
);
const kind = fc.oneof(fc.constantFrom(...ALLOWED_UPDATES), fc.string());

describe('whatever comes as an update', () => {
  it('is taken, stops nothing, and what cannot be handled is kept as set aside', async () => {
    let updateId = 900_000;
    await fc.assert(
      fc.asyncProperty(kind, payload, async (name, value) => {
        updateId += 1;
        const response = await at.post(JSON.stringify({ update_id: updateId, [name]: value }));
        assert.equal(response.status, 200);
        const row = await at.db
          .selectFrom('inbox')
          .select('kind')
          .where('update_id', '=', updateId)
          .executeTakeFirst();
        assert.ok(row, `update ${updateId} left no trace`);
      }),
      { numRuns: 300 },
    );
    const { anna } = at.people;
    at.sandbox.world.play.start(anna);
    await at.sees(anna, /keeps this conversation/);
    at.sandbox.world.play.send(anna, { text: 'still there' });
    await until('the message', () => at.topic()?.texts.includes('still there'));
  });
});
