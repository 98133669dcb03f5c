import { isDuration } from './durations.ts';

const UNITS: readonly (readonly [RegExp, string, 'date' | 'time'])[] = [
  [/^(y|yr|yrs|years?)$/, 'Y', 'date'],
  [/^(mo|mon|mths?|months?)$/, 'M', 'date'],
  [/^(w|wks?|weeks?)$/, 'W', 'date'],
  [/^(d|days?)$/, 'D', 'date'],
  [/^(h|hrs?|hours?)$/, 'H', 'time'],
  [/^(min|mins|minutes?)$/, 'M', 'time'],
  [/^(s|secs?|seconds?)$/, 'S', 'time'],
];

/** What to write in place of something that is no duration, as far as it can be guessed. */
export function mendDuration(value: unknown): string {
  const text = String(value).trim();
  if (/^\d+$/.test(text) && Number(text) > 0)
    return `Write P${text}D for days, P${text}M for months or P${text}Y for years`;
  if (/^\d+ ?m$/i.test(text))
    return `Write P${parseInt(text)}M for months or PT${parseInt(text)}M for minutes`;
  if (isDuration(text))
    return /^P[^T]*[1-9]/i.test(text) ? 'Write P100Y or less' : 'Write PT1S or more, and P100Y or less';
  const guess = inWords(text) ?? withoutSlip(text);
  if (guess) return `Write ${guess}`;
  return /(^|\D)0+\D/.test(text) && !/[1-9]/.test(text)
    ? 'Write the shortest period you mean, such as P1D'
    : 'Write it like P12M, P7D or PT24H';
}

/** `1 year 6 months` is `P1Y6M`; `null` where that cannot be told. */
function inWords(text: string): string | null {
  const parts = [...text.toLowerCase().matchAll(/(\d+)[\s-]*([a-z]+)\.?(?:\s*(?:,|and)\s*|\s+|$)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('').length !== text.length) return null;
  const found = parts.map(([, count, word]) => {
    const unit = UNITS.find(([pattern]) => pattern.test(word ?? ''));
    return unit && { designator: `${Number(count)}${unit[1]}`, part: unit[2] };
  });
  if (found.includes(undefined)) return null;
  const of = (part: string) => found.flatMap((one) => (one?.part === part ? [one.designator] : [])).join('');
  const guess = `P${of('date')}${of('time') && `T${of('time')}`}`;
  return isDuration(guess) ? guess : null;
}

/** `P24H` lacks its T, `12M` its P, `-P1D` is negative. */
function withoutSlip(text: string): string | null {
  const bare = text.toUpperCase().replace(/^[-+]?P?/, '');
  return [`P${bare}`, `PT${bare}`].find(isDuration) ?? null;
}

/** The one of `known` that was most likely meant, if any is near enough. */
export function meant(written: string, known: readonly string[]): string | undefined {
  const plain = (word: string) => word.toLowerCase().replace(/[-_ ]/g, '');
  const word = plain(written);
  const [best] = known
    .map((name) => ({ name, distance: editDistance(word, plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  if (best && best.distance <= Math.max(1, Math.floor(word.length / 3))) return best.name;
  return word.length > 2 ? known.find((name) => plain(name).startsWith(word)) : undefined;
}

/** How many letters have to be written, left out or changed to make one word of another (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1];
    for (const [to, other] of [...b].entries())
      next.push(
        Math.min((row[to] ?? 0) + (letter === other ? 0 : 1), (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
