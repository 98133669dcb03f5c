import { stemsOf } from './stems.ts';
import type { Analysed } from './terms.ts';
import { gramsOf, linkOf, tokensOf, type Token } from './tokens.ts';

/**
 * Words that a session has to hold: one word in any of its forms, or several that follow one another as
 * they are written.
 */
export interface Words {
  readonly tokens: readonly Pick<Token, 'kind' | 'folded' | 'linked'>[];
  /** As it is written, without other forms: a phrase in quotes. */
  readonly exact: boolean;
}

const dictionary = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * The words of a piece of a query. A sentence in a script without spaces is cut by the dictionary, so that
 * its words need not stand in that order; in quotes it is one phrase.
 */
export function wordsOf(text: string, quoted: boolean): Words[] {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return [];
  if (quoted) return [{ tokens, exact: true }];
  const [only] = tokens;
  if (tokens.length > 1 || only?.kind !== 'run') return [{ tokens, exact: tokens.length > 1 }];
  return cut(only.folded).map((folded) => ({ tokens: [{ ...only, folded }], exact: true }));
}

function cut(run: string): string[] {
  if (HANGUL.test(run)) return [run];
  const words: string[] = [];
  let unknown = false;
  for (const { segment } of dictionary.segment(run)) {
    // What the dictionary leaves in single characters is most often one name.
    const single = Array.from(segment).length === 1;
    if (single && unknown) words.push(`${words.pop() ?? ''}${segment}`);
    else words.push(segment);
    unknown = single;
  }
  return [...new Set(words)];
}

/** Korean writes spaces; what the dictionary would cut off are particles. */
const HANGUL = /\p{sc=Hangul}/u;

/**
 * What the index is asked for one of `Words`: of each of these lists, any. Every session that holds the words
 * answers; that one does which does not is seen when it is opened.
 */
export type Need = readonly (readonly string[])[];

export function needOf({ tokens }: Words): Need {
  const links = tokens.flatMap((token, at) => {
    const before = tokens[at - 1];
    return joins(token, before) ? [[linkOf(before.folded, token.folded)]] : [];
  });
  const others = tokens.flatMap((token, at) => {
    if (token.kind === 'run') return gramsNeeded(token.folded).map((gram) => [gram]);
    // A word that is part of a link adds nothing to it.
    const next = tokens[at + 1];
    return joins(token, tokens[at - 1]) || (next && joins(next, token)) ? [] : [stemsOf(token.folded)];
  });
  return [...links, ...others];
}

type Wanted = Words['tokens'][number];

function joins(token: Wanted, before: Wanted | undefined): before is Wanted {
  return token.linked && token.kind === 'word' && before?.kind === 'word';
}

function gramsNeeded(run: string): string[] {
  const grams = gramsOf(run);
  return grams.length === 1 ? grams : grams.filter((gram) => Array.from(gram).length === 2);
}

/** Where words stand in a text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Every place of the words in a text; none where they are not in it. */
export function placesOf(words: Words, text: Analysed): Place[] {
  const [only] = words.tokens;
  if (words.tokens.length === 1 && only?.kind === 'word' && !words.exact) return anyForm(only.folded, text);
  return text.tokens.flatMap((first, at) => {
    const last = text.tokens[at + words.tokens.length - 1];
    if (!last || !words.tokens.every((wanted, i) => meets(words, wanted, i, text.tokens[at + i]))) return [];
    return words.tokens.length === 1
      ? placesIn(first, only?.folded ?? '', text)
      : [{ ...spanOf(first, last) }];
  });
}

function anyForm(word: string, { tokens, languages }: Analysed): Place[] {
  const wanted = stemsOf(word);
  // Stems keep how a word begins, but for Arabic ones; most words of a text are out at once.
  const initial = ARABIC.test(word) ? '' : word.slice(0, 1);
  return tokens
    .filter(
      ({ kind, folded }) =>
        kind === 'word' &&
        folded.startsWith(initial) &&
        stemsOf(folded, languages()).some((stem) => wanted.includes(stem)),
    )
    .map((token) => spanOf(token, token));
}

const ARABIC = /\p{sc=Arabic}/u;

function meets({ tokens }: Words, wanted: Wanted, at: number, token?: Token): boolean {
  if (token?.kind !== wanted.kind || (wanted.linked && !token.linked)) return false;
  if (token.kind !== 'run') return token.folded === wanted.folded;
  if (tokens.length === 1) return token.folded.includes(wanted.folded);
  if (at === 0) return token.folded.endsWith(wanted.folded);
  return at === tokens.length - 1 ? token.folded.startsWith(wanted.folded) : token.folded === wanted.folded;
}

/** The part of a run that was looked for, where folding left its length alone; else the whole. */
function placesIn(token: Token, wanted: string, { text }: Analysed): Place[] {
  const asWritten = text.slice(token.start, token.end);
  if (token.kind !== 'run' || asWritten.length !== token.folded.length) return [spanOf(token, token)];
  const places: Place[] = [];
  for (let at = token.folded.indexOf(wanted); at >= 0; at = token.folded.indexOf(wanted, at + wanted.length))
    places.push({ start: token.start + at, end: token.start + at + wanted.length });
  return places;
}

function spanOf(first: Token, last: Token): Place {
  return { start: first.start, end: last.end };
}
