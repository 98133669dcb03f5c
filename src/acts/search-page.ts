import { z } from 'zod';
import type { SearchCursor } from '../db/search.ts';
import { AppError } from '../domain/errors.ts';

const cursor = z.tuple([z.int().nonnegative(), z.string().regex(/^[0-9 :.+-]{10,40}$/), z.uuid()]);

/** How the page after this one is asked for: it says no more than where this one ended. */
export function pageEnd({ score, openedAt, id }: SearchCursor): string {
  return Buffer.from(JSON.stringify([score, openedAt, id])).toString('base64url');
}

/** @throws AppError `input_invalid` */
export function readPage(text: string): SearchCursor {
  try {
    const [score, openedAt, id] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { score, openedAt, id };
  } catch {
    throw new AppError(
      'input_invalid',
      'This is not the name of a page. Take it from the end of the page before, or begin without one.',
    );
  }
}
