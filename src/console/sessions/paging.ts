import { z } from 'zod';
import type { PageEnd } from '../../db/pages.ts';

const cursor = z.tuple([z.string().regex(/^[0-9 :.+-]{10,40}$/), z.uuid()]);

/** Where the page after a row begins, for an address. */
export function cursorOf({ place, id }: { readonly place: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify([place, id])).toString('base64url');
}

/** The same read back; one that was tampered with begins at the first page. */
export function readCursor(text: string | undefined): PageEnd | null {
  if (text === undefined) return null;
  try {
    const [at, id] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return Number.isFinite(Date.parse(at)) ? { at, id } : null;
  } catch {
    return null;
  }
}
