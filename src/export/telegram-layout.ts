import type { TextEntity } from '../domain/messages.ts';
import type { ExportAttachment, ExportEntry } from './entry.ts';

/** As Telegram Desktop has it, nobody with a name is `null`. */
export interface ExportAuthor {
  readonly id: number;
  readonly name: string | null;
}

/** Who the entries of an export are from. */
export interface ExportPeople {
  readonly customer: ExportAuthor;
  /** Agents are named by the project they answered for. */
  readonly desk: ExportAuthor;
}

/** The beginning of a file in the layout of Telegram Desktop's `result.json`, as the desk's account has the chat. */
export function jsonHead(chat: { name: string | null; type: string; id: number }): string {
  const { name, type, id } = chat;
  return `{\n "name": ${JSON.stringify(name)},\n "type": ${JSON.stringify(type)},\n "id": ${id},\n "messages": [\n`;
}

export const JSON_SEPARATOR = ',\n';
export const JSON_TAIL = '\n ]\n}\n';

/** A message in that layout. It has no place for earlier versions of a text: the readable file has them. */
export function jsonMessage(
  entry: ExportEntry,
  numbers: { readonly id: number; readonly replyTo: number | undefined },
  people: ExportPeople,
): string {
  const first = entry.sentAt ?? entry.revisions[0]?.at ?? new Date(0);
  const last = entry.revisions.at(-1);
  const { from: wroteAs, ...extra } = fieldsOf(last?.content.extra ?? {});
  const author = entry.role === 'customer' ? people.customer : people.desk;
  const pieces = piecesOf(last?.content.text ?? '', last?.content.entities ?? []);
  const isService = entry.kind === 'service';
  // A text that was imported after its edit has one version, later than the message.
  const isEdited = last !== undefined && (entry.revisions.length > 1 || last.at > first);
  return JSON.stringify({
    id: numbers.id,
    type: isService ? 'service' : 'message',
    ...dates('date', first),
    ...(isEdited && dates('edited', last.at)),
    [isService ? 'actor' : 'from']: typeof wroteAs === 'string' ? wroteAs : author.name,
    [isService ? 'actor_id' : 'from_id']: peerText(author.id),
    ...(numbers.replyTo !== undefined && { reply_to_message_id: numbers.replyTo }),
    ...filesOf(entry.attachments),
    ...extra,
    ...pathOf(entry.attachments),
    text: plainOrPieces(pieces),
    text_entities: pieces.map((piece) =>
      typeof piece === 'string' ? { type: 'plain', text: piece } : piece,
    ),
  });
}

function dates(name: 'date' | 'edited', at: Date): Record<string, string> {
  return {
    [name]: at.toISOString().slice(0, 19),
    [`${name}_unixtime`]: String(Math.floor(at.getTime() / 1000)),
  };
}

type Piece = string | ({ type: string; text: string } & Record<string, unknown>);

/** Names that the export and the Bot API give differently to the same kind of entity, and to their fields. */
const TYPES: Readonly<Record<string, string>> = {
  url: 'link',
  phone_number: 'phone',
  text_mention: 'mention_name',
};
const FIELDS: Readonly<Record<string, string>> = { url: 'href', custom_emoji_id: 'document_id' };

/** A text cut into plain and marked pieces. The layout knows no nesting, so of nested marks the outer one stays. */
function piecesOf(text: string, entities: readonly TextEntity[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const entity of entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length)) {
    const { type, offset, length, ...details } = entity;
    if (offset < at || length <= 0) continue;
    if (offset > at) pieces.push(text.slice(at, offset));
    pieces.push({
      ...Object.fromEntries(Object.entries(details).map(([name, value]) => detail(name, value))),
      type: TYPES[type] ?? type,
      text: text.slice(offset, offset + length),
    });
    at = offset + length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}

/** A mentioned person is named by number in the layout, and as a whole user by the Bot API. */
function detail(name: string, value: unknown): [string, unknown] {
  if (name === 'user') return ['user_id', (value as { id?: unknown } | null)?.id ?? null];
  return [FIELDS[name] ?? name, value];
}

function plainOrPieces(pieces: readonly Piece[]): string | readonly Piece[] {
  if (pieces.length === 0) return '';
  const [only] = pieces;
  return pieces.length === 1 && typeof only === 'string' ? only : pieces;
}

/** What stands where a file would be named, in Telegram Desktop's own words. */
const NOT_INCLUDED = '(File not included. Change data exporting settings to download.)';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  sticker: 'sticker',
  video_note: 'video_message',
  voice: 'voice_message',
  animation: 'animation',
  video: 'video_file',
  audio: 'audio_file',
};

function filesOf([file]: readonly ExportAttachment[]): Record<string, unknown> {
  if (!file) return {};
  const { kind, sizeBytes, fileName, mimeType } = file;
  const named = { ...(fileName && { file_name: fileName }), ...(mimeType && { mime_type: mimeType }) };
  if (kind === 'photo')
    return { photo: NOT_INCLUDED, ...(sizeBytes !== null && { photo_file_size: sizeBytes }), ...named };
  const mediaType = MEDIA_TYPES[kind];
  return {
    file: NOT_INCLUDED,
    ...(sizeBytes !== null && { file_size: sizeBytes }),
    ...(mediaType && { media_type: mediaType }),
    ...named,
  };
}

/** Files that come along stand where they are, whatever an export that was imported said of them. */
function pathOf([file]: readonly ExportAttachment[]): Record<string, string> {
  return file?.path === undefined ? {} : { [file.kind === 'photo' ? 'photo' : 'file']: file.path };
}

const CHANNEL_BASE = 1_000_000_000_000;

/** The Bot API's one number for users, groups and channels, as the layout writes it. */
function peerText(id: number): string {
  if (id > 0) return `user${id}`;
  return -id > CHANNEL_BASE ? `channel${-id - CHANNEL_BASE}` : `chat${-id}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is no text, in the layout's own fields; what was imported has them already. */
function fieldsOf(extra: Fields): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(extra).map(([name, value]) => {
      const rename = Object.hasOwn(OF_BOT_API, name) && isFields(value) ? OF_BOT_API[name] : undefined;
      return rename ? rename(value as Fields) : { [name]: value };
    }),
  ) as Record<string, unknown>;
}

const OF_BOT_API: Readonly<Record<string, (value: Fields) => Fields>> = {
  location: (value) => ({ location_information: value }),
  contact: ({ first_name = '', last_name = '', phone_number = '' }) => ({
    contact_information: { first_name, last_name, phone_number },
  }),
  venue: ({ title, address, location }) => ({ place_name: title, address, location_information: location }),
  game: ({ title, description }) => ({ game_title: title, game_description: description }),
  forward_origin: (value) => ({ forwarded_from: forwardedFrom(value) }),
};

function forwardedFrom(origin: Fields): unknown {
  const sender = origin['sender_user'] as { first_name?: string } | undefined;
  const chat = (origin['sender_chat'] ?? origin['chat']) as { title?: string } | undefined;
  return sender?.first_name ?? origin['sender_user_name'] ?? chat?.title ?? null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
