import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';

/** The field that carries the token of a form. */
export const TOKEN_FIELD = '_csrf';

/**
 * Whether a request that changes something comes from a page of this console, as far as the browser says:
 * every current one sends `Sec-Fetch-Site` over https and to loopback, and all send `Origin` with a form. A
 * request with neither is no form of a browser's, and is turned away.
 */
export function comesFromHere(c: Context, url: string): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = c.req.header('origin');
  if (origin !== undefined) return origin === new URL(url).origin;
  return site === 'same-origin';
}

/** The token of a browser's forms, from a secret that only its cookie holds. */
export function formToken(secret: string): string {
  return createHmac('sha256', secret).update('form').digest('base64url');
}

/** Whether a form brought the token of this browser. */
export function tokenFits(secret: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const expected = Buffer.from(formToken(secret));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
