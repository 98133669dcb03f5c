import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createAdmission } from './admission.ts';
import { openAssets } from './assets.ts';
import { notesAddress } from './client-address.ts';
import { createCookies } from './cookies.ts';
import type { ConsoleDeps } from './deps.ts';
import { createErrorAnswer } from './error-answer.ts';
import { comesFromHere } from './forgery.ts';
import { createFrames } from './frame.ts';
import { securityHeaders } from './headers.ts';
import { consolePages } from './pages/all.ts';
import { notFound } from './page.ts';
import type { Route } from './registry.ts';

const LARGEST_BYTES = 1024 * 1024;

/**
 * The web console: every route of the table behind its permission, and the JSON API beside them.
 *
 * @param routes the table; a test hands in its own
 */
export async function createConsole(
  deps: ConsoleDeps,
  routes: readonly Route[] = consolePages(deps),
): Promise<Hono> {
  const app = new Hono({ strict: false });
  const assets = await openAssets();
  const cookies = createCookies(deps.url);
  const frames = createFrames({ deps, routes, cookies, assets });
  const admit = createAdmission({ deps, cookies, frames });
  app.use(notesAddress(deps.isTrustedProxy ?? (() => false)));
  app.use(securityHeaders({ secure: deps.url.startsWith('https:') }));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.route('/assets', assets.app);
  // Programs show a token of their own, which no browser sends by itself.
  deps.mountApi?.(app);
  for (const route of routes) {
    const handle = (c: Context) => admit(c, route);
    if (route.method === 'GET') app.get(route.path, handle);
    else app.post(route.path, limited(route.maxBytes ?? LARGEST_BYTES), handle);
  }
  const answerError = createErrorAnswer({ deps, frames });
  app.notFound((c) => answerError(notFound(), c));
  app.onError(answerError);
  return app;

  function limited(maxSize: number): MiddlewareHandler {
    const check = bodyLimit({
      maxSize,
      onError: (c: Context) => c.text('This is larger than the form takes. Go back and send less.', 413),
    });
    return async (c, next) => {
      // Before anything is read: a form of another site costs nothing and does nothing.
      if (!comesFromHere(c, deps.url))
        return c.text(
          'This form was not sent by a page of this console. Open the console and try again.',
          403,
        );
      return check(c, next);
    };
  }
}
