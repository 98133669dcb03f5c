import { html } from 'hono/html';
import { z } from 'zod';
import { accountById, accountByLogin, accountBySubject } from '../../db/accounts.ts';
import { AppError } from '../../domain/errors.ts';
import { addressOf } from '../client-address.ts';
import { createCookies, THEMES } from '../cookies.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { PublicPage } from '../page.ts';
import { publicRoute, signedInRoute, type Route } from '../registry.ts';
import { checkCredentials, safePath } from '../sign-in/credentials.ts';
import { enter } from '../sign-in/enter.ts';
import { comeFromProvider, goToProvider } from '../sign-in/errands.ts';
import type { Identity } from '../sign-in/provider.ts';
import { endStepUp } from '../sign-in/step-up.ts';
import {
  freshForm,
  hidden,
  problems,
  submit,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import { linkButton } from '../views/pieces.ts';
import { withQuery } from '../views/table.ts';

const where = z.object({ to: z.string().max(2000) });
const fields = z.object({
  login: z.string({ error: 'Write the name you sign in with.' }).max(100),
  password: z.string({ error: 'Write your password.' }),
  code: z.string({ error: 'Write the code that your authenticator shows.' }).max(40),
  to: z.string().max(2000).optional(),
});

/** Signing in and out, and the colours, which belong to the browser. */
export function signInPages(deps: ConsoleDeps): Route[] {
  return [
    publicRoute({
      method: 'GET',
      path: '/sign-in',
      handler: (page) => {
        const to = safePath(page.query(where).to, deps.url);
        return page.person ? page.redirect(to) : show(page, freshForm({ to }));
      },
    }),
    publicRoute({ method: 'POST', path: '/sign-in', handler: signInByPassword }),
    publicRoute({
      method: 'GET',
      path: '/sign-in/provider',
      handler: (page) => {
        const to = safePath(page.query(where).to, deps.url);
        return goToProvider(deps, page, { purpose: 'sign-in', return_to: to });
      },
    }),
    publicRoute({ method: 'GET', path: '/sign-in/callback', handler: signInByProvider }),
    signedInRoute({
      method: 'POST',
      path: '/sign-out',
      handler: async (page) => {
        await deps.accounts.endSessions({
          accountId: page.person.accountId,
          id: page.session.id,
          now: page.now,
        });
        createCookies(deps.url).endSession(page.c);
        return page.redirect('/sign-in');
      },
    }),
    publicRoute({
      method: 'POST',
      path: '/theme',
      handler: async (page) => {
        const sent = await page.form(z.object({ theme: z.enum(THEMES), to: z.string().optional() }));
        if (sent.ok) createCookies(deps.url).setTheme(page.c, sent.values.theme);
        return page.redirect(safePath(sent.ok ? sent.values.to : '/', deps.url));
      },
    }),
  ];

  function show(page: PublicPage, state: FormState, status: 200 | 401 | 422 | 429 = 200) {
    const to = state.values['to'] ?? '/';
    const { provider } = deps;
    return page.html(
      {
        title: 'Sign in',
        body: html`${problems(state)}
        ${
          provider
            ? html`<p>
                ${linkButton(withQuery('/sign-in/provider', { to }), `Sign in with ${provider.name}`, 'main')}
              </p>`
            : ''
        }
        ${deps.passwords ? passwordForm(page, state, to) : ''}`,
      },
      status,
    );
  }

  async function signInByPassword(page: PublicPage): Promise<Response> {
    if (!deps.passwords) throw new AppError('not_found', 'This console takes no passwords.');
    const sent = await page.form(fields);
    if (!sent.ok) return show(page, sent.state, 422);
    const { login, password, code, to } = sent.values;
    const account = await accountByLogin(deps.db, login);
    const verdict = await checkCredentials(deps, {
      ...{ account, password, code },
      login: login.toLowerCase(),
      address: addressOf(page.c),
      now: page.now,
      what: 'sign-in',
    });
    const state = freshForm({ login, to: to ?? '/' });
    if (verdict === 'too-many') return show(page, withError(state, '', TOO_MANY), 429);
    if (verdict === 'refused' || !account) return show(page, withError(state, '', REFUSED), 401);
    await enter(deps, page, { accountId: account.id, method: 'password' });
    return page.redirect(safePath(to, deps.url));
  }

  async function signInByProvider(page: PublicPage): Promise<Response> {
    const { errand, identity } = await comeFromProvider(deps, page);
    if (errand.purpose === 'step-up') return endStepUp(deps, page, errand, identity);
    const accountId = errand.link_hash
      ? await deps.accounts.bindProvider({ tokenHash: errand.link_hash, who: identity, now: page.now })
      : await accountFor(identity, page.now);
    if (!accountId) {
      await deps.accounts.recordFailure({ accountId: undefined, what: 'provider', now: page.now });
      throw new AppError(
        'not_allowed',
        'The provider knows you, but nobody has given you an account here. Ask an administrator for an invitation.',
      );
    }
    const confirmedAt = await confirmedBy(identity, accountId);
    await enter(deps, page, { accountId, method: 'provider', confirmedAt });
    return page.redirect(errand.return_to);
  }

  /**
   * A provider that does not say when somebody signed in may have let them through on a session of last week,
   * which confirms nothing to whoever has an authenticator. To others this is all there is.
   */
  async function confirmedBy({ authenticatedAt }: Identity, accountId: string): Promise<Date | undefined> {
    if (authenticatedAt) return authenticatedAt;
    const account = await accountById(deps.db, accountId);
    return account?.totp_sealed ? new Date(0) : undefined;
  }

  async function accountFor(who: Identity, now: Date): Promise<string | undefined> {
    const known = await accountBySubject(deps.db, who);
    if (known) return known.disabled_at ? undefined : known.id;
    const { telegramUserId } = who;
    if (telegramUserId === undefined) return undefined;
    return deps.accounts.accountForTelegramStaff({ who: { ...who, telegramUserId }, now });
  }
}

const REFUSED = 'Name, password or code is not right. Codes change every 30 seconds and work once.';
const TOO_MANY = 'There were too many attempts. Wait a quarter of an hour, then try again.';

function passwordForm(page: PublicPage, state: FormState, to: string) {
  return page.postForm({
    to: '/sign-in',
    label: 'Sign in with a password',
    body: html`${hidden('to', to)}
    ${textField(state, { name: 'login', label: 'Name', autocomplete: 'username', required: true })}
    ${textField(state, {
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      required: true,
    })}
    ${textField(state, {
      name: 'code',
      label: 'Code',
      hint: 'The six digits that your authenticator shows, or a recovery code.',
      autocomplete: 'one-time-code',
      required: true,
    })}
    ${submit('Sign in')}`,
  });
}
