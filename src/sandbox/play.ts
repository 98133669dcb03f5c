import { randomBytes } from 'node:crypto';
import type { Chat, Message, ReactionType } from '@grammyjs/types';
import { isIn, messageFor, topicForSending } from './access.ts';
import type { Hub } from './hub.ts';
import { kindOf, mediaContent, storeFile } from './media.ts';
import type { Content, Desk } from './messages.ts';
import { captionContent, textContent } from './methods/sending.ts';
import type { BotRecord, ChatRecord, MessageRecord, PersonRecord, Upload } from './records.ts';
import { badRequest, forbidden } from './refusal.ts';
import type { Updates } from './updates.ts';

export interface PlayedMessage {
  /** Absent: the person's own chat with the bot. */
  chatId?: number;
  text?: string;
  file?: Upload;
  threadId?: number;
  replyTo?: number;
}

/** A chat as one of its people sees it. */
export interface PlayedChat {
  id: number;
  title: string;
  kind: 'private' | 'group';
  topics: { id: number; name: string; closed: boolean; color: number; lastMessageId: number }[];
  started: boolean;
  blocked: boolean;
}

/** A message with what only people see of it. */
export type SeenMessage = Message & {
  reactions: { userId: number; emoji: string[] }[];
  keyboard?: string[][];
};

/** What a person can do in Telegram. Each act refuses with a `Refusal` where Telegram's app would. */
export interface Play {
  send(userId: number, message: PlayedMessage): Message;
  /** Opens the bot, as the Start button or a `t.me/bot?start=payload` link does; also ends a block. */
  start(userId: number, payload?: string): Message;
  edit(userId: number, at: { chatId?: number; messageId: number; text: string }): Message;
  /** Presses an inline button; the id is that of the callback query. */
  press(userId: number, at: { chatId?: number; messageId: number; data: string }): string;
  block(userId: number): void;
  unblock(userId: number): void;
  /** Sets the person's reaction; without an emoji, takes it back. */
  react(userId: number, at: { chatId?: number; messageId: number; emoji?: string }): void;
  chats(userId: number): PlayedChat[];
  messages(userId: number, chatId: number, threadId?: number): SeenMessage[];
  /** What the bot answered to a pressed button, once it has. */
  callbackAnswer(id: string): { text?: string; showAlert: boolean; url?: string } | undefined;
}

