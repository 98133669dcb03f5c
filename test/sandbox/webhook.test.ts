import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { Update } from '@grammyjs/types';
import { webhookCallback } from 'grammy';
import { refused, stage } from './stage.ts';

const SECRET = 'a-secret_1';

describe('webhook', () => {
  it('delivers with the secret, in order, and obeys the method in the answer', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play } = sandbox.world;
    const texts: string[] = [];
    const both = new Promise<void>((resolve) => {
      bot.on('message:text', async (ctx) => {
        texts.push(ctx.message.text);
        if (texts.length === 2) resolve();
        await ctx.reply(`got ${ctx.message.text}`);
      });
    });
    await bot.init();
    const handler = webhookCallback(bot, 'http', { secretToken: SECRET });
    const url = await listen(
      t,
      createServer((request, response) => void handler(request, response)),
    );

    await bot.api.setWebhook(url, { secret_token: SECRET });
    const replied = replies(sandbox.world.play, anna, 2);
    play.start(anna);
    play.send(anna, { text: 'second' });
    await both;
    await replied;
    assert.deepEqual(texts, ['/start', 'second']);
    assert.equal((await bot.api.getWebhookInfo()).url, url);
  });

  it('runs a method that stands in the answer itself', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const url = await listen(
      t,
      createServer((request, response) => {
        request.resume();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ method: 'sendMessage', chat_id: anna, text: 'from the answer' }));
      }),
    );
    await bot.api.setWebhook(url);
    const replied = replies(sandbox.world.play, anna, 1);
    sandbox.world.play.start(anna);
    await replied;
    assert.equal(sandbox.world.play.messages(anna, anna).at(-1)?.text, 'from the answer');
  });

  it('repeats a delivery until it is taken, and says in getWebhookInfo what went wrong', async (t) => {
    const { sandbox, bot, anna } = await stage(t, { webhookRetryMs: 1 });
    const seen: { id: number; secret: string | undefined }[] = [];
    const taken = deferred();
    const server = createServer((request, response) => {
      void body(request).then((update) => {
        seen.push({ id: update.update_id, secret: header(request) });
        response.statusCode = seen.length < 3 ? 500 : 200;
        response.end();
        if (seen.length === 3) taken.resolve();
      });
    });
    await bot.api.setWebhook(await listen(t, server), { secret_token: SECRET });
    sandbox.world.play.start(anna);
    await taken.promise;

    const [first] = seen;
    assert.ok(first);
    assert.deepEqual(seen, [first, first, first]);
    assert.equal(first.secret, SECRET);
    const info = await bot.api.getWebhookInfo();
    assert.equal(info.last_error_message, 'Wrong response from the webhook: 500 Internal Server Error');
  });

  it('excludes long polling while it is set, and only takes this machine as its address', async (t) => {
    const { bot } = await stage(t);
    await bot.api.setWebhook('http://127.0.0.1:9/hook');
    await refused(
      bot.api.getUpdates(),
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
    await bot.api.deleteWebhook({ drop_pending_updates: true });
    assert.deepEqual(await bot.api.getUpdates(), []);
    await refused(
      bot.api.setWebhook('https://example.org/hook'),
      400,
      'Bad Request: bad webhook: the sandbox delivers to this machine only',
    );
    await refused(
      bot.api.setWebhook('http://127.0.0.1:9/', { secret_token: 'not allowed!' }),
      400,
      'Bad Request: secret token contains unallowed characters',
    );
  });
});

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function body(request: IncomingMessage): Promise<Update> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Update;
}

function header(request: IncomingMessage): string | undefined {
  return request.headers['x-telegram-bot-api-secret-token'] as string | undefined;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Resolves when the bot has written this many messages to the person. */
async function replies(
  play: { messages(userId: number, chatId: number): { from?: { is_bot: boolean } }[] },
  userId: number,
  count: number,
): Promise<void> {
  while (play.messages(userId, userId).filter((m) => m.from?.is_bot).length < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
