import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refused, stage } from './stage.ts';

describe('topics of the staff group', () => {
  it('open with a notice that is their id, and hold what is written in them', async (t) => {
    const { sandbox, bot, ben, staff } = await stage(t);
    const { play } = sandbox.world;
    const topic = await bot.api.createForumTopic(staff, 'Anna · 3f2a');
    const { message_id } = await bot.api.sendMessage(staff, 'first', {
      message_thread_id: topic.message_thread_id,
    });
    play.send(ben, { chatId: staff, threadId: topic.message_thread_id, text: '/close@demo_support_bot' });

    const [notice, command] = (await bot.api.getUpdates()).map((u) => u.message);
    assert.equal(notice?.message_id, topic.message_thread_id);
    assert.equal(notice.forum_topic_created?.name, 'Anna · 3f2a');
    assert.deepEqual(command?.entities, [{ type: 'bot_command', offset: 0, length: 23 }]);
    assert.equal(command.is_topic_message, true);
    // As with Telegram: what answers nothing else in a topic answers the notice that opened it.
    assert.equal(command.reply_to_message?.message_id, topic.message_thread_id);
    assert.deepEqual(
      play.messages(ben, staff, topic.message_thread_id).map((m) => m.message_id),
      [topic.message_thread_id, message_id, command.message_id],
    );
    assert.deepEqual(play.chats(ben).find((c) => c.id === staff)?.topics[0]?.name, 'Anna · 3f2a');
  });

  it('close, reopen, take a new name, and are gone with their messages when deleted', async (t) => {
    const { sandbox, bot, ben, staff } = await stage(t);
    const { message_thread_id: id } = await bot.api.createForumTopic(staff, 'A');
    const elsewhere = await bot.api.sendMessage(staff, 'general');
    await bot.api.sendMessage(staff, 'inside', { message_thread_id: id });
    await bot.api.editForumTopic(staff, id, { name: 'B' });
    await bot.api.closeForumTopic(staff, id);
    await refused(bot.api.closeForumTopic(staff, id), 400, 'Bad Request: TOPIC_NOT_MODIFIED');
    assert.equal(sandbox.world.play.chats(ben).find((c) => c.id === staff)?.topics[0]?.closed, true);
    await bot.api.reopenForumTopic(staff, id);
    await bot.api.deleteForumTopic(staff, id);
    assert.deepEqual(
      sandbox.world.play.messages(ben, staff).map((m) => m.message_id),
      [elsewhere.message_id],
    );
    await refused(
      bot.api.sendMessage(staff, 'late', { message_thread_id: id }),
      400,
      'Bad Request: message thread not found',
    );
    await refused(bot.api.closeForumTopic(staff, id), 400, 'Bad Request: TOPIC_ID_INVALID');
  });

  it('when closed, take only what those write who may manage topics', async (t) => {
    const { sandbox, ids, bot, ben, staff } = await stage(t);
    const { play } = sandbox.world;
    const { message_thread_id: threadId } = await bot.api.createForumTopic(staff, 'A');
    await bot.api.closeForumTopic(staff, threadId);
    assert.ok(play.send(ben, { chatId: staff, threadId, text: '/reopen' }));
    sandbox.world.setMember(staff, ben, { status: 'member', canManageTopics: false });
    assert.throws(() => play.send(ben, { chatId: staff, threadId, text: 'hi' }), /TOPIC_CLOSED/);
    sandbox.world.setMember(staff, ids.botId, { canManageTopics: false });
    await refused(
      bot.api.sendMessage(staff, 'x', { message_thread_id: threadId }),
      400,
      'Bad Request: TOPIC_CLOSED',
    );
    await refused(
      bot.api.createForumTopic(staff, 'B'),
      400,
      'Bad Request: not enough rights to create a topic',
    );
  });

  it('are in a group whose members the bot can see, until it leaves', async (t) => {
    const { ids, bot, anna, ben, staff } = await stage(t);
    assert.equal((await bot.api.getChat(staff)).is_forum, true);
    assert.equal((await bot.api.getChatMember(staff, ben)).status, 'administrator');
    await refused(bot.api.getChatMember(staff, anna), 400, 'Bad Request: member not found');
    const admins = await bot.api.getChatAdministrators(staff);
    assert.ok(
      admins.some((a) => a.user.id === ids.botId && a.status === 'administrator' && a.can_manage_topics),
    );
    await bot.api.leaveChat(staff);
    await refused(
      bot.api.sendMessage(staff, 'x'),
      403,
      'Forbidden: bot is not a member of the supergroup chat',
    );
  });
});
