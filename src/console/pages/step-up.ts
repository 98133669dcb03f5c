import { html } from 'hono/html';
import { z } from 'zod';
import { accountById } from '../../db/accounts.ts';
import { addressOf } from '../client-address.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { SignedInPage } from '../page.ts';
import { signedInRoute, type Route } from '../registry.ts';
import { checkCredentials, safePath } from '../sign-in/credentials.ts';
import { goToProvider } from '../sign-in/errands.ts';
import { confirm } from '../sign-in/step-up.ts';
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
  password: z.string().optional(),
  code: z.string({ error: 'Write the code that your authenticator shows.' }).max(40),
  to: z.string().max(2000).optional(),
});

/** Proving anew who one is, before something that cannot be taken back. */
export function stepUpPages(deps: ConsoleDeps): Route[] {
  return [
    signedInRoute({
      method: 'GET',
      path: '/step-up',
      handler: (page) => show(page, freshForm({ to: safePath(page.query(where).to, deps.url) })),
    }),
    signedInRoute({ method: 'POST', path: '/step-up', handler: confirmByCode }),
    signedInRoute({
      method: 'GET',
      path: '/step-up/provider',
      handler: (page) =>
        goToProvider(deps, page, {
          purpose: 'step-up',
          return_to: safePath(page.query(where).to, deps.url),
          session_id: page.session.id,
        }),
    }),
  ];

  async function confirmByCode(page: SignedInPage): Promise<Response> {
    const sent = await page.form(fields);
    if (!sent.ok) return show(page, sent.state, 422);
    const { password = '', code, to } = sent.values;
    const account = await accountById(deps.db, page.person.accountId);
    const verdict = await checkCredentials(deps, {
      ...{ account, password, code },
      login: page.person.login,
      address: addressOf(page.c),
      now: page.now,
      what: 'step-up',
      withoutPassword: !page.person.hasPassword,
    });
    const state = freshForm({ to: to ?? '/' });
    if (verdict === 'too-many') return show(page, withError(state, '', TOO_MANY), 429);
    if (verdict === 'refused') return show(page, withError(state, '', REFUSED), 401);
    const { accountId } = page.person;
    await confirm(deps, page, { accountId, sessionId: page.session.id, confirmedAt: page.now });
    return page.redirect(safePath(to, deps.url));
  }

  function show(page: SignedInPage, state: FormState, status: 200 | 401 | 422 | 429 = 200) {
    const to = state.values['to'] ?? '/';
    const { hasPassword, hasAuthenticator, hasProvider } = page.person;
    const atProvider = hasProvider && deps.provider;
    return page.html(
      {
        title: 'Confirm that it is you',
        lead: 'What comes next cannot be taken back, or changes what people may do. It asks again who you are, and then not for ten minutes.',
        body: html`${problems(state)}
        ${
          atProvider
            ? html`<p>
                ${linkButton(withQuery('/step-up/provider', { to }), `Confirm with ${atProvider.name}`, 'main')}
              </p>`
            : ''
        }
        ${hasAuthenticator ? codeForm(page, state, { to, hasPassword }) : ''}
        ${atProvider || hasAuthenticator ? '' : WITHOUT_PROOF}`,
      },
      status,
    );
  }
}

const WITHOUT_PROOF = html`<p>You have nothing to prove it with yet: set up an authenticator first.</p>
  <p>${linkButton('/account/authenticator', 'Set up an authenticator', 'main')}</p>`;
const REFUSED = 'Password or code is not right. Codes change every 30 seconds and work once.';
const TOO_MANY = 'There were too many attempts. Wait a quarter of an hour, then try again.';

function codeForm(
  page: SignedInPage,
  state: FormState,
  { to, hasPassword }: { readonly to: string; readonly hasPassword: boolean },
) {
  return page.postForm({
    to: '/step-up',
    label: 'Confirm that it is you',
    body: html`${hidden('to', to)}
    ${
      hasPassword
        ? textField(state, {
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'current-password',
            required: true,
          })
        : ''
    }
    ${textField(state, {
      name: 'code',
      label: 'Code',
      hint: 'The six digits that your authenticator shows, or a recovery code.',
      autocomplete: 'one-time-code',
      required: true,
    })}
    ${submit('Confirm')}`,
  });
}
