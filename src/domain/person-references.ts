import type { MessageContent, TextEntity } from './messages.ts';

/** How a person appears in somebody else's entry: whom it names is looked up when it is read. */
export interface PersonReference {
  /** The subject; absent for a person who is none here. */
  readonly ref?: string;
}

/** Whom the ids in a message belong to. */
export interface KnownPersons {
  /** The Telegram id of whoever the entry belongs to: what is theirs goes with them, and stays as it came. */
  readonly own: number | null;
  /** Whether what is quoted is in the same person's entries. */
  readonly ownQuote: boolean;
  readonly refOf: (telegramId: number) => string | undefined;
}

/**
 * What a message says, with every other person in it (mentions, origins of forwards, contacts, reactions,
 * members) turned into a reference, or into nothing where the person is no subject here. What people typed
 * stays as it is. So an erasure of the other person need not rewrite what this one wrote.
 */
export function referToPersons(content: MessageContent, known: KnownPersons): MessageContent {
  const { entities, extra } = content;
  return {
    ...content,
    ...(entities && { entities: rewrite(entities, known) as TextEntity[] }),
    ...(extra && { extra: rewriteFields(extra, known) }),
  };
}

/** The Telegram ids of people in what is not free text. */
export function personIdsIn(content: MessageContent): number[] {
  const found = new Set<number>();
  const refOf = (id: number) => void found.add(id);
  referToPersons(content, { own: null, ownQuote: false, refOf });
  return [...found];
}

/** The subjects that references name. */
export function referencesIn(value: unknown): string[] {
  const found = new Set<string>();
  resolveReferences(value, (ref) => {
    found.add(ref);
    return '';
  });
  return [...found];
}

/** A value with a name beside every reference in it. */
export function resolveReferences(value: unknown, nameOf: (ref: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => resolveReferences(one, nameOf));
  if (!isFields(value)) return value;
  const { ref } = value;
  if (typeof ref === 'string' && Object.keys(value).length === 1) return { ref, name: nameOf(ref) };
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, resolveReferences(one, nameOf)]),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rewrite(value: unknown, known: KnownPersons): unknown {
  if (Array.isArray(value)) return value.map((one) => rewrite(one, known));
  if (!isFields(value)) return value;
  // A whole message of somebody, such as the one that was pinned: it is an entry of its own.
  if (typeof value['message_id'] === 'number' && isFields(value['chat']))
    return { message_id: value['message_id'] };
  const id = personIdOf(value);
  if (id !== null) return id === known.own ? value : referenceTo(id, known);
  return isPublicChat(value) || value['is_bot'] === true ? value : rewriteFields(value, known);
}

/** The id of a user, or of a private chat, which is a person's. */
function personIdOf({ id, is_bot, type }: Fields): number | null {
  return typeof id === 'number' && (is_bot === false || type === 'private') ? id : null;
}

function isPublicChat({ id, type }: Fields): boolean {
  return typeof id === 'number' && (type === 'group' || type === 'supergroup' || type === 'channel');
}

/** Names beside ids, as exports write them. */
const PAIRS: Readonly<Record<string, string>> = {
  forwarded_from: 'forwarded_from_id',
  saved_from: 'saved_from_id',
  from: 'from_id',
  actor: 'actor_id',
  reply_to_peer: 'reply_to_peer_id',
};
const ID_OF_PAIR = new Map(Object.entries(PAIRS).map(([name, id]) => [id, name]));

/** Fields that name a person, whatever object they stand in. */
const NAMES = new Set([
  ...['first_name', 'last_name', 'username', 'phone_number', 'vcard', 'contact_vcard'],
  ...['sender_user_name', 'author_signature', 'author', 'inviter'],
]);

/** Lists of people, as names or bare ids. */
const LISTS = new Set(['members', 'winners', 'users', 'user_ids']);

const LINK_TO_USER = /^tg:\/\/user\?id=(\d{1,15})$/;

function rewriteFields(fields: Fields, known: KnownPersons): Fields {
  const userId = fields['user_id'] === undefined ? null : readId(fields['user_id']);
  if (userId !== null && userId === known.own) return fields;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const person = personBeside(name, fields);
    if (person) Object.assign(out, rewritePair(person, fields, known));
    else if (name === 'user_id') out['user'] = referenceTo(userId, known);
    else if (LISTS.has(name) && Array.isArray(value)) out[name] = value.map((one) => listed(one, known));
    else if (name === 'quote' && isFields(value)) out[name] = rewriteQuote(value, known);
    // A message of another chat: all but where it is from is that person's.
    else if (name === 'external_reply' && isFields(value))
      out[name] = { origin: rewrite(value['origin'], known) };
    else if (name === 'url' && typeof value === 'string' && LINK_TO_USER.test(value))
      out['user'] = linked(value, known);
    else if (!NAMES.has(name) && !(name === 'photo' && userId !== null)) out[name] = rewrite(value, known);
  }
  return out;
}

/** The name field of a pair that a field belongs to; `null` for any other field. */
function personBeside(name: string, fields: Fields): string | null {
  const pair = ID_OF_PAIR.get(name) ?? (name in PAIRS ? name : null);
  if (pair === null) return null;
  return typeof fields[pair] === 'string' || fields[PAIRS[pair] ?? ''] !== undefined ? pair : null;
}

function rewritePair(pair: string, fields: Fields, known: KnownPersons): Fields {
  const idField = PAIRS[pair] ?? '';
  const given = fields[idField];
  const id = readId(given);
  const channel = given !== undefined && given !== null && id === null;
  if (channel || (id !== null && id === known.own))
    return { ...(pair in fields && { [pair]: fields[pair] }), [idField]: given };
  return { [pair]: referenceTo(id, known) };
}

/** A user as a bare number, or as `user123`; `null` for groups and channels. */
function readId(value: unknown): number | null {
  const [, digits] = /^(?:user)?(\d{1,15})$/.exec(String(value)) ?? [];
  return digits === undefined ? null : Number(digits);
}

function listed(one: unknown, known: KnownPersons): unknown {
  return isFields(one) ? rewrite(one, known) : referenceTo(readId(one), known);
}

function linked(url: string, known: KnownPersons): PersonReference | Fields {
  const id = Number(LINK_TO_USER.exec(url)?.[1]);
  return id === known.own ? { id } : referenceTo(id, known);
}

/** What was quoted are somebody's words, and stands in their own entry. */
function rewriteQuote(quote: Fields, known: KnownPersons): Fields {
  if (known.ownQuote) return rewriteFields(quote, known);
  const { position, is_manual } = quote;
  return { ...(position !== undefined && { position }), ...(is_manual !== undefined && { is_manual }) };
}

function referenceTo(id: number | null, known: KnownPersons): PersonReference {
  const ref = id === null ? undefined : known.refOf(id);
  return ref ? { ref } : {};
}
