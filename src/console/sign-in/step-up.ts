import { accountBySubject } from '../../db/accounts.ts';
import type { PendingSignIn } from '../../db/web-sessions.ts';
import { AppError } from '../../domain/errors.ts';
import { createCookies } from '../cookies.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { PublicPage } from '../page.ts';
import type { Identity } from './provider.ts';
import { hashOf, newToken } from './tokens.ts';

/** Notes that somebody proved anew who they are, and gives their browser a new secret. */
export async function confirm(
  deps: Pick<ConsoleDeps, 'accounts' | 'url'>,
  page: PublicPage,
  who: { readonly accountId: string; readonly sessionId: string; readonly confirmedAt: Date },
): Promise<void> {
  const token = newToken();
  await deps.accounts.confirmSession({ ...who, tokenHash: hashOf(token), now: page.now });
  createCookies(deps.url).setSession(page.c, token);
}

/** Ends a step-up at a provider: it has to be the same person, in the same session, and just now. */
export async function endStepUp(
  deps: ConsoleDeps,
  page: PublicPage,
  errand: PendingSignIn,
  identity: Identity,
): Promise<Response> {
  const account = await accountBySubject(deps.db, identity);
  const same = account && page.person?.accountId === account.id && errand.session_id !== null;
  if (!same || !identity.authenticatedAt) {
    await deps.accounts.recordFailure({ accountId: page.person?.accountId, what: 'step-up', now: page.now });
    throw new AppError(
      'not_allowed',
      'The provider confirmed somebody else, or does not say when. Try again; or set up an authenticator under "My account" and confirm with its code.',
    );
  }
  await confirm(deps, page, {
    accountId: account.id,
    sessionId: errand.session_id ?? '',
    confirmedAt: identity.authenticatedAt,
  });
  return page.redirect(errand.return_to);
}
