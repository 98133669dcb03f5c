import { randomBytes } from 'node:crypto';
import type { Message, ReactionType } from '@grammyjs/types';
import { isIn, memberOf, messageFor, topicForSending } from './access.ts';
import type { Hub } from './hub.ts';
import { kindOf, mediaContent, storeFile } from './media.ts';
import type { Content, Desk } from './messages.ts';
import { newMediaGroup } from './methods/kinds.ts';
import { captionContent, textContent } from './methods/sending.ts';
import { createPlayBusiness, type PlayBusiness } from './play-business.ts';
import { createPlayGroups, type PlayGroups } from './play-groups.ts';
import { vote } from './play-vote.ts';
import type { ChatRecord, MediaKind, PersonRecord, Upload } from './records.ts';
import { badRequest, forbidden } from './refusal.ts';
import { botOf, seenChat, seenMessage, type PlayedChat, type SeenMessage } from './play-view.ts';
import type { Updates } from './updates.ts';

export type { PlayedChat, SeenMessage };

export interface PlayedMessage {
  /** Absent: the person's own chat with the bot. */
  chatId?: number;
  text?: string;
  file?: Upload;
  /** What the file is sent as; absent: what the person's app would make of it. */
  as?: MediaKind;
  /** What is neither text nor a file: a location, a contact, a story, the origin of a forward and so on. */
  content?: Content;
  threadId?: number;
  replyTo?: number;
  /** Words of the message that is answered. */
  quote?: string;
  /** Written in a group as the group itself, as administrators may. */
  anonymous?: boolean;
}

/** What a person can do in Telegram. Each act refuses with a `Refusal` where Telegram's app would. */
export interface Play {
  send(userId: number, message: PlayedMessage): Message;
  /** Opens the bot, as the Start button or a `t.me/bot?start=payload` link does; also ends a block. */
  start(userId: number, payload?: string): Message;
  /** Sends several files as one album; the text stands under the first. */
  album(userId: number, album: Omit<PlayedMessage, 'file'> & { files: Upload[] }): Message[];
  /** Edits the text or caption; with `content`, puts something else in its place, such as a location. */
  edit(userId: number, at: { chatId?: number; messageId: number; text?: string; content?: Content }): Message;
  /** Chooses options of a poll; none takes the vote back. */
  vote(userId: number, at: { chatId?: number; messageId: number; options: number[] }): void;
  groups: PlayGroups;
  business: PlayBusiness;
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

/** Who writes as the group: the Bot API names this account of Telegram's own. */
const ANONYMOUS = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };

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
    const from = placed.anonymous ? ANONYMOUS : person.user;
    const as = placed.anonymous && { sender_chat: chat.chat };
    return desk.post(chat, from, { ...content, ...as }, { topic, replyTo, quote: placed.quote }).message;
  };
  const open = (userId: number, chatId: number | undefined) => {
    const person = personOf(userId);
    const chat = chatOf(person, chatId);
    if (chat.chat.type === 'private' && chat.businessId === undefined) {
      if (person.blocked) throw forbidden('unblock the bot before writing to it');
      if (!person.started) hub.people.put(userId, Object.assign(person, { started: true }));
    }
    return { person, chat };
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
      const { person, chat } = open(userId, message.chatId);
      return write(person, chat, playedContent(hub, message), message);
    },
    album(userId, { files, text, ...placed }) {
      const { person, chat } = open(userId, placed.chatId);
      const media_group_id = newMediaGroup(hub);
      return files.map((file, at) => {
        const content = playedContent(hub, { ...placed, file, ...(at === 0 && text && { text }) });
        return write(person, chat, { ...content, media_group_id }, placed);
      });
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
      desk.edit(chat, record, { ...changed, ...at.content }, person.user);
      return record.message;
    },
    vote(userId, at) {
      const { person, chat, record } = own(userId, at);
      vote(hub, updates, { person, chat, record, options: at.options });
    },
    groups: createPlayGroups(hub, updates, desk),
    business: createPlayBusiness(hub, updates, desk),
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
      hub.changed({ projectId: chat.projectId, chatId: chat.id });
      // In a group, reactions are told to bots that administrate it.
      if (chat.chat.type !== 'private' && memberOf(chat, chat.botId)?.status !== 'administrator') return;
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

function playedContent(hub: Hub, { file, as, text, content }: PlayedMessage): Content {
  if (file)
    return { ...storedMedia(hub, file, as), ...captionContent(text, undefined, undefined), ...content };
  if (content && text === undefined) return content;
  return { ...textContent(text, undefined, undefined), ...content };
}

function storedMedia(hub: Hub, upload: Upload, as = kindOf(upload)): Content {
  return mediaContent(storeFile(hub, upload, as), as);
}

function reaction(emoji: string): ReactionType {
  return { type: 'emoji', emoji: emoji as Extract<ReactionType, { type: 'emoji' }>['emoji'] };
}
