import { z } from 'zod';
import type { PageEnd, Placed } from '../../db/pages.ts';
import { AppError } from '../../domain/errors.ts';

const pageEnd = z.tuple([z.string().regex(/^\d{4}-[0-9 :.+-]{10,36}$/), z.uuid()]);

/** Reads where a page ended; a cursor says nothing else. @throws AppError `input_invalid` */
export function readCursor(cursor: string | undefined): PageEnd | null {
  if (cursor === undefined) return null;
  try {
    const [at, id] = pageEnd.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (!Number.isFinite(Date.parse(at))) throw new RangeError('not a date');
    return { at, id };
  } catch {
    throw new AppError(
      'input_invalid',
      'This is not a cursor. Take it from `next` of the page before, or begin without one.',
    );
  }
}

/** Cuts a page out of what was read, which is one row longer where more follow. */
export function cutPage<T extends Placed<object>, O>(
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
  show: (row: T) => O,
): { items: O[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last ? Buffer.from(JSON.stringify([last.place, idOf(last)])).toString('base64url') : null;
  return { items: shown.map(show), next };
}
