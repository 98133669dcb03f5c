import type { Message, User } from '@grammyjs/types';
import type { Hub } from './hub.ts';
import type { ChatRecord, MessageRecord, TopicRecord } from './records.ts';
import { badRequest } from './refusal.ts';
import type { Updates } from './updates.ts';

/** What makes one kind of message different from another: its text, its file, its service notice. */
export type Content = Omit<Partial<Message>, 'message_id' | 'chat' | 'date' | 'from'>;

export interface Placing {
  topic?: TopicRecord | undefined;
  replyTo?: MessageRecord | undefined;
  /** Words of the message that is answered. */
  quote?: string | undefined;
}

export interface Desk {
  /** Puts a message into a chat, and tells the bot unless it wrote the message itself. */
  post(chat: ChatRecord, from: User, content: Content, placing?: Placing): MessageRecord;
  /** A notice such as "topic closed"; bots get these even when they caused them. */
  postNotice(chat: ChatRecord, from: User, content: Content, placing?: Placing): MessageRecord;
  /** Changes a message's content; the bot gets `edited_message` for what a person edited. */
  edit(chat: ChatRecord, record: MessageRecord, content: Content, by: User): void;
  remove(chat: ChatRecord, messageIds: number[]): void;
}

export function createDesk(hub: Hub, updates: Updates): Desk {
  const place = (chat: ChatRecord, from: User, content: Content, placing: Placing): MessageRecord => {
    const message: Message = {
      message_id: hub.next(messageSeries(chat)),
      from,
      chat: chat.chat,
      date: hub.now(),
      ...(chat.businessId !== undefined && { business_connection_id: chat.businessId }),
      ...threadOf(hub, chat, placing),
      ...content,
    };
    const record: MessageRecord = { message, reactions: [] };
    hub.messages(chat.id).put(message.message_id, record);
    hub.changed({ projectId: chat.projectId, chatId: chat.id });
    return record;
  };
  const tell = (chat: ChatRecord, update: Parameters<Updates['push']>[1]) => {
    const bot = hub.bots.get(chat.botId);
    if (bot) updates.push(bot, update);
  };

  const tellOfNew = (chat: ChatRecord, { message }: MessageRecord) => {
    // What a bot sent in the owner's name it knows already.
    if (message.sender_business_bot) return;
    if (chat.businessId === undefined) tell(chat, { message: message as NonChannelMessage });
    else if (isReachable(hub, chat)) tell(chat, { business_message: message as BusinessMessage });
  };

  return {
    post(chat, from, content, placing = {}) {
      const record = place(chat, from, content, placing);
      if (!from.is_bot || record.message.sender_chat) tellOfNew(chat, record);
      return record;
    },
    postNotice(chat, from, content, placing = {}) {
      const record = place(chat, from, content, placing);
      tell(chat, { message: record.message as NonChannelMessage });
      return record;
    },
    edit(chat, record, content, by) {
      record.message = { ...record.message, ...content, edit_date: hub.now() };
      hub.messages(chat.id).put(record.message.message_id, record);
      if (!by.is_bot && chat.businessId === undefined)
        tell(chat, { edited_message: record.message as EditedMessage });
      else if (!by.is_bot && isReachable(hub, chat))
        tell(chat, { edited_business_message: record.message as EditedBusinessMessage });
      hub.changed({ projectId: chat.projectId, chatId: chat.id });
    },
    remove(chat, messageIds) {
      for (const id of messageIds) hub.messages(chat.id).delete(id);
      if (chat.pinned.some((id) => messageIds.includes(id))) {
        chat.pinned = chat.pinned.filter((id) => !messageIds.includes(id));
        hub.chats.put(chat.id, chat);
      }
      hub.changed({ projectId: chat.projectId, chatId: chat.id });
    },
  };
}

/** Whether the bot still hears of a chat of a business account. */
function isReachable(hub: Hub, { businessId = '' }: ChatRecord): boolean {
  return hub.businesses.get(businessId)?.enabled === true;
}

/** The series that numbers a chat's messages. */
export function messageSeries(chat: ChatRecord): string {
  return `message:${chat.id}`;
}

type NonChannelMessage = NonNullable<Parameters<Updates['push']>[1]['message']>;
type BusinessMessage = NonNullable<Parameters<Updates['push']>[1]['business_message']>;
type EditedBusinessMessage = NonNullable<Parameters<Updates['push']>[1]['edited_business_message']>;
type EditedMessage = NonNullable<Parameters<Updates['push']>[1]['edited_message']>;

/**
 * The fields that say where in the chat a message stands. In a topic, a message that answers no other
 * one is an answer to the notice that opened the topic: the real API does it, and bots trip over it.
 */
function threadOf(hub: Hub, chat: ChatRecord, { topic, replyTo, quote }: Placing): Content {
  const answered = replyTo ?? (topic ? hub.messages(chat.id).get(topic.threadId) : undefined);
  return {
    ...(topic && { message_thread_id: topic.threadId, is_topic_message: true }),
    ...(answered && { reply_to_message: withoutReply(answered.message) }),
    ...(replyTo && quote !== undefined && { quote: quoteOf(replyTo.message, quote) }),
  };
}

function quoteOf({ text = '', caption = '' }: Message, quote: string): NonNullable<Message['quote']> {
  const position = (text || caption).indexOf(quote);
  if (position < 0) throw badRequest('QUOTE_TEXT_INVALID');
  return { text: quote, position, is_manual: true };
}

function withoutReply(message: Message): NonNullable<Message['reply_to_message']> {
  const { reply_to_message: _, ...rest } = message;
  return structuredClone(rest) as NonNullable<Message['reply_to_message']>;
}
