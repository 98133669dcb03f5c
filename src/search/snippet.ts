import { analyse } from './terms.ts';
import { placesOf, type Place, type Words } from './words.ts';

/** Words in their context: pieces of text, some of which were looked for. */
export type Snippet = readonly { readonly text: string; readonly found: boolean }[];

/** About so many UTF-16 units before the first word, and in all. */
const BEFORE = 40;
const WHOLE = 160;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The part of a text around the first of these places, never cut inside a character as people see it. */
export function snippetOf(text: string, places: readonly Place[]): Snippet {
  const sorted = merged(places);
  const first = sorted[0]?.start ?? 0;
  const from = boundary(text, Math.max(0, first - BEFORE));
  const to = boundary(text, Math.min(text.length, Math.max(from + WHOLE, sorted[0]?.end ?? 0)));
  const pieces: { text: string; found: boolean }[] = [];
  const add = (start: number, end: number, found: boolean) => {
    const piece = text.slice(start, end).replace(/\s+/gu, ' ');
    if (piece) pieces.push({ text: piece, found });
  };
  let at = from;
  for (const { start, end } of sorted.filter((place) => place.end <= to)) {
    add(at, start, false);
    add(start, end, true);
    at = end;
  }
  add(at, to, false);
  if (from > 0) pieces.unshift({ text: '… ', found: false });
  if (to < text.length) pieces.push({ text: ' …', found: false });
  return pieces;
}

/** Looks at the text around a place only: a text can be long, and finding all its characters slow. */
function boundary(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return at;
  const start = Math.max(0, at - 64);
  let found = start;
  for (const { index, segment } of graphemes.segment(text.slice(start, at + 64))) {
    if (start + index > at) break;
    found = start + index;
    if (start + index + segment.length === at) return at;
  }
  return found;
}

function merged(places: readonly Place[]): Place[] {
  const all: Place[] = [];
  for (const place of [...places].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = all.at(-1);
    if (last && place.start <= last.end)
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, place.end) };
    else all.push(place);
  }
  return all;
}

/** Where words of a query stand in a text; those that do not are missing. */
export function findIn(text: string, words: readonly Words[]): Map<Words, Place[]> {
  const analysed = analyse(text);
  const places = new Map<Words, Place[]>();
  for (const one of words) {
    const found = placesOf(one, analysed);
    if (found.length > 0) places.set(one, found);
  }
  return places;
}
