import { createHmac } from 'node:crypto';
import type { MessageContent } from '../domain/messages.ts';
import type { ScrubRules } from '../domain/scrub-rules.ts';
import { blackOut, createReplacer } from './scrub-text.ts';
import type { ExportedAttachment, ExportedMessage, ExportedPerson, ExportedSession } from './session.ts';

/**
 * Takes out of sessions what the rules say, on their way into an export.
 *
 * @param key keys the hashes of ids: the same id has the same hash throughout an export, and no other
 */
export function createScrubber(
  rules: ScrubRules,
  key: Buffer,
): (session: ExportedSession) => ExportedSession {
  const idOf = rules.hashIds ? hasherOf(key) : (id: string) => id;
  const replaced = createReplacer(rules.replace);

  function contentOf(content: MessageContent): MessageContent {
    const plain = rules.dropNames ? blackOut(content) : content;
    const { text, entities } = replaced(plain);
    const { extra } = plain;
    const fieldsOf = (fields: Fields) =>
      scrubFields(fields, rules, idOf, (value) => replaced({ text: value }).text ?? '');
    return {
      ...(text !== undefined && { text }),
      // A mark names whom it is about, or leads to them.
      ...(entities && {
        entities: entities.map(({ type, offset, length, ...about }) => ({
          ...{ type, offset, length },
          ...fieldsOf(about),
        })),
      }),
      ...(extra && { extra: fieldsOf(extra) }),
    };
  }

  function messageOf(message: ExportedMessage): ExportedMessage {
    return {
      ...message,
      ref: idOf(message.ref),
      subjectId: idOf(message.subjectId),
      staffId: message.staffId === null ? null : idOf(message.staffId),
      replyTo: message.replyTo === null ? null : idOf(message.replyTo),
      revisions: message.revisions.map((one) => ({ ...one, content: contentOf(one.content) })),
      attachments: message.attachments.map((file) => attachmentOf(file)),
    };
  }

  function attachmentOf({ fileName, ...file }: ExportedAttachment): ExportedAttachment {
    // A file is mostly named by whoever or whatever it is about.
    const kept = rules.dropNames ? undefined : fileName && replaced({ text: fileName }).text;
    return { ...file, id: idOf(file.id), ...(kept !== undefined && { fileName: kept }) };
  }

  const personOf = ({ id, telegramId, profile }: ExportedPerson): ExportedPerson => ({
    id: idOf(id),
    telegramId: rules.hashIds ? null : telegramId,
    profile: rules.dropNames ? {} : profile,
  });

  return (session) => {
    const subjects = new Map(session.people.map(({ id }) => [idOf(id), id]));
    return {
      ...session,
      id: idOf(session.id),
      people: session.people.map(personOf),
      messages: () => mapped(session.messages(), messageOf),
      partOf: (id) => mapped(session.partOf(subjects.get(id) ?? id), messageOf),
    };
  };
}

async function* mapped<T>(source: AsyncIterable<T>, change: (one: T) => T): AsyncIterable<T> {
  for await (const one of source) yield change(one);
}

/** An id that looks like one: a UUID of version 8, of a keyed hash. */
function hasherOf(key: Buffer): (id: string) => string {
  return (id) => {
    const hex = createHmac('sha256', key).update(id).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}

/** Fields of Telegram's that name somebody, in the Bot API's words and in those of its exports. */
const NAMES = new Set([
  ...['first_name', 'last_name', 'username', 'phone_number', 'vcard', 'contact_vcard', 'name', 'title'],
  ...['from', 'actor', 'forwarded_from', 'saved_from', 'sender_user_name', 'author', 'author_signature'],
  ...['inviter', 'members', 'winners', 'users', 'via_bot', 'reply_to_peer', 'file_name'],
]);

/** Fields that hold the number of a person or chat. */
const IDS =
  /^(?:id|user_id|user_ids|[a-z_]+_(?:user|peer|from|actor)_id|from_id|actor_id|forwarded_from_id)$/;

type Fields = Readonly<Record<string, unknown>>;

function scrubFields(
  fields: Fields,
  rules: ScrubRules,
  idOf: (id: string) => string,
  replaced: (text: string) => string,
): Fields {
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') return replaced(rules.hashIds ? withoutPerson(value) : value);
    if (Array.isArray(value)) return value.map(scrub);
    return typeof value === 'object' && value !== null
      ? scrubFields(value as Fields, rules, idOf, replaced)
      : value;
  };
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rules.dropNames ? blackOut(fields) : fields)) {
    if (rules.dropNames && NAMES.has(name)) continue;
    const isId = name === 'ref' || IDS.test(name);
    const single = typeof value === 'string' || typeof value === 'number';
    if (rules.hashIds && isId) out[name] = single ? idOf(String(value)) : null;
    else out[name] = scrub(value);
  }
  return out;
}

/** A link that opens the chat with somebody has their number. */
function withoutPerson(text: string): string {
  return text.replace(/tg:\/\/(?:user|openmessage)\?\S+/gi, 'tg://user');
}
