import type { Message, ReactionType } from 'grammy/types';
import type { IncomingMessage } from '../acts/take-message.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';

interface File {
  readonly file_id: string;
  readonly file_unique_id?: string;
  readonly file_size?: number;
  readonly file_name?: string;
  readonly mime_type?: string;
}

/** An animation comes with a document beside it for older bots, so it is looked for first. */
const FILE_KINDS = ['animation', 'document', 'video', 'audio', 'voice', 'video_note', 'sticker'] as const;

/** What is not text and no file, kept as Telegram sent it. A venue comes with a location beside it. */
const KINDS = [
  'venue',
  'location',
  'contact',
  'poll',
  'dice',
  'game',
  'story',
  'checklist',
  'paid_media',
  'giveaway',
  'invoice',
] as const;

/** What belongs to a message of whatever kind. */
const BESIDE = [
  'forward_origin',
  'quote',
  'external_reply',
  'reply_to_story',
  'media_group_id',
  'via_bot',
  'has_media_spoiler',
  'show_caption_above_media',
] as const;

/** What a message says, in the form it is stored: text, entities, files, and the rest as it came. */
export function contentOf(message: Message): Pick<IncomingMessage, 'kind' | 'content' | 'attachments'> {
  const file = fileOf(message);
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  const extra = extraOf(message);
  const kind = file?.kind ?? kindOf(message, extra);
  const content: MessageContent = {
    ...(text !== undefined && { text }),
    ...(entities && { entities: entities.map((entity) => ({ ...entity })) }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
  return { kind, content, attachments: file ? [attachmentOf(file.kind, file.file)] : paidFiles(message) };
}

/** A whole message as the acts take it. */
export function incomingMessage(message: Message): IncomingMessage {
  const repliedTo = message.reply_to_message;
  // In a topic every message "replies" to the one that opened it.
  const isReply = repliedTo && repliedTo.message_id !== message.message_thread_id;
  return {
    ...contentOf(message),
    telegramMessageId: message.message_id,
    sentAt: new Date(message.date * 1000),
    ...(isReply && { replyToMessageId: repliedTo.message_id }),
    ...(message.media_group_id && { album: message.media_group_id }),
  };
}

/** A reaction as it is stored: what stands under the message now, which may be nothing. */
export function reactionContent(reactions: readonly ReactionType[]): MessageContent {
  return { extra: { reaction: reactions.map((one) => ({ ...one })) } };
}

function attachmentOf(kind: string, file: File): IncomingMessage['attachments'][number] {
  const content: AttachmentContent = {
    fileId: file.file_id,
    ...(file.file_unique_id && { uniqueId: file.file_unique_id }),
    ...(file.file_name && { fileName: file.file_name }),
    ...(file.mime_type && { mimeType: file.mime_type }),
  };
  return { kind, sizeBytes: file.file_size ?? null, content };
}

function fileOf(message: Message): { kind: string; file: File } | undefined {
  // Telegram offers a photo in several sizes; the last is the largest.
  const photo = message.photo?.at(-1);
  if (photo) return { kind: 'photo', file: photo };
  for (const kind of FILE_KINDS) {
    const file = message[kind];
    if (file) return { kind, file };
  }
  return undefined;
}

/** What was paid for is told like any other file; a preview has none. */
function paidFiles({ paid_media: paid }: Message): IncomingMessage['attachments'] {
  return (paid?.paid_media ?? []).flatMap((media) => {
    if (media.type === 'video') return [attachmentOf('video', media.video)];
    const photo = media.type === 'photo' ? media.photo.at(-1) : undefined;
    return photo ? [attachmentOf('photo', photo)] : [];
  });
}

function extraOf(message: Message): Record<string, unknown> {
  const all = message as unknown as Record<string, unknown>;
  const present = [...KINDS, ...BESIDE].filter((name) => all[name] !== undefined);
  // A venue holds its location itself.
  const kept = present.filter((name) => name !== 'location' || all['venue'] === undefined);
  return Object.fromEntries(kept.map((name) => [name, all[name]]));
}

/** Fields that say where and when, not what. */
const ENVELOPE = new Set([
  'message_id',
  'message_thread_id',
  'from',
  'chat',
  'date',
  'edit_date',
  'reply_to_message',
  'is_topic_message',
  'sender_chat',
  'business_connection_id',
  'sender_business_bot',
]);

function kindOf(message: Message, extra: Record<string, unknown>): string {
  if (message.text !== undefined) return 'text';
  const known = KINDS.find((name) => name in extra);
  if (known) return known;
  // An unknown kind is kept as it came, never dropped.
  const rest = Object.entries(message).filter(([name]) => !ENVELOPE.has(name) && !(name in extra));
  Object.assign(extra, Object.fromEntries(rest));
  return rest[0]?.[0] ?? 'unknown';
}
