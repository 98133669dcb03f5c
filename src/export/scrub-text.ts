import { createContext, Script } from 'node:vm';
import { AppError } from '../domain/errors.ts';
import type { MessageContent, TextEntity } from '../domain/messages.ts';
import type { Replacement } from '../domain/scrub-rules.ts';

/** What names somebody inside of a text. */
const NAMING = new Set(['mention', 'text_mention', 'mention_name', 'phone_number', 'phone', 'email']);
/** Links to somebody, in Telegram's own schemes. */
const TO_SOMEBODY = /^(?:tg:\/\/|(?:https?:\/\/)?(?:t|telegram)\.me\/)/i;

function names(text: string, { type, offset, length, url }: TextEntity): boolean {
  if (NAMING.has(type)) return true;
  const link = typeof url === 'string' ? url : type === 'url' ? text.slice(offset, offset + length) : '';
  return TO_SOMEBODY.test(link);
}

/**
 * Covers mentions of people with as many signs, so that everything else keeps its place: of a message, or of a
 * text with its marks inside of one, such as a quote.
 */
export function blackOut<T extends MessageContent | Readonly<Record<string, unknown>>>(content: T): T {
  const { text } = content;
  const entities = marksOf(content['entities' as keyof T]);
  if (typeof text !== 'string' || !entities) return content;
  const naming = entities.filter((entity) => names(text, entity));
  const covered = naming.reduce(
    (now, { offset, length }) => now.slice(0, offset) + '█'.repeat(length) + now.slice(offset + length),
    text,
  );
  const kept = entities.filter((entity) => !names(text, entity));
  const { entities: _all, ...rest } = content;
  return { ...rest, text: covered, ...(kept.length > 0 && { entities: kept }) } as unknown as T;
}

function marksOf(value: unknown): readonly TextEntity[] | undefined {
  const isMark = (one: unknown) => typeof (one as TextEntity | null)?.offset === 'number';
  return Array.isArray(value) && value.every(isMark) ? (value as TextEntity[]) : undefined;
}

type Marked = Pick<MessageContent, 'text' | 'entities'>;

/** What a text may take: a pattern that would take longer is not trusted with it, and the text is left out. */
const MOST_MS = 250;
/** A pattern that goes astray this often makes no export: each time costs the worker the time above. */
const MOST_STOPS = 20;
/** What all patterns together may take for a text in the long run; those of honest rules take microseconds. */
const MEAN_MS = 10;
const BEGINNING = 500;
const NOT_CHECKED = '[removed: could not be checked]';

/**
 * Replaces what the patterns find; marks that a replacement touches are dropped, those behind it move.
 *
 * @throws AppError `input_invalid`, from what it returns, once patterns had to be stopped too often
 */
export function createReplacer(rules: readonly Replacement[]): (content: Marked) => Marked {
  if (rules.length === 0)
    return ({ text, entities }) => ({ ...(text !== undefined && { text }), ...(entities && { entities }) });
  const finders = rules.map(({ pattern, with: by, ignoreCase }) => ({
    find: createFinder(pattern, ignoreCase ? 'giu' : 'gu'),
    by,
  }));
  let stops = 0;
  let spentMs = 0;
  let texts = 0;
  const tooSlow = () => {
    throw new AppError(
      'input_invalid',
      'The patterns of this export take too long on its texts. Write simpler ones, and ask for it again.',
    );
  };
  return ({ text, entities }) => {
    if (text === undefined) return {};
    texts += 1;
    let marked: { text: string; entities: readonly TextEntity[] } = { text, entities: entities ?? [] };
    for (const { find, by } of finders) {
      const began = performance.now();
      const found = find(marked.text);
      spentMs += performance.now() - began;
      if (found === null && ++stops >= MOST_STOPS) tooSlow();
      if (spentMs > MEAN_MS * (texts + BEGINNING)) tooSlow();
      if (found === null) return { text: NOT_CHECKED };
      marked = replaceAll(marked, found, by);
    }
    return { text: marked.text, ...(marked.entities.length > 0 && { entities: marked.entities }) };
  };
}

type Place = readonly [start: number, end: number];

/** Runs a pattern where it can be stopped: on this thread, an expression that goes astray blocks everything. */
function createFinder(pattern: string, flags: string): (text: string) => Place[] | null {
  const context = createContext({ text: '' });
  const script = new Script(
    `Array.from(text.matchAll(new RegExp(${JSON.stringify(pattern)}, ${JSON.stringify(flags)})), (one) => [one.index, one.index + one[0].length])`,
  );
  return (text) => {
    context['text'] = text;
    try {
      return script.runInContext(context, { timeout: MOST_MS }) as Place[];
    } catch {
      return null;
    }
  };
}

function replaceAll(
  { text, entities }: { text: string; entities: readonly TextEntity[] },
  found: readonly Place[],
  by: string,
): { text: string; entities: readonly TextEntity[] } {
  let out = '';
  let at = 0;
  for (const [start, end] of found) {
    out += text.slice(at, start) + by;
    at = end;
  }
  const moved = entities.flatMap((entity) => {
    const entityEnd = entity.offset + entity.length;
    if (found.some(([start, end]) => start < entityEnd && end > entity.offset)) return [];
    const before = found.filter(([, end]) => end <= entity.offset);
    const shift = before.reduce((sum, [start, end]) => sum + by.length - (end - start), 0);
    return [{ ...entity, offset: entity.offset + shift }];
  });
  return { text: out + text.slice(at), entities: moved };
}
