import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpError } from 'grammy';
import { refused, stage } from './stage.ts';

describe('scripted faults', () => {
  it('answer the next calls of a method to a chat with an error, and then no more', async (t) => {
    const { sandbox, bot, anna, staff } = await stage(t);
    const { play, faults } = sandbox.world;
    play.start(anna);
    faults.add({ method: 'sendMessage', chatId: anna, times: 1, outcome: { errorCode: 429, retryAfter: 7 } });
    await bot.api.sendMessage(staff, 'elsewhere');
    const { parameters } = await refused(
      bot.api.sendMessage(anna, 'hi'),
      429,
      'Too Many Requests: retry after 7',
    );
    assert.deepEqual(parameters, { retry_after: 7 });
    assert.ok(await bot.api.sendMessage(anna, 'hi'));

    faults.add({ times: 2, outcome: { errorCode: 500 } });
    await refused(bot.api.getMe(), 500, 'Internal Server Error');
    await refused(bot.api.getChat(anna), 500, 'Internal Server Error');
    assert.ok(await bot.api.getMe());
  });

  it('cut the connection before or after the work is done', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play, faults } = sandbox.world;
    play.start(anna);
    faults.add({ method: 'sendMessage', times: 1, outcome: { drop: 'before' } });
    await assert.rejects(bot.api.sendMessage(anna, 'lost'), HttpError);
    faults.add({ method: 'sendMessage', times: 1, outcome: { drop: 'after' } });
    await assert.rejects(bot.api.sendMessage(anna, 'sent unseen'), HttpError);
    assert.deepEqual(
      play.messages(anna, anna).map((m) => m.text),
      ['/start', 'sent unseen'],
    );
  });

  it('repeat updates, bring hand-made ones, and let ids begin anew lower', async (t) => {
    const { sandbox, ids, bot, anna } = await stage(t);
    const { play, faults } = sandbox.world;
    play.start(anna);
    const [first] = await bot.api.getUpdates();
    assert.ok(first);
    await bot.api.getUpdates({ offset: first.update_id + 1 });
    faults.repeatUpdate(ids.botId);
    faults.sendRaw(ids.botId, { update_id: first.update_id + 1, message: { odd: true } });
    faults.sendRaw(ids.botId, 'not even an object');
    assert.deepEqual(await bot.api.getUpdates(), [
      first,
      { update_id: first.update_id + 1, message: { odd: true } },
      'not even an object',
    ]);

    await bot.api.getUpdates({ offset: first.update_id + 2 });
    faults.resetUpdateId(ids.botId, 1000);
    play.send(anna, { text: 'after a quiet week' });
    const [later] = await bot.api.getUpdates({ offset: first.update_id + 2 });
    assert.deepEqual([later?.update_id, later?.message?.text], [1000, 'after a quiet week']);
    assert.deepEqual(await bot.api.getUpdates({ offset: 1001 }), []);
  });
});
