import { AppError } from './errors.ts';

/** At night in most of the world's offices; weeks begin on Monday. */
const NAMED: Readonly<Record<string, string>> = { daily: '17 4 * * *', weekly: '17 4 * * 1' };

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/**
 * Reads when a schedule runs: `daily`, `weekly`, or the five fields of cron (numbers, `*`, lists, ranges,
 * steps).
 *
 * @throws AppError `input_invalid`
 */
export function parseCron(text: string): string {
  const named = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined;
  if (named !== undefined) return named;
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5 && fields.every((field, at) => isField(field, RANGES[at] ?? [0, 0])))
    return fields.join(' ');
  throw new AppError(
    'input_invalid',
    `${JSON.stringify(text)} is no schedule. Write daily, weekly, or five fields as cron takes them, such as "30 6 * * 1-5".`,
  );
}

function isField(field: string, [least, most]: readonly [number, number]): boolean {
  return field.split(',').every((piece) => {
    const [, range = '', step] = /^(\*|\d{1,2}(?:-\d{1,2})?)(?:\/(\d{1,2}))?$/.exec(piece) ?? [];
    if (range === '' || step === '0') return false;
    if (range === '*') return true;
    const [from = NaN, to = from] = range.split('-').map(Number);
    return from >= least && to <= most && from <= to;
  });
}
