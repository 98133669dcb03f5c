import type { SignInMethod } from '../../db/console-tables.ts';
import { findWebSession } from '../../db/web-sessions.ts';
import { createCookies } from '../cookies.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { PublicPage } from '../page.ts';
import { browserOf } from './credentials.ts';
import { hashOf, newToken } from './tokens.ts';

/** Signs somebody in with this browser. The secret is a new one, and what the browser had before ends. */
export async function enter(
  deps: Pick<ConsoleDeps, 'accounts' | 'db' | 'url'>,
  page: PublicPage,
  who: { readonly accountId: string; readonly method: SignInMethod; readonly confirmedAt?: Date | undefined },
): Promise<void> {
  const cookies = createCookies(deps.url);
  const old = cookies.session(page.c);
  const before = old && (await findWebSession(deps.db, hashOf(old), page.now));
  if (before) await deps.accounts.endSessions({ accountId: before.accountId, id: before.id, now: page.now });
  const token = newToken();
  await deps.accounts.beginSession({
    accountId: who.accountId,
    method: who.method,
    tokenHash: hashOf(token),
    browser: browserOf(page.c),
    confirmedAt: who.confirmedAt ?? page.now,
    now: page.now,
  });
  cookies.setSession(page.c, token);
}
