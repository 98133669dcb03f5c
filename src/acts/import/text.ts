import type { TextEntity } from '../../domain/messages.ts';

/** Names that the export and the Bot API give differently to the same kind of entity. */
const BOT_API_NAMES: Readonly<Record<string, string>> = {
  link: 'url',
  phone: 'phone_number',
  mention_name: 'text_mention',
};

/** Fields of an entity that the Bot API names differently. */
const BOT_API_FIELDS: Readonly<Record<string, string>> = { href: 'url', document_id: 'custom_emoji_id' };

/**
 * Reads a text of an export, which is a string, or an array of strings and pieces with a type. The
 * entities are those of the Bot API, so that imported and live messages read alike.
 */
export function readText(message: Readonly<Record<string, unknown>>): {
  text?: string;
  entities?: TextEntity[];
} {
  const entities: TextEntity[] = [];
  let text = '';
  for (const piece of piecesOf(message)) {
    if (typeof piece === 'string') text += piece;
    else if (isPiece(piece)) {
      const { type, text: ofPiece, ...details } = piece;
      if (typeof type === 'string' && type !== 'plain' && ofPiece.length > 0)
        entities.push({ ...renamed(details), ...named(type), offset: text.length, length: ofPiece.length });
      text += ofPiece;
    }
  }
  return { ...(text !== '' && { text }), ...(entities.length > 0 && { entities }) };
}

/** `text` says the same as `text_entities`, which old exports lack. */
function piecesOf({ text, text_entities: entities }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (Array.isArray(entities) && entities.length > 0) return entities;
  return Array.isArray(text) ? text : [text];
}

function isPiece(piece: unknown): piece is { text: string; type?: unknown } {
  return typeof (piece as { text?: unknown } | null)?.text === 'string';
}

function named(type: string): { type: string } {
  return { type: Object.hasOwn(BOT_API_NAMES, type) ? (BOT_API_NAMES[type] ?? type) : type };
}

function renamed(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      Object.hasOwn(BOT_API_FIELDS, name) ? (BOT_API_FIELDS[name] ?? name) : name,
      value,
    ]),
  );
}
