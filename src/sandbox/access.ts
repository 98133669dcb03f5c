import type { Chat, User } from '@grammyjs/types';
import type { Hub } from './hub.ts';
import type { BotRecord, ChatRecord, MemberRecord, MessageRecord, TopicRecord } from './records.ts';
import { badRequest, forbidden } from './refusal.ts';

/** The chat a method names, if this bot is in it. */
export function chatFor(hub: Hub, bot: BotRecord, chatId: number | string | undefined): ChatRecord {
  if (chatId === undefined || chatId === '') throw badRequest('chat_id is empty');
  const chat =
    typeof chatId === 'number'
      ? hub.chats.get(chatId)
      : hub.chats.values().find((c) => c.chat.type !== 'private' && `@${c.chat.username ?? ''}` === chatId);
  if (!chat || chat.botId !== bot.id) throw badRequest('chat not found');
  if (chat.chat.type !== 'private' && !isIn(chat, bot.id)) {
    throw forbidden('bot is not a member of the supergroup chat');
  }
  return chat;
}

/** The chat of a business account with a customer, for what a bot does there in the owner's name. */
export function businessChatFor(
  hub: Hub,
  bot: BotRecord,
  businessId: string,
  chatId: number | string | undefined,
): ChatRecord {
  const business = hub.businesses.get(businessId);
  if (!business?.enabled || business.botId !== bot.id) throw badRequest('business connection not found');
  if (!business.canReply) throw badRequest('BUSINESS_CONNECTION_NOT_ALLOWED');
  const chat = hub.chats.values().find((one) => one.businessId === businessId && one.chat.id === chatId);
  if (!chat) throw badRequest('BUSINESS_PEER_INVALID');
  return chat;
}

/** The same, for methods that write: a person who never came, or who left, cannot be written to. */
export function writableChat(hub: Hub, bot: BotRecord, chatId: number | string | undefined): ChatRecord {
  const chat = chatFor(hub, bot, chatId);
  const person = hub.people.get(chat.id);
  if (person && !person.started) throw forbidden("bot can't initiate conversation with a user");
  if (person?.blocked) throw forbidden('bot was blocked by the user');
  return chat;
}

/** The topic a message is to be sent to; undefined for the chat itself. */
export function topicForSending(
  hub: Hub,
  chat: ChatRecord,
  senderId: number,
  threadId: number | undefined,
): TopicRecord | undefined {
  if (threadId === undefined || threadId === 0) return undefined;
  const topic = hub.topics(chat.id).get(threadId);
  if (!topic) throw badRequest('message thread not found');
  if (topic.closed && !memberOf(chat, senderId)?.canManageTopics) throw badRequest('TOPIC_CLOSED');
  return topic;
}

export function memberOf(chat: ChatRecord, userId: number): MemberRecord | undefined {
  return chat.members.find((m) => m.userId === userId);
}

export function isIn(chat: ChatRecord, userId: number): boolean {
  const member = memberOf(chat, userId);
  return member !== undefined && member.status !== 'left';
}

/** A message by its id; `purpose` is how Telegram names it in its refusal, as in "message to edit". */
export function messageFor(
  hub: Hub,
  chat: ChatRecord,
  messageId: number | undefined,
  purpose: string,
): MessageRecord {
  if (messageId === undefined) throw badRequest('message identifier is not specified');
  const record = hub.messages(chat.id).get(messageId);
  if (!record) throw badRequest(`${purpose} not found`);
  return record;
}

export function userOf(hub: Hub, userId: number): User | undefined {
  return hub.people.get(userId)?.user ?? hub.bots.get(userId)?.user;
}

/** The chat as messages carry it. */
export function privateChat(user: User): Chat.PrivateChat {
  return {
    id: user.id,
    type: 'private',
    first_name: user.first_name,
    ...(user.last_name !== undefined && { last_name: user.last_name }),
    ...(user.username !== undefined && { username: user.username }),
  };
}
