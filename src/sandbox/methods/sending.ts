import type { Message } from '@grammyjs/types';
import { businessChatFor, messageFor, chatFor, topicForSending, writableChat } from '../access.ts';
import { formatText } from '../entities.ts';
import { inlineKeyboard, replyKeyboard } from '../markup.ts';
import { fileFor, mediaContent, storeFile } from '../media.ts';
import type { Content } from '../messages.ts';
import type { ChatRecord, MediaKind, MessageRecord, Upload } from '../records.ts';
import { badRequest } from '../refusal.ts';
import type { Call, Given, Methods, Result } from './method.ts';

export const LONGEST_TEXT = 4096;
export const LONGEST_CAPTION = 1024;

/** What all sending methods share. */
export type Sending = Pick<
  Given<'sendMessage'>,
  | 'business_connection_id'
  | 'chat_id'
  | 'message_thread_id'
  | 'reply_parameters'
  | 'reply_to_message_id'
  | 'reply_markup'
>;
type Captioned = Sending & Pick<Given<'sendPhoto'>, 'caption' | 'parse_mode' | 'caption_entities'>;

export const sendingMethods: Methods = {
  sendMessage(call, given) {
    const content = textContent(given.text, given.parse_mode, given.entities);
    return send(call, given, content).message as Result<'sendMessage'>;
  },
  sendPhoto: (call, given) => sendFile(call, given, 'photo', given.photo) as Result<'sendPhoto'>,
  sendDocument: (call, given) => sendFile(call, given, 'document', given.document) as Result<'sendDocument'>,
  sendVideo: (call, given) => sendFile(call, given, 'video', given.video) as Result<'sendVideo'>,
  sendAudio: (call, given) => sendFile(call, given, 'audio', given.audio) as Result<'sendAudio'>,
  sendVoice: (call, given) => sendFile(call, given, 'voice', given.voice) as Result<'sendVoice'>,
  sendSticker: (call, given) => sendFile(call, given, 'sticker', given.sticker) as Result<'sendSticker'>,
  sendAnimation: (call, given) =>
    sendFile(call, given, 'animation', given.animation) as Result<'sendAnimation'>,
  sendVideoNote: (call, given) =>
    sendFile(call, given, 'video_note', given.video_note) as Result<'sendVideoNote'>,

  sendChatAction({ hub, bot }, { chat_id, action }) {
    writableChat(hub, bot, chat_id);
    if (action === undefined) throw badRequest('wrong parameter action in request');
    return true;
  },

  copyMessage(call, given) {
    const { message } = sourceOf(call, given.from_chat_id, given.message_id, 'message to copy');
    const content = bodyOf(message);
    if (Object.keys(content).length === 0) throw badRequest("message can't be copied");
    if (given.caption !== undefined) {
      Object.assign(content, captionContent(given.caption, given.parse_mode, given.caption_entities));
    }
    return { message_id: send(call, given, content).message.message_id };
  },
  forwardMessage(call, given) {
    const { message } = sourceOf(call, given.from_chat_id, given.message_id, 'message to forward');
    const content = bodyOf(message);
    if (Object.keys(content).length === 0 || !message.from) throw badRequest("message can't be forwarded");
    const origin = message.forward_origin ?? {
      type: 'user' as const,
      date: message.date,
      sender_user: message.from,
    };
    return send(call, given, { ...content, forward_origin: origin }).message;
  },
};

/** Text with its entities, within Telegram's bounds. */
export function textContent(
  text: string | undefined,
  parseMode: string | undefined,
  entities: Given<'sendMessage'>['entities'],
): Required<Pick<Message, 'text'>> & Content {
  if (text === undefined || text === '') throw badRequest('message text is empty');
  const formatted = formatText(String(text), parseMode, entities);
  if (formatted.text === '') throw badRequest('text must be non-empty');
  if (formatted.text.length > LONGEST_TEXT) throw badRequest('message is too long');
  return {
    text: formatted.text,
    ...(formatted.entities.length > 0 && { entities: formatted.entities }),
  };
}

