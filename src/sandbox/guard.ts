import type { Context, MiddlewareHandler } from 'hono';

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Nobody but this machine may play: a name that resolves to loopback (DNS rebinding) is refused by the
 * Host, a web page elsewhere by the Origin or, where a browser leaves that out, by its Sec-Fetch-Site.
 *
 * @param knownAs the host and port by which processes in other containers reach the sandbox
 */
export function loopbackOnly(knownAs?: string): MiddlewareHandler {
  return async (c, next) => {
    if (!allowed(c, knownAs))
      return c.json({ ok: false, error: 'Only pages of this sandbox may do this.' }, 403);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    return undefined;
  };
}

function allowed(c: Context, knownAs: string | undefined): boolean {
  const host = c.req.header('host') ?? '';
  if (host !== knownAs && !/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host)) return false;
  const origin = c.req.header('origin');
  if (origin !== undefined && origin !== `http://${host}`) return false;
  const site = c.req.header('sec-fetch-site') ?? 'none';
  // A link from the console leads here: following it is a plain visit of the page, and harmless.
  const visit = c.req.method === 'GET' && c.req.path === '/';
  return visit || site === 'same-origin' || site === 'none';
}
