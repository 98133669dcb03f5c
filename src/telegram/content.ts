import type { Message } from 'grammy/types';
import type { IncomingMessage } from '../acts/take-message.ts';
import type { MessageContent } from '../domain/messages.ts';

interface File {
  readonly file_id: string;
  readonly file_size?: number;
  readonly file_name?: string;
  readonly mime_type?: string;
}

const FILE_KINDS = ['document', 'video', 'audio', 'voice', 'video_note', 'animation', 'sticker'] as const;

/** What is not text and no file, kept as Telegram sent it. */
const EXTRA = [
  'location',
  'venue',
  'contact',
  'poll',
  'dice',
  'game',
  'story',
  'forward_origin',
  'quote',
  'media_group_id',
  'checklist',
] as const;

/** What a message says, in the form it is stored: text, entities, files, and the rest as it came. */
export function contentOf(message: Message): Pick<IncomingMessage, 'kind' | 'content' | 'attachments'> {
  const file = fileOf(message);
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  const extra = extraOf(message);
  const content: MessageContent = {
    ...(text !== undefined && { text }),
    ...(entities && { entities: entities.map((entity) => ({ ...entity })) }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
  return {
    kind: file?.kind ?? kindOf(message, extra),
    content,
    attachments: file
      ? [
          {
            kind: file.kind,
            sizeBytes: file.file.file_size ?? null,
            content: {
              fileId: file.file.file_id,
              ...(file.file.file_name && { fileName: file.file.file_name }),
              ...(file.file.mime_type && { mimeType: file.file.mime_type }),
            },
          },
        ]
      : [],
  };
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
  };
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

function extraOf(message: Message): Record<string, unknown> {
  const all = message as unknown as Record<string, unknown>;
  return Object.fromEntries(EXTRA.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
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
]);

function kindOf(message: Message, extra: Record<string, unknown>): string {
  if (message.text !== undefined) return 'text';
  const [first] = Object.keys(extra).filter((name) => name !== 'forward_origin' && name !== 'media_group_id');
  if (first) return first;
  // An unknown kind is kept as it came, never dropped.
  const rest = Object.entries(message).filter(([name]) => !ENVELOPE.has(name));
  Object.assign(extra, Object.fromEntries(rest));
  return rest[0]?.[0] ?? 'unknown';
}
