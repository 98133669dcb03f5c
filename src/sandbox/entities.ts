import type { MessageEntity } from '@grammyjs/types';
import { badRequest } from './refusal.ts';

export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

type SimpleType = Extract<
  MessageEntity['type'],
  'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler' | 'code' | 'pre' | 'blockquote'
>;

const HTML_TAGS: Record<string, SimpleType | 'link'> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  a: 'link',
};

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** What Telegram marks by itself in any text, sent by people or by bots. */
const FOUND_IN_TEXT: { type: 'bot_command' | 'url' | 'mention' | 'hashtag'; pattern: RegExp }[] = [
  { type: 'bot_command', pattern: /(?<![\w/<>@])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])/g },
  { type: 'url', pattern: /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g },
  { type: 'mention', pattern: /(?<![\w@/])@[a-zA-Z][a-zA-Z0-9_]{3,31}/g },
  { type: 'hashtag', pattern: /(?<!\S)#[\p{L}\p{N}_]+/gu },
];

/**
 * The text a message will have, with its entities. HTML is understood; the two Markdown modes are taken
 * as they stand, which shows their marks instead of their effect.
 */
export function formatText(text: string, parseMode?: string, given?: MessageEntity[]): FormattedText {
  const mode = parseMode?.toLowerCase() ?? '';
  if (!['', 'html', 'markdown', 'markdownv2'].includes(mode)) throw badRequest('unsupported parse_mode');
  const parsed = mode === 'html' ? parseHtml(text) : { text, entities: given ?? [] };
  const trimmed = parsed.text.trimEnd();
  const lead = trimmed.length - trimmed.trimStart().length;
  const entities = parsed.entities
    .map((entity) => clip(entity, lead, trimmed.length))
    .filter((entity) => entity.length > 0);
  return withFound({ text: trimmed.slice(lead), entities });
}

function clip(entity: MessageEntity, lead: number, end: number): MessageEntity {
  const from = Math.max(entity.offset, lead);
  const to = Math.min(entity.offset + entity.length, end);
  return { ...entity, offset: from - lead, length: to - from };
}

function withFound({ text, entities }: FormattedText): FormattedText {
  const found: MessageEntity[] = [];
  const taken = (from: number, to: number) =>
    [...entities, ...found].some(
      (e) =>
        ['code', 'pre', 'text_link', 'url', 'bot_command'].includes(e.type) &&
        e.offset < to &&
        from < e.offset + e.length,
    );
  for (const { type, pattern } of FOUND_IN_TEXT) {
    for (const match of text.matchAll(pattern)) {
      const to = match.index + match[0].length;
      if (!taken(match.index, to)) found.push({ type, offset: match.index, length: match[0].length });
    }
  }
  return {
    text,
    entities: [...entities, ...found].sort((a, b) => a.offset - b.offset || b.length - a.length),
  };
}

interface OpenTag {
  name: string;
  offset: number;
  href: string | undefined;
}

function parseHtml(source: string): FormattedText {
  const entities: MessageEntity[] = [];
  const open: OpenTag[] = [];
  let text = '';
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    if (char === '&') {
      const match = /^&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/i.exec(source.slice(at, at + 12));
      const decoded = match ? decode(match) : undefined;
      text += decoded ?? '&';
      at += decoded === undefined || !match ? 1 : match[0].length;
    } else if (char === '<') {
      const match = /^<(\/?)([a-z][a-z0-9-]*)([^>]*)>/i.exec(source.slice(at));
      const byte = Buffer.byteLength(source.slice(0, at));
      if (!match) throw badRequest(`can't parse entities: Unsupported start tag "" at byte offset ${byte}`);
      const name = (match[2] ?? '').toLowerCase();
      if (match[1] === '/') closeTag(open.pop(), name, byte, text, entities);
      else open.push(openTag(name, match[3] ?? '', text.length, byte));
      at += match[0].length;
    } else {
      text += char;
      at += 1;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) {
    throw badRequest(
      `can't parse entities: Can't find end tag corresponding to start tag "${unclosed.name}"`,
    );
  }
  return { text, entities };
}

function decode(match: RegExpExecArray): string | undefined {
  if (match[3] !== undefined) return NAMED[match[3].toLowerCase()];
  const code = match[1] !== undefined ? Number(match[1]) : parseInt(match[2] ?? '', 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

function openTag(tag: string, attributes: string, offset: number, byte: number): OpenTag {
  const name = tag === 'span' && /class\s*=\s*["']tg-spoiler["']/.test(attributes) ? 'tg-spoiler' : tag;
  if (!(name in HTML_TAGS)) {
    throw badRequest(`can't parse entities: Unsupported start tag "${tag}" at byte offset ${byte}`);
  }
  const href = /href\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(attributes);
  return { name, offset, href: href?.[1] ?? href?.[2] };
}

function closeTag(
  opened: OpenTag | undefined,
  name: string,
  byte: number,
  text: string,
  into: MessageEntity[],
): void {
  const written = name === 'span' ? 'tg-spoiler' : name;
  if (!opened) throw badRequest(`can't parse entities: Unexpected end tag at byte offset ${byte}`);
  if (opened.name !== written) {
    throw badRequest(
      `can't parse entities: Unmatched end tag at byte offset ${byte}, expected "</${opened.name}>", found "</${name}>"`,
    );
  }
  const type = HTML_TAGS[opened.name];
  const place = { offset: opened.offset, length: text.length - opened.offset };
  if (type === undefined || place.length === 0) return;
  if (type !== 'link') into.push({ ...place, type });
  else if (opened.href !== undefined)
    into.push({ ...place, type: 'text_link', url: decodeAttribute(opened.href) });
}

function decodeAttribute(value: string): string {
  return value.replace(/&(lt|gt|amp|quot);/g, (whole, name: string) => NAMED[name] ?? whole);
}
