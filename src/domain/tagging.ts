import { z } from 'zod';
import { languageTag, speaks } from './languages.ts';
import {
  ATTACHMENT_KINDS,
  SESSION_KINDS,
  type AttachmentKind,
  type MessageContent,
  type SessionKind,
} from './messages.ts';
import { anyOf, tagName } from './rules.ts';

/** What a message can hold besides words: Telegram's own entities, and what comes as no text. */
export const ENTITIES = [
  'payment',
  'contact',
  'location',
  'url',
  'email',
  'phone_number',
  'mention',
  'hashtag',
  'cashtag',
  'bot_command',
] as const;
export type Entity = (typeof ENTITIES)[number];

const keyword = z
  .string()
  .trim()
  .max(100)
  .regex(/[\p{L}\p{N}\p{S}]/u, {
    error: 'expected a word or a phrase; refund* finds refunds and refunded too',
  });

// A list per language keeps a long list readable. All of them count for every message: Telegram tells the
// language of the app, not of what is written in it.
const keywords = z
  .union([z.array(keyword).min(1), z.record(languageTag, z.array(keyword).min(1))], {
    error: 'expected a list of words, or one list for each language',
  })
  .transform((words) => (Array.isArray(words) ? words : Object.values(words).flat()));

/** When a rule labels a session: every condition named has to be met by one message; of a list, any will do. */
const taggingConditions = z
  .strictObject({
    keywords: keywords.optional(),
    entities: anyOf(z.enum(ENTITIES)).optional(),
    attachment: anyOf(z.enum(ATTACHMENT_KINDS)).optional(),
    kind: anyOf(z.enum(SESSION_KINDS)).optional(),
    /** Of who wrote the message, as Telegram tells it. */
    language: anyOf(languageTag).optional(),
  })
  .superRefine((when, context) => {
    if (Object.values(when).every((condition) => condition === undefined))
      context.addIssue({
        code: 'custom',
        message: 'without a condition every session would get this tag',
        params: { mend: 'Write keywords, entities, attachment, kind or language' },
      });
  });

/** One rule by which the service labels sessions by itself. */
export const taggingRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, {
    error: 'expected a lower-case word of letters, digits, - and _',
  }),
  // Spam skips the archive and the review: one wrong word would lose a customer's conversation.
  tag: tagName
    .refine((tag) => tag !== 'spam', {
      error: 'spam is deleted without a review, so a person has to decide what is spam',
      params: { mend: 'Write a tag of your own, such as suspect, for people to look at' },
    })
    .refine((tag) => tag !== 'authorized', {
      error: 'authorized says that the customer agreed, explicitly, and a matched word is no agreement',
      params: { mend: 'Write a tag of your own, such as asked-to-keep, for people to look at' },
    }),
  when: taggingConditions,
  /** In words a customer can read. */
  because: z.string().min(1),
});

export type TaggingRule = z.output<typeof taggingRuleSchema>;

/** What tagging rules look at: one message, and what is known of its session and author. */
export interface TaggedMessage {
  readonly content: MessageContent;
  readonly attachmentKinds: readonly AttachmentKind[];
  readonly kind: SessionKind;
  readonly language: string | null;
}

/** A tag that a message asks for, and the rule that says so. */
export interface AutomaticTag {
  readonly tag: string;
  readonly rule: string;
}

/**
 * Makes the tagger of a policy: a pure function from a message to its tags, each tag once, with the first
 * rule that asks for it. Its patterns are compiled here, so a tagger is worth keeping as long as its policy.
 */
export function createTagger(rules: readonly TaggingRule[]): (message: TaggedMessage) => AutomaticTag[] {
  const compiled = rules.map(({ id, tag, when }) => ({
    id,
    tag,
    when,
    pattern: when.keywords ? patternOf(when.keywords) : null,
  }));
  return (message) => {
    const text = fold(message.content.text ?? '');
    const found = new Map<string, string>();
    for (const { id, tag, when, pattern } of compiled)
      if (!found.has(tag) && meets(when, message) && (pattern?.test(text) ?? true)) found.set(tag, id);
    return Array.from(found, ([tag, rule]) => ({ tag, rule }));
  };
}

function meets(when: TaggingRule['when'], message: TaggedMessage): boolean {
  return (
    (when.kind?.includes(message.kind) ?? true) &&
    (when.attachment?.some((kind) => message.attachmentKinds.includes(kind)) ?? true) &&
    (when.language === undefined || (message.language !== null && speaks(message.language, when.language))) &&
    (when.entities?.some((entity) => holds(message.content, entity)) ?? true)
  );
}

/** Fields in which Telegram sends what is no text. */
const EXTRAS: Partial<Record<Entity, readonly string[]>> = {
  payment: ['invoice', 'successful_payment', 'refunded_payment'],
  contact: ['contact'],
  location: ['location', 'venue'],
};

/** Entities that say the same with a text of their own. */
const ALSO: Partial<Record<Entity, string>> = { url: 'text_link', mention: 'text_mention' };

function holds({ entities, extra }: MessageContent, entity: Entity): boolean {
  const fields = EXTRAS[entity];
  if (fields) return fields.some((field) => extra?.[field] !== undefined);
  return entities?.some(({ type }) => type === entity || type === ALSO[entity]) ?? false;
}

// Scripts that write no space between words: there a keyword is found wherever it stands.
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

// Intl.Segmenter takes "refund.Please" for one word and needs nine times as long for every message.
const WORD = '[\\p{L}\\p{N}\\p{M}]';

function patternOf(keywords: readonly string[]): RegExp {
  return new RegExp([...new Set(keywords.map(alternativeOf))].join('|'), 'u');
}

function alternativeOf(keyword: string): string {
  const open = keyword.endsWith('*');
  const words = fold(open ? keyword.slice(0, -1) : keyword).trim();
  const literal = words
    .split(/\s+/u)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('\\s+');
  if (UNSPACED.test(words)) return literal;
  const begins = new RegExp(`^${WORD}`, 'u').test(words) ? `(?<!${WORD})` : '';
  const ends = !open && new RegExp(`${WORD}$`, 'u').test(words) ? `(?!${WORD})` : '';
  return `${begins}${literal}${ends}`;
}

const ASCII = /^[\x20-\x7e\s]*$/;
const LIKE: Readonly<Record<string, string>> = { ё: 'е', ß: 'ss', ı: 'i', '’': "'" };

/**
 * Text as keywords are compared: without case, width and accents. Accents are taken off Latin and Greek
 * letters alone; elsewhere a mark makes another letter (и and й, か and が, the vowels of Thai).
 */
function fold(text: string): string {
  const lower = text.toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/(?<=[\p{sc=Latin}\p{sc=Greek}]\p{M}*)\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[ёßı’]/gu, (letter) => LIKE[letter] ?? letter);
}
