import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from 'grammy';
import { poll, refused, stage, TOKEN } from './stage.ts';

describe('long polling', () => {
  it('brings a started chat, a text with its command entity, and takes the answer back', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play } = sandbox.world;
    bot.command('start', (ctx) => ctx.reply(`Hello ${ctx.from?.first_name ?? ''}, payload ${ctx.match}`));
    const answered = new Promise<void>((resolve) => {
      bot.on('message:text', async (ctx) => {
        await ctx.reply(ctx.message.text.toUpperCase(), { reply_parameters: { message_id: ctx.msgId } });
        resolve();
      });
    });
    await poll(bot);

    const started = play.start(anna, 'from-web');
    play.send(anna, { text: 'where is my parcel?' });
    await answered;

    assert.deepEqual(started.entities, [{ type: 'bot_command', offset: 0, length: 6 }]);
    const seen = play.messages(anna, anna);
    assert.deepEqual(
      seen.map((m) => [m.message_id, m.from?.id === anna, m.text]),
      [
        [1, true, '/start from-web'],
        [2, true, 'where is my parcel?'],
        [3, false, 'Hello Anna, payload from-web'],
        [4, false, 'WHERE IS MY PARCEL?'],
      ],
    );
    assert.equal(seen[3]?.reply_to_message?.message_id, 2);
  });

  it('waits for an update, hands it out again until the offset confirms it, and counts ids up', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const waiting = bot.api.getUpdates({ timeout: 30 });
    sandbox.world.play.start(anna);
    const [first] = await waiting;
    assert.ok(first);
    sandbox.world.play.send(anna, { text: 'again' });
    const both = await bot.api.getUpdates({ limit: 100 });
    assert.deepEqual(
      both.map((u) => u.update_id),
      [first.update_id, first.update_id + 1],
    );
    assert.equal((await bot.api.getUpdates({ limit: 1 })).length, 1);

    const left = await bot.api.getUpdates({ offset: first.update_id + 1 });
    assert.deepEqual(
      left.map((u) => u.message?.text),
      ['again'],
    );
    assert.deepEqual(await bot.api.getUpdates({ offset: first.update_id + 2 }), []);
  });

  it('ends the older of two waiting calls with 409 and serves the newer', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const outcomes = [1, 2].map(() =>
      bot.api.getUpdates({ timeout: 30 }).then(
        (updates) => `${updates.length} update`,
        (error: unknown) => String(error),
      ),
    );
    assert.match(await Promise.race(outcomes), /409: Conflict: terminated by other getUpdates request/);
    sandbox.world.play.start(anna);
    assert.equal((await Promise.all(outcomes)).filter((outcome) => outcome === '1 update').length, 1);
  });

  it('sends only the kinds of update that were asked for', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play } = sandbox.world;
    const { message_id } = play.start(anna);
    play.react(anna, { messageId: message_id, emoji: '👍' });
    play.block(anna);
    const usual = await bot.api.getUpdates();
    assert.deepEqual(
      usual.map((u) => Object.keys(u)[1]),
      ['message', 'my_chat_member'],
    );

    await bot.api.getUpdates({
      offset: (usual.at(-1)?.update_id ?? 0) + 1,
      allowed_updates: ['message_reaction'],
    });
    play.unblock(anna);
    play.react(anna, { messageId: message_id });
    const [reaction, ...more] = await bot.api.getUpdates();
    assert.deepEqual(reaction?.message_reaction?.old_reaction, [{ type: 'emoji', emoji: '👍' }]);
    assert.deepEqual([reaction.message_reaction.new_reaction, more], [[], []]);
  });

  it('tells of edits, presses and answers to presses', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play } = sandbox.world;
    const edited = new Promise<string | undefined>((resolve) => {
      bot.on('edited_message', (ctx) => resolve(ctx.editedMessage.text));
    });
    const pressed = new Promise<string>((resolve) => {
      bot.callbackQuery('keep:1', async (ctx) => {
        await ctx.answerCallbackQuery({ text: 'Kept' });
        resolve(ctx.callbackQuery.id);
      });
    });
    await poll(bot);
    const mine = play.start(anna);
    const card = await bot.api.sendMessage(anna, 'Keep or delete?', {
      reply_markup: { inline_keyboard: [[{ text: 'Keep', callback_data: 'keep:1' }]] },
    });
    play.edit(anna, { messageId: mine.message_id, text: '/start over' });
    const id = play.press(anna, { messageId: card.message_id, data: 'keep:1' });

    assert.equal(await edited, '/start over');
    assert.equal(await pressed, id);
    assert.deepEqual(play.callbackAnswer(id), { text: 'Kept', showAlert: false });
    await refused(
      bot.api.answerCallbackQuery(id),
      400,
      'Bad Request: query is too old and response timeout expired or query ID is invalid',
    );
    assert.throws(() => play.press(anna, { messageId: card.message_id, data: 'delete:1' }), /DATA_INVALID/);
  });

  it('knows no other token and no other method', async (t) => {
    const { sandbox, bot } = await stage(t);
    const stranger = new Api('1234567:wrong', { apiRoot: sandbox.apiRoot });
    await refused(stranger.getMe(), 401, 'Unauthorized');
    await refused(bot.api.getStarTransactions(), 404, 'Not Found: method not found');
    const me = await fetch(`${sandbox.apiRoot}/bot${TOKEN}/GETME`);
    assert.equal(((await me.json()) as { result: { username: string } }).result.username, 'demo_support_bot');
  });
});
