import { fold } from './fold.ts';

/** A piece of text that can be looked for. */
export interface Token {
  /**
   * - `word`: a run of letters and digits
   * - `run`: a stretch in a script that writes without spaces, or joins its particles: found by any part
   * - `sign`: an emoji
   */
  readonly kind: 'word' | 'run' | 'sign';
  readonly folded: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** No space parts it from the token before: `AB` and `1234` in `AB-1234`. */
  readonly linked: boolean;
}

/**
 * By script, not by dictionary: `Intl.Segmenter` cuts Thai or Chinese differently in another sentence, so a
 * word would not be found in all texts that hold it. Words of other scripts are the same either way, in a
 * sixth of the time (2.2 against 13.5 µs a message).
 */
const SCRIPTS = ['Han', 'Hira', 'Kana', 'Bopo', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']
  .map((script) => `\\p{scx=${script}}`)
  .join('');
const UNSPACED = `[[${SCRIPTS}]&&[\\p{L}\\p{M}]]`;
const PIECES = new RegExp(
  `((?:${UNSPACED}\\p{Cf}*)+)|([[\\p{L}\\p{M}\\p{N}\\p{Cf}]--${UNSPACED}]+)|\\p{Extended_Pictographic}|\\p{RI}{2}`,
  'gv',
);

const LETTERS = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu;
const SPACE = /\s/;
/** The longest word that is told from others: what is longer is machine-made. */
const LONGEST = 64;
/** The most signs between two words that still join them. */
const WIDEST_JOINT = 3;

/** The tokens of a text, in their order. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(PIECES)) {
    const [piece, run, word] = match;
    const start = match.index;
    const end = start + piece.length;
    const before = tokens.at(-1)?.end ?? -Infinity;
    let linked = start - before <= WIDEST_JOINT && !SPACE.test(text.slice(before, start));
    const kind = run ? 'run' : word ? 'word' : 'sign';
    for (const folded of kind === 'sign' ? [piece] : partsOf(piece)) {
      tokens.push({ kind, folded: folded.slice(0, LONGEST), start, end, linked });
      linked = true;
    }
  }
  return tokens;
}

/** Almost always one; folding takes some characters apart, such as ½. */
function partsOf(piece: string): string[] {
  const folded = fold(piece);
  return ONE_WORD.test(folded) ? [folded] : (folded.match(LETTERS) ?? []);
}

const ONE_WORD = /^[\p{L}\p{N}]+$/u;

/** What a run is indexed by: each character, and each two that follow one another. */
export function gramsOf(run: string): string[] {
  const characters = Array.from(run);
  return [...characters, ...characters.slice(1).map((one, at) => `${characters[at] ?? ''}${one}`)];
}

/** What two joined words are indexed by, whatever joins them. */
export function linkOf(first: string, second: string): string {
  return `${first} ${second}`;
}