export function captionContent(
  caption: string | undefined,
  parseMode: string | undefined,
  entities: Given<'sendPhoto'>['caption_entities'],
): Content {
  if (caption === undefined || caption === '') return {};
  const formatted = formatText(caption, parseMode, entities);
  if (formatted.text.length > LONGEST_CAPTION) throw badRequest('message caption is too long');
  return {
    caption: formatted.text,
    ...(formatted.entities.length > 0 && { caption_entities: formatted.entities }),
  };
}

function sendFile(call: Call, given: Captioned, kind: MediaKind, file: Upload | string | undefined): Message {
  if (file === undefined) throw badRequest(`there is no ${kind} in the request`);
  // The chat is looked at first, so that a refused call leaves no file behind.
  chatToSendTo(call, given);
  const caption = captionContent(given.caption, given.parse_mode, given.caption_entities);
  const stored = typeof file === 'string' ? fileFor(call.hub, file) : storeFile(call.hub, file, kind);
  return send(call, given, { ...mediaContent(stored, kind), ...caption }).message;
}

/** The chat a message goes to: the bot's own, or one of a business account it may answer for. */
export function chatToSendTo({ hub, bot }: Call, given: Sending): ChatRecord {
  return given.business_connection_id === undefined
    ? writableChat(hub, bot, given.chat_id)
    : businessChatFor(hub, bot, given.business_connection_id, given.chat_id);
}

/** Puts a bot's message into a chat. */
export function send(call: Call, given: Sending, content: Content): MessageRecord {
  const { hub, bot, desk } = call;
  const chat = chatToSendTo(call, given);
  const owner = chat.businessId === undefined ? undefined : ownerOf(hub, chat.businessId);
  const topic = topicForSending(hub, chat, bot.id, given.message_thread_id);
  const replyTo = repliedTo(call, chat, given);
  const keyboard = inlineKeyboard(given.reply_markup);
  const placed = topic ?? hub.topics(chat.id).get(replyTo?.message.message_thread_id ?? 0);
  const record = desk.post(
    chat,
    owner ?? bot.user,
    {
      ...content,
      ...(owner && { sender_business_bot: bot.user }),
      ...(keyboard && { reply_markup: keyboard }),
    },
    { topic: placed, replyTo, quote: given.reply_parameters?.quote },
  );
  const own = replyKeyboard(given.reply_markup);
  if (own) {
    record.keyboard = own;
    hub.messages(chat.id).put(record.message.message_id, record);
  }
  return record;
}

function ownerOf(hub: Call['hub'], businessId: string) {
  return hub.people.get(hub.businesses.get(businessId)?.ownerId ?? 0)?.user;
}

function repliedTo({ hub }: Call, chat: ChatRecord, given: Sending): MessageRecord | undefined {
  const wanted = given.reply_parameters?.message_id ?? given.reply_to_message_id;
  if (wanted === undefined) return undefined;
  const record = hub.messages(chat.id).get(wanted);
  if (!record && !given.reply_parameters?.allow_sending_without_reply) {
    throw badRequest('message to be replied not found');
  }
  return record;
}

function sourceOf(
  { hub, bot }: Call,
  chatId: number | string | undefined,
  messageId: number | undefined,
  purpose: string,
): MessageRecord {
  return messageFor(hub, chatFor(hub, bot, chatId), messageId, purpose);
}

const BODY = [
  'text',
  'entities',
  'caption',
  'caption_entities',
  'photo',
  'document',
  'video',
  'audio',
  'voice',
  'sticker',
  'animation',
  'video_note',
  'location',
  'venue',
  'contact',
  'poll',
  'dice',
] as const;

/** What of a message travels along when it is copied; empty for service notices. */
export function bodyOf(message: Message): Content {
  // A quiz is copied only by those who know its answer.
  if (message.poll?.type === 'quiz' && message.poll.correct_option_ids === undefined) return {};
  return structuredClone(
    Object.fromEntries(BODY.filter((key) => message[key] !== undefined).map((key) => [key, message[key]])),
  );
}
