import { putPendingSignIn, takePendingSignIn, type PendingSignIn } from '../../db/web-sessions.ts';
import { AppError } from '../../domain/errors.ts';
import { createCookies } from '../cookies.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { PublicPage } from '../page.ts';
import type { Identity } from './provider.ts';
import { hashOf } from './tokens.ts';

const ERRAND_MS = 15 * 60_000;

/** Sends the browser to the provider, and keeps what has to fit when it comes back. */
export async function goToProvider(
  deps: ConsoleDeps,
  page: PublicPage,
  errand: Pick<PendingSignIn, 'purpose' | 'return_to'> &
    Partial<Pick<PendingSignIn, 'link_hash' | 'session_id'>>,
): Promise<Response> {
  const provider = providerOf(deps);
  const fresh = errand.purpose === 'step-up';
  const begun = await provider.begin({ fresh });
  await putPendingSignIn(deps.db, {
    link_hash: null,
    session_id: null,
    ...errand,
    state_hash: hashOf(begun.errand.state),
    browser_hash: browserHash(deps, page),
    nonce: begun.errand.nonce,
    code_verifier: begun.errand.codeVerifier,
    expires_at: new Date(page.now.getTime() + ERRAND_MS),
  });
  return page.redirect(begun.url);
}

/** What the browser came back from the provider for, and who the provider says it is. */
export async function comeFromProvider(
  deps: ConsoleDeps,
  page: PublicPage,
): Promise<{ errand: PendingSignIn; identity: Identity }> {
  const query = new URL(page.c.req.url).searchParams;
  const state = query.get('state') ?? '';
  const errand = await takePendingSignIn(deps.db, {
    stateHash: hashOf(state),
    browserHash: browserHash(deps, page),
    now: page.now,
  });
  if (!errand)
    throw new AppError(
      'not_allowed',
      'This sign-in was not begun in this browser, or was begun too long ago. Begin again.',
    );
  const identity = await providerOf(deps).finish(
    query,
    { state, nonce: errand.nonce, codeVerifier: errand.code_verifier },
    { fresh: errand.purpose === 'step-up' },
  );
  return { errand, identity };
}

/** Ties an errand to the browser by a cookie that outlives a change of the session's secret. */
function browserHash(deps: ConsoleDeps, page: PublicPage): Buffer {
  return hashOf(createCookies(deps.url).visitor(page.c));
}

function providerOf(deps: ConsoleDeps) {
  if (deps.provider) return deps.provider;
  throw new AppError('not_found', 'This console has no provider of sign-ins. Sign in with a password.');
}
