import { Bot } from 'grammy';
import type { ForumTopic } from 'grammy/types';

/**
 * The peer: a bare grammY bot that copies each message into a topic of its chat and keeps nothing, not even over
 * a restart. What it does is the least that any support bot has to do.
 */
export async function startCopyingBot(options: {
  token: string;
  apiRoot: string;
  staffChat: number;
}): Promise<{ stop(): Promise<void> }> {
  const bot = new Bot(options.token, { client: { apiRoot: options.apiRoot } });
  const topics = new Map<number, Promise<ForumTopic>>();
  bot.chatType('private').on('message', async (context) => {
    const { id } = context.chat;
    const made = topics.get(id) ?? context.api.createForumTopic(options.staffChat, `chat ${topics.size + 1}`);
    topics.set(id, made);
    const { message_thread_id } = await made;
    await context.copyMessage(options.staffChat, { message_thread_id });
  });
  await bot.init();
  const running = bot.start({ drop_pending_updates: true });
  return {
    async stop() {
      await bot.stop();
      await running;
    },
  };
}
