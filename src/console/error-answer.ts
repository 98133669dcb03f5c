import type { Context } from 'hono';
import { html } from 'hono/html';
import { AppError } from '../domain/errors.ts';
import type { ConsoleDeps } from './deps.ts';
import { NOBODY, standpointOf, type Frames } from './frame.ts';
import { ROUTE } from './make-page.ts';
import { isForOperators, wordsOf } from './refusals.ts';
import { errorPage } from './views/error-page.ts';
import { linkButton } from './views/pieces.ts';
import { wayBack } from './way-back.ts';

/** Tells an error in words: this service's own by its code, any other one in the log alone. */
export function createErrorAnswer(of: { readonly deps: Pick<ConsoleDeps, 'log'>; readonly frames: Frames }) {
  const { deps, frames } = of;
  return async function answerError(error: Error, c: Context): Promise<Response> {
    const at = standpointOf(c) ?? NOBODY;
    const own = error instanceof AppError;
    if (!own) {
      const { name, stack } = error;
      const code = (error as { code?: unknown }).code;
      // A library's message may quote a row; where it happened and what kind it is do not.
      const places = stack?.split('\n').filter((line) => /^\s+at /.test(line));
      deps.log.error(
        { kind: name, code, places, route: c.get(ROUTE) as unknown },
        'a page of the console failed',
      );
    }
    // An operator is sent to the log for it; these messages hold no personal data.
    else if (isForOperators(error.code))
      deps.log.error(
        { code: error.code, why: error.message, route: c.get(ROUTE) as unknown },
        'a page of the console could not be shown',
      );
    const { status, title } = errorPage(own ? error.code : 'config_invalid');
    const message = own
      ? wordsOf(error)
      : 'This page failed, and nothing was changed by it. Try again; if it fails again, the log of the service says where.';
    const back = at.project && wayBack(c.req.path, status);
    const body = html`<p>${message}</p>
      <p class="buttons">
        ${back ? linkButton(back.href, back.label, 'main') : ''} ${linkButton('/', 'To the overview')}
      </p>`;
    return frames.render(c, at, { title, body }, status);
  };
}