export function createPlay(hub: Hub, updates: Updates, desk: Desk): Play {
  const personOf = (userId: number): PersonRecord => {
    const person = hub.people.get(userId);
    if (!person) throw badRequest('user not found');
    return person;
  };
  const chatOf = (person: PersonRecord, chatId = person.user.id): ChatRecord => {
    const chat = hub.chats.get(chatId);
    if (!chat || !isIn(chat, person.user.id)) throw badRequest('chat not found');
    return chat;
  };
  const own = (userId: number, at: { chatId?: number; messageId: number }) => {
    const person = personOf(userId);
    const chat = chatOf(person, at.chatId);
    return { person, chat, record: messageFor(hub, chat, at.messageId, 'message') };
  };
  const write = (
    person: PersonRecord,
    chat: ChatRecord,
    content: Content,
    placed: PlayedMessage,
  ): Message => {
    const topic = topicForSending(hub, chat, person.user.id, placed.threadId);
    const replyTo =
      placed.replyTo === undefined
        ? undefined
        : messageFor(hub, chat, placed.replyTo, 'message to be replied');
    return desk.post(chat, person.user, content, { topic, replyTo }).message;
  };
  const setBlocked = (userId: number, blocked: boolean) => {
    const person = personOf(userId);
    if (person.blocked === blocked) return;
    person.blocked = blocked;
    hub.people.put(userId, person);
    const chat = chatOf(person);
    const bot = botOf(hub, chat);
    const member = { status: 'member' as const, user: bot.user };
    const kicked = { status: 'kicked' as const, user: bot.user, until_date: 0 };
    updates.push(bot, {
      my_chat_member: {
        chat: chat.chat,
        from: person.user,
        date: hub.now(),
        old_chat_member: blocked ? member : kicked,
        new_chat_member: blocked ? kicked : member,
      },
    });
    hub.changed({ projectId: chat.projectId, chatId: chat.id });
  };

  return {
    send(userId, message) {
      const person = personOf(userId);
      const chat = chatOf(person, message.chatId);
      if (chat.chat.type === 'private') {
        if (person.blocked) throw forbidden('unblock the bot before writing to it');
        if (!person.started) hub.people.put(userId, Object.assign(person, { started: true }));
      }
      const content = message.file
        ? { ...storedMedia(hub, message.file), ...captionContent(message.text, undefined, undefined) }
        : textContent(message.text, undefined, undefined);
      return write(person, chat, content, message);
    },
    start(userId, payload) {
      setBlocked(userId, false);
      return this.send(userId, {
        text: payload === undefined || payload === '' ? '/start' : `/start ${payload}`,
      });
    },
    edit(userId, at) {
      const { person, chat, record } = own(userId, at);
      if (record.message.from?.id !== userId) throw badRequest("message can't be edited");
      const changed =
        record.message.text === undefined
          ? captionContent(at.text, undefined, undefined)
          : textContent(at.text, undefined, undefined);
      desk.edit(chat, record, changed, person.user);
      return record.message;
    },
    press(userId, at) {
      const { person, chat, record } = own(userId, at);
      const buttons = record.message.reply_markup?.inline_keyboard.flat() ?? [];
      if (!buttons.some((b) => 'callback_data' in b && b.callback_data === at.data))
        throw badRequest('DATA_INVALID');
      const id = String(BigInt(`0x${randomBytes(7).toString('hex')}`));
      hub.callbacks.put(id, { id, botId: chat.botId, userId, at: hub.now() });
      const instance = String(BigInt.asUintN(63, BigInt(chat.id) * 7_919n));
      updates.push(botOf(hub, chat), {
        callback_query: {
          id,
          from: person.user,
          message: record.message,
          chat_instance: instance,
          data: at.data,
        },
      });
      return id;
    },
    block: (userId) => setBlocked(userId, true),
    unblock: (userId) => setBlocked(userId, false),
    react(userId, at) {
      const { person, chat, record } = own(userId, at);
      const before = record.reactions.find((r) => r.userId === userId)?.emoji ?? [];
      const after = at.emoji === undefined || at.emoji === '' ? [] : [at.emoji];
      record.reactions = record.reactions.filter((r) => r.userId !== userId);
      if (after.length > 0) record.reactions.push({ userId, emoji: after });
      hub.messages(chat.id).put(at.messageId, record);
      updates.push(botOf(hub, chat), {
        message_reaction: {
          chat: chat.chat,
          message_id: at.messageId,
          user: person.user,
          date: hub.now(),
          old_reaction: before.map(reaction),
          new_reaction: after.map(reaction),
        },
      });
      hub.changed({ projectId: chat.projectId, chatId: chat.id });
    },
    chats(userId) {
      const person = personOf(userId);
      return hub.chats
        .values()
        .filter((chat) => isIn(chat, userId))
        .map((chat) => seenChat(hub, person, chat));
    },
    messages(userId, chatId, threadId) {
      const chat = chatOf(personOf(userId), chatId);
      return hub
        .messages(chat.id)
        .values()
        .filter(({ message }) => threadId === undefined || (message.message_thread_id ?? 0) === threadId)
        .map(seenMessage);
    },
    callbackAnswer: (id) => hub.callbacks.get(id)?.answer,
  };
}

function botOf(hub: Hub, chat: ChatRecord): BotRecord {
  const bot = hub.bots.get(chat.botId);
  if (!bot) throw badRequest('bot not found');
  return bot;
}

function storedMedia(hub: Hub, upload: Upload): Content {
  const kind = kindOf(upload);
  return mediaContent(storeFile(hub, upload, kind), kind);
}

function reaction(emoji: string): ReactionType {
  return { type: 'emoji', emoji: emoji as Extract<ReactionType, { type: 'emoji' }>['emoji'] };
}

function seenChat(hub: Hub, person: PersonRecord, chat: ChatRecord): PlayedChat {
  const messages = hub.messages(chat.id).values();
  return {
    id: chat.id,
    title: titleOf(hub, chat),
    kind: chat.chat.type === 'private' ? 'private' : 'group',
    started: person.started,
    blocked: person.blocked,
    topics: hub
      .topics(chat.id)
      .values()
      .map((topic) => ({
        id: topic.threadId,
        name: topic.name,
        closed: topic.closed,
        color: topic.iconColor,
        lastMessageId:
          messages.findLast((m) => m.message.message_thread_id === topic.threadId)?.message.message_id ?? 0,
      })),
  };
}

function titleOf(hub: Hub, chat: ChatRecord): string {
  return (chat.chat as Partial<Chat.SupergroupChat>).title ?? botOf(hub, chat).user.first_name;
}

function seenMessage({ message, reactions, keyboard }: MessageRecord): SeenMessage {
  const keys = keyboard?.keyboard.map((row) =>
    row.map((button) => (typeof button === 'string' ? button : button.text)),
  );
  return { ...message, reactions, ...(keys && { keyboard: keys }) };
}
