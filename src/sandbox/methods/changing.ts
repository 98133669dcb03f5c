import { chatFor, memberOf, messageFor } from '../access.ts';
import { inlineKeyboard } from '../markup.ts';
import type { Content } from '../messages.ts';
import type { ChatRecord, MessageRecord } from '../records.ts';
import { badRequest } from '../refusal.ts';
import type { Call, Given, Methods } from './method.ts';
import { mediaOf } from './kinds.ts';
import { captionContent, chatToSendTo, textContent } from './sending.ts';

/** What an edit of the media takes away before it puts the new one there. */
const NO_MEDIA = {
  ...{ photo: undefined, video: undefined, document: undefined, audio: undefined, animation: undefined },
  ...{ caption: undefined, caption_entities: undefined },
};

/** A bot deletes only what is younger. */
const DELETABLE_SECONDS = 48 * 3600;

export const changingMethods: Methods = {
  editMessageText: (call, given) =>
    editOwn(call, given, (old) => {
      if (old.message.text === undefined) throw badRequest('there is no text in the message to edit');
      return { entities: undefined, ...textContent(given.text, given.parse_mode, given.entities) };
    }) as never,
  editMessageCaption: (call, given) =>
    editOwn(call, given, (old) => {
      if (old.message.text !== undefined) throw badRequest('there is no caption in the message to edit');
      const caption = captionContent(given.caption, given.parse_mode, given.caption_entities);
      return { caption: undefined, caption_entities: undefined, ...caption };
    }) as never,
  editMessageMedia: (call, given) =>
    editOwn(call, given, (old) => {
      if (old.message.text !== undefined) throw badRequest('there is no media in the message to edit');
      return { ...NO_MEDIA, ...mediaOf(call, given.media) };
    }) as never,
  editMessageLiveLocation: (call, given) =>
    editOwn(call, given, (old) => {
      const { location } = old.message;
      if (!location?.live_period) throw badRequest("message can't be edited");
      if (given.latitude === undefined || given.longitude === undefined)
        throw badRequest('latitude is empty');
      return {
        location: { ...location, latitude: given.latitude, longitude: given.longitude },
      };
    }) as never,
  stopMessageLiveLocation: (call, given) =>
    editOwn(call, given, (old) => {
      const { location } = old.message;
      if (!location?.live_period) throw badRequest("message can't be edited");
      const { live_period: _, ...still } = location;
      return { location: still };
    }) as never,
  editMessageReplyMarkup: (call, given) => editOwn(call, given, () => ({})) as never,

  deleteMessage({ hub, bot, desk }, { chat_id, message_id }) {
    const chat = chatFor(hub, bot, chat_id);
    const record = messageFor(hub, chat, message_id, 'message to delete');
    checkDeletable(chat, bot.id, record, hub.now());
    desk.remove(chat, [record.message.message_id]);
    return true;
  },
  deleteMessages({ hub, bot, desk }, { chat_id, message_ids }) {
    const chat = chatFor(hub, bot, chat_id);
    if (!message_ids || message_ids.length === 0) throw badRequest('message identifiers are not specified');
    if (message_ids.length > 100) throw badRequest('too many message identifiers specified');
    const found = message_ids.flatMap((id) => hub.messages(chat.id).get(id) ?? []);
    for (const record of found) checkDeletable(chat, bot.id, record, hub.now());
    desk.remove(
      chat,
      found.map((record) => record.message.message_id),
    );
    return true;
  },

  setMessageReaction({ hub, bot }, { chat_id, message_id, reaction = [] }) {
    const chat = chatFor(hub, bot, chat_id);
    const record = messageFor(hub, chat, message_id, 'message to react');
    if (reaction.length > 1) throw badRequest('REACTIONS_TOO_MANY');
    const emoji = reaction.flatMap((r) => (r.type === 'emoji' ? [r.emoji] : []));
    record.reactions = record.reactions.filter((r) => r.userId !== bot.id);
    if (emoji.length > 0) record.reactions.push({ userId: bot.id, emoji });
    hub.messages(chat.id).put(record.message.message_id, record);
    hub.changed({ projectId: chat.projectId, chatId: chat.id });
    return true;
  },

  pinChatMessage({ hub, bot, desk }, { chat_id, message_id }) {
    const chat = chatFor(hub, bot, chat_id);
    const record = messageFor(hub, chat, message_id, 'message to pin');
    chat.pinned = [
      ...chat.pinned.filter((id) => id !== record.message.message_id),
      record.message.message_id,
    ];
    hub.chats.put(chat.id, chat);
    const topic = hub.topics(chat.id).get(record.message.message_thread_id ?? 0);
    desk.postNotice(chat, bot.user, { pinned_message: record.message }, { topic });
    return true;
  },
  unpinChatMessage({ hub, bot }, { chat_id, message_id }) {
    const chat = chatFor(hub, bot, chat_id);
    const unpinned = message_id ?? chat.pinned.at(-1);
    if (unpinned === undefined || !chat.pinned.includes(unpinned))
      throw badRequest('message to unpin not found');
    chat.pinned = chat.pinned.filter((id) => id !== unpinned);
    hub.chats.put(chat.id, chat);
    hub.changed({ projectId: chat.projectId, chatId: chat.id });
    return true;
  },
};

type Editing = Pick<
  Given<'editMessageText'>,
  'business_connection_id' | 'chat_id' | 'message_id' | 'inline_message_id' | 'reply_markup'
>;
/** A field set to undefined is one that the edit takes away. */
type Edit = { [K in keyof Content]: Content[K] | undefined };

function editOwn(call: Call, given: Editing, change: (old: MessageRecord) => Edit): unknown {
  const { hub, bot, desk } = call;
  if (given.inline_message_id !== undefined) throw badRequest('MESSAGE_ID_INVALID');
  const chat = chatToSendTo(call, given);
  const record = messageFor(hub, chat, given.message_id, 'message to edit');
  const author = record.message.sender_business_bot ?? record.message.from;
  if (author?.id !== bot.id) throw badRequest("message can't be edited");
  // An edit without a keyboard takes the keyboard away, as with Telegram.
  const edited = { ...record.message, ...change(record), reply_markup: inlineKeyboard(given.reply_markup) };
  if (sameContent(edited, record.message)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  record.message = JSON.parse(JSON.stringify(edited)) as MessageRecord['message'];
  desk.edit(chat, record, {}, bot.user);
  return record.message;
}

function sameContent(a: object, b: object): boolean {
  const essence = (m: object) => {
    const { text, entities, caption, caption_entities, reply_markup, ...rest } = m as Content;
    const { location, photo, video, document, audio, animation } = rest;
    const keyboard = reply_markup?.inline_keyboard.length ? reply_markup : undefined;
    return JSON.stringify([
      ...[text, entities, caption, caption_entities, keyboard],
      ...[location, photo, video, document, audio, animation],
    ]);
  };
  return essence(a) === essence(b);
}

function checkDeletable(chat: ChatRecord, botId: number, { message }: MessageRecord, now: number): void {
  if (message.forum_topic_created) throw badRequest("message can't be deleted");
  if (now - message.date >= DELETABLE_SECONDS) throw badRequest("message can't be deleted for everyone");
  const own = message.from?.id === botId;
  if (chat.chat.type !== 'private' && !own && !memberOf(chat, botId)?.canDeleteMessages) {
    throw badRequest("message can't be deleted");
  }
}
