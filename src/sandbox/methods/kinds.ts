import { randomInt } from 'node:crypto';
import type { InputMedia, Message, Poll } from '@grammyjs/types';
import { chatFor } from '../access.ts';
import type { Hub } from '../hub.ts';
import { fileFor, mediaContent, storeFile } from '../media.ts';
import type { Content } from '../messages.ts';
import type { MediaKind, Upload } from '../records.ts';
import { badRequest } from '../refusal.ts';
import type { Call, Given, Methods, Result } from './method.ts';
import { bodyOf, captionContent, chatToSendTo, send } from './sending.ts';

/** What is neither text nor one file: places, contacts, polls, dice, and several messages at once. */
export const kindMethods: Methods = {
  sendLocation: (call, given) =>
    send(call, given, { location: locationOf(given) }).message as Result<'sendLocation'>,
  sendVenue(call, given) {
    const { title = '', address = '' } = given;
    if (title === '') throw badRequest('venue title is empty');
    const location = locationOf(given);
    // Telegram shows the place of a venue beside it, for bots that know no venues.
    const content = { venue: { location, title, address }, location };
    return send(call, given, content).message as Result<'sendVenue'>;
  },
  sendContact(call, given) {
    const { phone_number = '', first_name = '', last_name } = given;
    if (phone_number === '' || first_name === '') throw badRequest('contact phone number is empty');
    const contact = { phone_number, first_name, ...(last_name !== undefined && { last_name }) };
    return send(call, given, { contact }).message as Result<'sendContact'>;
  },
  sendPoll(call, given) {
    const poll = newPoll(call.hub, {
      question: given.question ?? '',
      options: (given.options ?? []).map((one) => (typeof one === 'string' ? one : one.text)),
      isAnonymous: given.is_anonymous ?? true,
      allowsMultiple: given.allows_multiple_answers ?? false,
    });
    return send(call, given, { poll }).message as Result<'sendPoll'>;
  },
  sendDice(call, given) {
    const dice = { emoji: given.emoji ?? '🎲', value: randomInt(1, 7) };
    return send(call, given, { dice }).message as Result<'sendDice'>;
  },

  sendMediaGroup(call, given) {
    const media = given.media ?? [];
    if (media.length < 2 || media.length > 10) throw badRequest('MEDIA_GROUP_INVALID');
    chatToSendTo(call, given);
    const contents = media.map((one) => mediaOf(call, one as InputMedia<Upload>));
    const group = newMediaGroup(call.hub);
    return contents.map(
      (content) => send(call, given, { ...content, media_group_id: group }).message,
    ) as Result<'sendMediaGroup'>;
  },

  copyMessages(call, given) {
    const ids = given.message_ids ?? [];
    if (ids.some((id, at) => at > 0 && id <= (ids[at - 1] ?? 0)))
      throw badRequest('message identifiers must be in a strictly increasing order');
    const groups = new Map<string, string>();
    const from = chatFor(call.hub, call.bot, given.from_chat_id);
    // Those that cannot be copied are left out, as the Bot API says.
    return ids.flatMap((id) => {
      const source = call.hub.messages(from.id).get(id);
      const content = source ? inGroup(call.hub, source.message, groups) : {};
      if (Object.keys(content).length === 0) return [];
      return [{ message_id: send(call, given, content).message.message_id }];
    });
  },

  getBusinessConnection({ hub, bot }, { business_connection_id = '' }) {
    const business = hub.businesses.get(business_connection_id);
    if (!business || business.botId !== bot.id) throw badRequest('business connection not found');
    return businessView(hub, business.id);
  },
};

/** A business connection as the Bot API shows it. */
export function businessView(hub: Hub, businessId: string): Result<'getBusinessConnection'> {
  const business = hub.businesses.get(businessId);
  const user = hub.people.get(business?.ownerId ?? 0)?.user;
  if (!business || !user) throw badRequest('business connection not found');
  return {
    id: business.id,
    user,
    user_chat_id: user.id,
    date: business.date,
    rights: { can_read_messages: true, ...(business.canReply && { can_reply: true as const }) },
    is_enabled: business.enabled,
  };
}

/** Number of a new album. */
export function newMediaGroup(hub: Hub): string {
  return `138${String(hub.next('media-group')).padStart(14, '0')}`;
}

/** A poll nobody has voted in. */
export function newPoll(
  hub: Hub,
  asked: { question: string; options: string[]; isAnonymous: boolean; allowsMultiple: boolean },
): Poll {
  const { question, options, isAnonymous, allowsMultiple } = asked;
  if (question === '') throw badRequest('poll question must be non-empty');
  if (options.length < 1 || options.length > 12) throw badRequest('poll must have at least 1 option');
  return {
    id: `57${String(hub.next('poll')).padStart(16, '0')}`,
    question,
    options: options.map((text, at) => ({ persistent_id: `${at}`, text, voter_count: 0 })),
    total_voter_count: 0,
    is_closed: false,
    is_anonymous: isAnonymous,
    type: 'regular',
    allows_multiple_answers: allowsMultiple,
  } as Poll;
}

/** What `InputMedia` puts into a message. */
export function mediaOf({ hub }: Pick<Call, 'hub'>, given: Given<'editMessageMedia'>['media']): Content {
  if (!given) throw badRequest('media is empty');
  const { type, media, caption, parse_mode, caption_entities } = given as InputMedia<Upload> & {
    media: Upload | string;
    caption?: string;
    parse_mode?: string;
    caption_entities?: Given<'sendPhoto'>['caption_entities'];
  };
  const kind = type as MediaKind;
  const file = typeof media === 'string' ? fileFor(hub, media) : storeFile(hub, media, kind);
  return { ...mediaContent(file, kind), ...captionContent(caption, parse_mode, caption_entities) };
}

function inGroup(hub: Hub, message: Message, groups: Map<string, string>): Content {
  const content = bodyOf(message);
  const { media_group_id: group } = message;
  if (group === undefined || Object.keys(content).length === 0) return content;
  const copied = groups.get(group) ?? newMediaGroup(hub);
  groups.set(group, copied);
  return { ...content, media_group_id: copied };
}

function locationOf(given: Pick<Given<'sendLocation'>, 'latitude' | 'longitude' | 'live_period'>) {
  const { latitude, longitude, live_period } = given;
  if (latitude === undefined || longitude === undefined) throw badRequest('latitude is empty');
  return { latitude, longitude, ...(live_period !== undefined && { live_period }) };
}
