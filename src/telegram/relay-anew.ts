import type { Api } from 'grammy';
import type { Message } from 'grammy/types';
import { underByline, type Relayed } from './relay-content.ts';
import { placed, type RelaySide } from './relay-side.ts';

/**
 * Sends a message anew from what is kept of it, with files by their ids, where Telegram cannot copy it: from
 * and to the chats of a business account. `undefined` for kinds that a bot cannot send.
 */
export async function sendAnew(api: Api, side: RelaySide, relayed: Relayed): Promise<Message | undefined> {
  const { message, files, quote } = relayed;
  const place = placed(side, quote);
  const { text, entities } = underByline(relayed);
  if (message.kind === 'text') return api.sendMessage(side.chatId, text, { ...place, entities });
  const [file] = files;
  if (file?.kind === message.kind)
    return sendFile(api, side, file, { ...place, caption: text, caption_entities: entities });
  return sendPlain(api, side, relayed, place);
}

type Place = ReturnType<typeof placed>;
type Captioned = Place & { caption: string; caption_entities: ReturnType<typeof underByline>['entities'] };

async function sendFile(
  api: Api,
  { chatId }: RelaySide,
  { kind, fileId }: { kind: string; fileId: string },
  { caption, caption_entities, ...place }: Captioned,
): Promise<Message | undefined> {
  const captioned = caption === '' ? place : { ...place, caption, caption_entities };
  switch (kind) {
    case 'photo':
      return api.sendPhoto(chatId, fileId, captioned);
    case 'video':
      return api.sendVideo(chatId, fileId, captioned);
    case 'animation':
      return api.sendAnimation(chatId, fileId, captioned);
    case 'audio':
      return api.sendAudio(chatId, fileId, captioned);
    case 'document':
      return api.sendDocument(chatId, fileId, captioned);
    case 'voice':
      return api.sendVoice(chatId, fileId, captioned);
    case 'sticker':
      return api.sendSticker(chatId, fileId, place);
    case 'video_note':
      return api.sendVideoNote(chatId, fileId, place);
    default:
      return undefined;
  }
}

interface Plain {
  readonly location?: { latitude: number; longitude: number; live_period?: number };
  readonly venue?: { location: { latitude: number; longitude: number }; title: string; address: string };
  readonly contact?: { phone_number?: string; first_name?: string; last_name?: string };
  readonly poll?: { question: string; options: { text: string }[]; allows_multiple_answers?: boolean };
  readonly dice?: { emoji: string; value: number };
}

async function sendPlain(
  api: Api,
  { chatId }: RelaySide,
  { content }: Relayed,
  place: Place,
): Promise<Message | undefined> {
  const { location, venue, contact, poll, dice } = (content.extra ?? {}) as Plain;
  if (venue)
    return api.sendVenue(
      chatId,
      venue.location.latitude,
      venue.location.longitude,
      venue.title,
      venue.address,
      place,
    );
  if (location)
    return api.sendLocation(chatId, location.latitude, location.longitude, {
      ...place,
      ...(location.live_period !== undefined && { live_period: location.live_period }),
    });
  // Of somebody else's contact card nothing is kept.
  if (contact?.phone_number && contact.first_name)
    return api.sendContact(chatId, contact.phone_number, contact.first_name, {
      ...place,
      ...(contact.last_name && { last_name: contact.last_name }),
    });
  if (poll)
    return api.sendPoll(
      chatId,
      poll.question,
      poll.options.map((option) => ({ text: option.text })),
      // Without names Telegram tells nobody who answered what.
      { ...place, is_anonymous: false, allows_multiple_answers: poll.allows_multiple_answers ?? false },
    );
  // Thrown anew it would show another number.
  if (dice) return api.sendMessage(chatId, `${dice.emoji} ${dice.value}`, place);
  return undefined;
}
