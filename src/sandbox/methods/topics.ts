import { chatFor, memberOf } from '../access.ts';
import { messageSeries } from '../messages.ts';
import type { ChatRecord, TopicRecord } from '../records.ts';
import { badRequest } from '../refusal.ts';
import type { Call, Methods } from './method.ts';

/** The colours Telegram allows for a topic's icon; the first one is its default. */
const COLORS = [0x6fb9f0, 0xffd67e, 0xcb86db, 0x8eee98, 0xff93b2, 0xfb6f5f];

export const topicMethods: Methods = {
  createForumTopic(call, { chat_id, name = '', icon_color, icon_custom_emoji_id }) {
    const { hub, bot, desk } = call;
    const chat = forum(call, chat_id, 'not enough rights to create a topic');
    checkName(name);
    if (icon_color !== undefined && !COLORS.includes(icon_color))
      throw badRequest('TOPIC_ICON_COLOR_INVALID');
    const topic: TopicRecord = {
      threadId: hub.last(messageSeries(chat)) + 1,
      name,
      iconColor: icon_color ?? COLORS[hub.next(`topic:${chat.id}`) % COLORS.length] ?? 0x6fb9f0,
      ...(icon_custom_emoji_id !== undefined && { iconCustomEmojiId: icon_custom_emoji_id }),
      closed: false,
    };
    hub.topics(chat.id).put(topic.threadId, topic);
    const created = { name, icon_color: topic.iconColor };
    desk.postNotice(chat, bot.user, { forum_topic_created: created }, { topic });
    return { message_thread_id: topic.threadId, ...created };
  },

  editForumTopic(call, { chat_id, message_thread_id, name, icon_custom_emoji_id }) {
    const { chat, topic } = managed(call, chat_id, message_thread_id);
    const newName = name !== undefined && name !== '' && name !== topic.name ? name : undefined;
    const newIcon = icon_custom_emoji_id !== topic.iconCustomEmojiId ? icon_custom_emoji_id : undefined;
    if (newName === undefined && newIcon === undefined) throw badRequest('TOPIC_NOT_MODIFIED');
    if (newName !== undefined) {
      checkName(newName);
      topic.name = newName;
    }
    if (newIcon !== undefined) topic.iconCustomEmojiId = newIcon;
    call.hub.topics(chat.id).put(topic.threadId, topic);
    const edited = {
      ...(newName !== undefined && { name: newName }),
      ...(newIcon !== undefined && { icon_custom_emoji_id: newIcon }),
    };
    call.desk.postNotice(chat, call.bot.user, { forum_topic_edited: edited }, { topic });
    return true;
  },

  closeForumTopic: (call, { chat_id, message_thread_id }) =>
    setClosed(call, chat_id, message_thread_id, true),
  reopenForumTopic: (call, { chat_id, message_thread_id }) =>
    setClosed(call, chat_id, message_thread_id, false),

  deleteForumTopic(call, { chat_id, message_thread_id }) {
    const { chat, topic } = managed(call, chat_id, message_thread_id);
    if (!memberOf(chat, call.bot.id)?.canDeleteMessages)
      throw badRequest('not enough rights to delete a topic');
    call.hub.topics(chat.id).delete(topic.threadId);
    const inside = call.hub
      .messages(chat.id)
      .values()
      .filter(({ message }) => message.message_thread_id === topic.threadId);
    call.desk.remove(
      chat,
      inside.map(({ message }) => message.message_id),
    );
    return true;
  },

  getForumTopicIconStickers: () => [],
};

function setClosed(
  call: Call,
  chatId: number | string | undefined,
  threadId: number | undefined,
  closed: boolean,
): true {
  const { chat, topic } = managed(call, chatId, threadId);
  if (topic.closed === closed) throw badRequest('TOPIC_NOT_MODIFIED');
  topic.closed = closed;
  call.hub.topics(chat.id).put(topic.threadId, topic);
  const notice = closed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} };
  call.desk.postNotice(chat, call.bot.user, notice, { topic });
  return true;
}

function forum({ hub, bot }: Call, chatId: number | string | undefined, withoutRights: string): ChatRecord {
  const chat = chatFor(hub, bot, chatId);
  if (chat.chat.type !== 'supergroup' || !chat.chat.is_forum) throw badRequest('the chat is not a forum');
  if (!memberOf(chat, bot.id)?.canManageTopics) throw badRequest(withoutRights);
  return chat;
}

function managed(
  call: Call,
  chatId: number | string | undefined,
  threadId: number | undefined,
): { chat: ChatRecord; topic: TopicRecord } {
  const chat = forum(call, chatId, 'not enough rights to manage topics');
  const topic = call.hub.topics(chat.id).get(threadId ?? 0);
  if (!topic) throw badRequest('TOPIC_ID_INVALID');
  return { chat, topic };
}

function checkName(name: string): void {
  if (name.trim() === '') throw badRequest('TOPIC_TITLE_EMPTY');
  if (name.length > 128) throw badRequest('TOPIC_TITLE_TOO_LONG');
}
