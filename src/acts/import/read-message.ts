import { Temporal } from 'temporal-polyfill';
import type { AttachmentContent, MessageContent } from '../../domain/messages.ts';
import { parsePeer, type PeerId } from './peers.ts';
import type { RefusalReason } from './refusals.ts';
import { readText } from './text.ts';

/** A message of an export in this project's own terms. */
export interface ExportedMessage {
  readonly id: number;
  readonly kind: string;
  readonly sentAt: Date;
  /** When the text became what the export says; `null` when it was never edited. */
  readonly editedAt: Date | null;
  readonly sender: PeerId | null;
  /** `null` where the account is deleted. */
  readonly senderName: string | null;
  readonly replyTo: number | null;
  readonly content: MessageContent;
  readonly attachments: readonly ExportedAttachment[];
}

/** A file as the export describes it; its bytes are not imported. */
export interface ExportedAttachment {
  readonly kind: string;
  readonly sizeBytes: number | null;
  readonly content: AttachmentContent;
}

export interface ReadingRules {
  /** Old exports give dates without a zone: they are read in the project's. */
  readonly timeZone: string;
  readonly now: Date;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads one element of `messages`, or says why it cannot be kept. */
export function readMessage(
  value: unknown,
  rules: ReadingRules,
): ExportedMessage | { refused: RefusalReason } {
  if (!isFields(value)) return { refused: 'not_a_message' };
  if (!isMessageId(value['id'])) return { refused: 'id_missing' };
  // Written where the exporting Telegram did not know the kind of message: neither date nor content.
  if (value['type'] === 'unsupported' && value['date'] === undefined) return { refused: 'unsupported' };
  const sentAt = readDate(value, 'date', rules.timeZone);
  if (typeof sentAt === 'string') return { refused: sentAt };
  if (sentAt < TELEGRAM_BEGAN) return { refused: 'date_impossible' };
  if (sentAt > rules.now) return { refused: 'date_in_future' };
  const editedAt = readDate(value, 'edited', rules.timeZone);
  return {
    id: value['id'],
    kind: kindOf(value),
    sentAt,
    // Old exports wrote 1970 for "never edited".
    editedAt: editedAt instanceof Date && editedAt > sentAt && editedAt <= rules.now ? editedAt : null,
    sender: parsePeer(value['from_id'] ?? value['actor_id']),
    senderName: textOrNull(value['from'] ?? value['actor']),
    replyTo: repliedTo(value),
    content: contentOf(value),
    attachments: attachmentsOf(value),
  };
}

/** Messages of a group from before it became a supergroup have negative ids. */
export function isMessageId(value: unknown): value is number {
  return Number.isSafeInteger(value) && value !== 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Strings and numbers as text; whatever else stands there, as none. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

/** No message is older than Telegram. */
const TELEGRAM_BEGAN = new Date('2013-08-01T00:00:00Z');

const LATEST_MS = 8.64e15;

function readDate(
  fields: Fields,
  name: 'date' | 'edited',
  timeZone: string,
): Date | 'date_missing' | 'date_invalid' {
  const seconds = fields[`${name}_unixtime`];
  const local = fields[name];
  if (seconds !== undefined) {
    const ms = /^-?\d+$/.test(textOf(seconds)) ? Number(seconds) * 1000 : NaN;
    return Math.abs(ms) <= LATEST_MS ? new Date(ms) : 'date_invalid';
  }
  if (local === undefined || local === null) return 'date_missing';
  try {
    const instant = Temporal.PlainDateTime.from(textOf(local)).toZonedDateTime(timeZone);
    return new Date(instant.epochMilliseconds);
  } catch {
    return 'date_invalid';
  }
}

/** A reply to a message of another chat stays in `extra`: here it would name a message of this one. */
function repliedTo(fields: Fields): number | null {
  const id = fields['reply_to_message_id'];
  return isMessageId(id) && fields['reply_to_peer_id'] === undefined ? id : null;
}

/** Kinds of files, in the Bot API's names. */
const FILE_KINDS: Readonly<Record<string, string>> = {
  sticker: 'sticker',
  video_message: 'video_note',
  voice_message: 'voice',
  animation: 'animation',
  video_file: 'video',
  audio_file: 'audio',
};

/** Fields that make a message of another kind than text, the more special first. */
const KIND_FIELDS: readonly (readonly [field: string, kind: string])[] = [
  ['contact_information', 'contact'],
  ['place_name', 'venue'],
  ['location_information', 'location'],
  ['poll', 'poll'],
  ['todo_list', 'checklist'],
  ['game_title', 'game'],
  ['invoice_information', 'invoice'],
  ['giveaway_information', 'giveaway'],
  ['giveaway_results', 'giveaway_winners'],
  ['paid_stars_amount', 'paid_media'],
];

function kindOf(fields: Fields): string {
  const { type } = fields;
  if (type === 'service') return 'service';
  // The kind is not sealed, so a type that does not look like a name of one is kept in `extra` alone.
  if (type !== 'message')
    return typeof type === 'string' && /^[a-z][a-z0-9_]{0,39}$/.test(type) ? type : 'unknown';
  const special = KIND_FIELDS.find(([field]) => fields[field] !== undefined);
  return fileOf(fields)?.kind ?? special?.[1] ?? 'text';
}

function fileOf(fields: Fields): { kind: string; size: unknown } | null {
  if (fields['photo'] !== undefined) return { kind: 'photo', size: fields['photo_file_size'] };
  if (fields['file'] === undefined && fields['media_type'] === undefined) return null;
  const type = textOf(fields['media_type']);
  const kind = Object.hasOwn(FILE_KINDS, type) ? FILE_KINDS[type] : undefined;
  return { kind: kind ?? 'document', size: fields['file_size'] };
}

function attachmentsOf(fields: Fields): ExportedAttachment[] {
  const file = fileOf(fields);
  if (!file) return [];
  const fileName = textOrNull(fields['file_name']);
  const mimeType = textOrNull(fields['mime_type']);
  return [
    {
      kind: file.kind,
      sizeBytes: Number.isSafeInteger(file.size) && Number(file.size) >= 0 ? Number(file.size) : null,
      content: { ...(fileName !== null && { fileName }), ...(mimeType !== null && { mimeType }) },
    },
  ];
}

/** Fields that are kept elsewhere: as columns, as text, as the description of the attachment. */
const KEPT_ELSEWHERE = new Set([
  ...['id', 'date', 'date_unixtime', 'edited', 'edited_unixtime', 'text', 'text_entities'],
  ...['from', 'from_id', 'actor', 'actor_id', 'file_name', 'mime_type', 'file_size', 'photo_file_size'],
]);

function contentOf(fields: Fields): MessageContent {
  const extra: Record<string, unknown> = {};
  for (const name in fields) {
    const kept = KEPT_ELSEWHERE.has(name) || (name === 'type' && fields['type'] === 'message');
    if (!kept && !(name === 'reply_to_message_id' && repliedTo(fields) !== null)) extra[name] = fields[name];
  }
  return { ...readText(fields), ...(Object.keys(extra).length > 0 && { extra }) };
}
