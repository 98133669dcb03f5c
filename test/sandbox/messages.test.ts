import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refused, stage, TOKEN } from './stage.ts';

/** Stands at the head of the token, as with real ones. */
const BOT_ID = 7200000042;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('messages', () => {
  it('carry the entities of HTML, counted in UTF-16 units', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    sandbox.world.play.start(anna);
    const { text, entities } = await bot.api.sendMessage(
      anna,
      '👋 <b>a &lt; <i>b</i></b> <a href="https://example.org/?a=1&amp;b=2">link</a> /close',
      { parse_mode: 'HTML' },
    );
    assert.equal(text, '👋 a < b link /close');
    assert.deepEqual(entities, [
      { offset: 3, length: 5, type: 'bold' },
      { offset: 7, length: 1, type: 'italic' },
      { offset: 9, length: 4, type: 'text_link', url: 'https://example.org/?a=1&b=2' },
      { type: 'bot_command', offset: 14, length: 6 },
    ]);
    await refused(
      bot.api.sendMessage(anna, 'a <b>c', { parse_mode: 'HTML' }),
      400,
      'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
    );
    await refused(
      bot.api.sendMessage(anna, '<h1>c</h1>', { parse_mode: 'HTML' }),
      400,
      'Bad Request: can\'t parse entities: Unsupported start tag "h1" at byte offset 0',
    );
  });

  it('are refused when empty, too long, or to nobody', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    await refused(
      bot.api.sendMessage(anna, 'hi'),
      403,
      "Forbidden: bot can't initiate conversation with a user",
    );
    sandbox.world.play.start(anna);
    await refused(bot.api.sendMessage(anna, ''), 400, 'Bad Request: message text is empty');
    await refused(bot.api.sendMessage(anna, 'x'.repeat(4097)), 400, 'Bad Request: message is too long');
    await refused(bot.api.sendMessage(12345, 'hi'), 400, 'Bad Request: chat not found');
    await refused(bot.api.sendMessage('', 'hi'), 400, 'Bad Request: chat_id is empty');
    await refused(
      bot.api.sendMessage(anna, 'hi', { reply_parameters: { message_id: 99 } }),
      400,
      'Bad Request: message to be replied not found',
    );
    await refused(
      bot.api.sendMessage(anna, 'hi', {
        reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'x'.repeat(65) }]] },
      }),
      400,
      'Bad Request: BUTTON_DATA_INVALID',
    );
    sandbox.world.play.block(anna);
    await refused(bot.api.sendMessage(anna, 'hi'), 403, 'Forbidden: bot was blocked by the user');
  });

  it('are understood as JSON, as a form and as a query, and refused as nonsense', async (t) => {
    const { sandbox, anna, staff } = await stage(t);
    sandbox.world.play.start(anna);
    const method = `${sandbox.apiRoot}/bot${TOKEN}/sendMessage`;
    const form = new FormData();
    form.set('chat_id', String(staff));
    form.set('text', 'form');
    form.set('reply_markup', JSON.stringify({ inline_keyboard: [[{ text: 'a', callback_data: 'b' }]] }));
    const answers = await Promise.all([
      fetch(`${method}?chat_id=${anna}&text=query`),
      fetch(method, { method: 'POST', body: form }),
      fetch(method, { method: 'POST', body: new URLSearchParams({ chat_id: String(anna), text: 'url' }) }),
      fetch(method, { method: 'POST', headers: JSON_TYPE, body: '{"chat_id":1,' }),
      fetch(method, { method: 'POST', headers: JSON_TYPE, body: '{"chat_id":{},"text":[],"entities":7}' }),
    ]);
    assert.deepEqual(
      answers.map((a) => a.status),
      [200, 200, 200, 400, 400],
    );
  });

  it('can be edited by their author alone, and only to something else', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const theirs = sandbox.world.play.start(anna);
    const { message_id } = await bot.api.sendMessage(anna, 'one', {
      reply_markup: { inline_keyboard: [[{ text: 'ok', callback_data: 'ok' }]] },
    });
    const edited = await bot.api.editMessageText(anna, message_id, 'two');
    assert.ok(edited !== true && 'text' in edited);
    assert.equal(edited.text, 'two');
    assert.equal(edited.reply_markup, undefined);
    await refused(
      bot.api.editMessageText(anna, message_id, 'two'),
      400,
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
    await refused(
      bot.api.editMessageText(anna, theirs.message_id, 'x'),
      400,
      "Bad Request: message can't be edited",
    );
    await refused(bot.api.editMessageText(anna, 99, 'x'), 400, 'Bad Request: message to edit not found');
    await bot.api.editMessageReplyMarkup(anna, message_id, {
      reply_markup: { inline_keyboard: [[{ text: 'again', callback_data: 'again' }]] },
    });
    assert.ok(sandbox.world.play.messages(anna, anna).at(-1)?.reply_markup);
  });

  it('can be deleted by a bot for two days', async (t) => {
    let now = Date.parse('2026-03-01T12:00:00Z');
    const { sandbox, bot, anna } = await stage(t, { clock: () => now });
    const { message_id, date } = sandbox.world.play.start(anna);
    assert.equal(date, now / 1000);
    const young = await bot.api.sendMessage(anna, 'young');
    await bot.api.deleteMessage(anna, young.message_id);
    await refused(
      bot.api.deleteMessage(anna, young.message_id),
      400,
      'Bad Request: message to delete not found',
    );
    now += 48 * 3_600_000;
    await refused(
      bot.api.deleteMessage(anna, message_id),
      400,
      "Bad Request: message can't be deleted for everyone",
    );
  });

  it('are copied without their origin and forwarded with it', async (t) => {
    const { sandbox, bot, anna, ben, staff } = await stage(t);
    const { play } = sandbox.world;
    play.start(anna);
    const source = play.send(anna, { text: 'see https://example.org' });
    const copy = await bot.api.copyMessage(staff, anna, source.message_id);
    const forward = await bot.api.forwardMessage(staff, anna, source.message_id);
    const seen = play.messages(ben, staff);
    assert.deepEqual(
      seen.map((m) => [m.message_id, m.text, m.forward_origin?.type, m.entities?.[0]?.type]),
      [
        [copy.message_id, 'see https://example.org', undefined, 'url'],
        [forward.message_id, 'see https://example.org', 'user', 'url'],
      ],
    );
    await refused(bot.api.copyMessage(staff, anna, 99), 400, 'Bad Request: message to copy not found');
  });

  it('can be pinned and reacted to, and the chat shows it', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { message_id } = sandbox.world.play.start(anna);
    await bot.api.pinChatMessage(anna, message_id);
    await bot.api.setMessageReaction(anna, message_id, [{ type: 'emoji', emoji: '👌' }]);
    assert.equal((await bot.api.getChat(anna)).pinned_message?.message_id, message_id);
    assert.deepEqual(sandbox.world.play.messages(anna, anna)[0]?.reactions, [
      { userId: BOT_ID, emoji: ['👌'] },
    ]);
    assert.equal(await bot.api.sendChatAction(anna, 'typing'), true);
  });

  it('and commands are kept by scope and language', async (t) => {
    const { bot, staff } = await stage(t);
    const commands = [{ command: 'close', description: 'Close this session' }];
    await bot.api.setMyCommands(commands, { scope: { type: 'chat', chat_id: staff }, language_code: 'de' });
    assert.deepEqual(
      await bot.api.getMyCommands({ scope: { type: 'chat', chat_id: staff }, language_code: 'de' }),
      commands,
    );
    assert.deepEqual(await bot.api.getMyCommands(), []);
    await refused(
      bot.api.setMyCommands([{ command: 'Not Good', description: 'x' }]),
      400,
      'Bad Request: BOT_COMMAND_INVALID',
    );
  });
});
