import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { createWebhooks } from '../../src/telegram/webhook.ts';
import { createWebhookStage, type WebhookStage } from './webhook-stage.ts';

let at: WebhookStage;
before(async () => {
  at = await createWebhookStage();
});
after(() => at.stop());

const SECRET = 'x-telegram-bot-api-secret-token';

describe('the webhook', () => {
  it('brings what customers write, and no token is in its address', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.start(anna);
    await at.sees(anna, /keeps this conversation/);
    at.sandbox.world.play.send(anna, { text: 'by webhook' });
    await at.topicSays(/^by webhook$/);
    const [bot] = at.token.split(':');
    assert.ok(!at.secret.includes(bot ?? '') && !at.secret.includes(at.token));
  });

  it('refuses who has not the secret, in the same way whether there is such a project or not', async () => {
    const answers = await Promise.all([
      at.post('{}', {}),
      at.post('{}', { [SECRET]: 'wrong' }),
      at.post('{}', { [SECRET]: at.secret.slice(0, -1) }),
      at.post('{}', { [SECRET]: at.secret }, '/telegram/other'),
      at.post('no json at all', { [SECRET]: 'wrong' }),
    ]);
    for (const answer of answers) {
      assert.equal(answer.status, 401);
      assert.equal(await answer.text(), '');
    }
  });

  it('takes garbage from Telegram without stopping', async () => {
    assert.equal((await at.post('no json')).status, 400);
    for (const body of ['null', '[]', '7', '"x"', '{"update_id":null,"message":{}}'])
      assert.equal((await at.post(body)).status, 200);
    const { boris } = at.people;
    at.sandbox.world.play.start(boris);
    await at.sees(boris, /хранит эту беседу/);
  });
});

describe('an update that is larger than any can be', () => {
  it('is refused: unread from a stranger, and beyond its size from Telegram', async () => {
    const webhooks = createWebhooks({ log: pino({ level: 'silent' }) });
    webhooks.put('shop', { secrets: ['one'], intake: { take: () => Promise.resolve() } });
    const body = JSON.stringify({ update_id: 1, text: 'x'.repeat(2_000_000) });
    const sent = async (secret: string) => {
      const request = new Request('http://host/telegram/shop', {
        method: 'POST',
        headers: { [SECRET]: secret },
        body,
      });
      const { status } = await webhooks.app.request(request);
      return [status, request.bodyUsed];
    };
    assert.deepEqual(await sent('wrong'), [401, false]);
    assert.equal((await sent('one'))[0], 413);
  });
});

describe('a webhook whose bot works with a database that is away', () => {
  it('answers so that Telegram comes again', async () => {
    const webhooks = createWebhooks({ log: pino({ level: 'silent' }) });
    webhooks.put('shop', {
      secrets: ['one'],
      intake: { take: () => Promise.reject(new Error('connection terminated')) },
    });
    const response = await webhooks.app.request('/telegram/shop', {
      method: 'POST',
      headers: { [SECRET]: 'one' },
      body: '{"update_id":1}',
    });
    assert.equal(response.status, 503);
  });
});

describe('a bot token that is rotated', () => {
  it('has both secrets taken for a while, and then the new one alone', async () => {
    const webhooks = createWebhooks({ log: pino({ level: 'silent' }) });
    const intake = { take: () => Promise.resolve() };
    const sent = async (secret: string) => {
      const headers = { [SECRET]: secret };
      const request = { method: 'POST', headers, body: '{"update_id":1}' };
      return (await webhooks.app.request('/telegram/shop', request)).status;
    };
    webhooks.put('shop', { secrets: ['new', 'old'], intake });
    assert.deepEqual([await sent('new'), await sent('old'), await sent('')], [200, 200, 401]);
    webhooks.put('shop', { secrets: ['new'], intake });
    assert.deepEqual([await sent('new'), await sent('old')], [200, 401]);
    webhooks.remove('shop');
    assert.equal(await sent('new'), 401);
  });
});
