import type { MiddlewareHandler } from 'hono';

/**
 * Nothing but what this host serves: no script in a page, no style in a page, no frame, no other host. Whoever
 * signs in with a provider follows a link there, since browsers apply `form-action` to redirections as well.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** A picture styles itself, and nothing more. It is shown as an image, in which no script runs either. */
export const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Puts the headers on every answer that has none of its own. */
export function securityHeaders({ secure }: { readonly secure: boolean }): MiddlewareHandler {
  const headers = {
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    // With `no-referrer`, browsers send `Origin: null` along with forms, and the check of the origin fails.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(secure && { 'strict-transport-security': 'max-age=31536000' }),
  };
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers))
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
