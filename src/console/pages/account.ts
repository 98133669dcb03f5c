import { html } from 'hono/html';
import { accountById } from '../../db/accounts.ts';
import {
  newAuthenticator,
  setNewAuthenticator,
  webSessionsOf,
  type WebSession,
} from '../../db/web-sessions.ts';
import { AppError } from '../../domain/errors.ts';
import { z } from 'zod';
import type { ConsoleDeps } from '../deps.ts';
import type { SignedInPage } from '../page.ts';
import { signedInRoute, type Route } from '../registry.ts';
import {
  authenticatorPicture,
  newAuthenticatorSecret,
  newRecoveryCodes,
  recoveryHash,
  stepOf,
} from '../sign-in/authenticator.ts';
import { hashPassword } from '../sign-in/passwords.ts';
import { authenticatorSetup, passwordFields, recoveryCodes } from '../views/credentials.ts';
import { freshForm, hidden, problems, submit, withError, type FormState } from '../views/fields.ts';
import { badge, facts, linkButton, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';
import { issuerOf, newPassword, passwordFault, WRONG_CODE } from './enrolment.ts';

const CRUMBS = [['My account', '/account']] as const;

/** What belongs to oneself: password, authenticator, and where one is signed in. */
export function accountPages(deps: ConsoleDeps): Route[] {
  return [
    signedInRoute({
      method: 'GET',
      path: '/account',
      nav: { label: 'My account', group: 'Installation', order: 90 },
      handler: showAccount,
    }),
    signedInRoute({
      method: 'GET',
      path: '/account/password',
      stepUp: true,
      handler: (page) => showPassword(page, freshForm()),
    }),
    signedInRoute({ method: 'POST', path: '/account/password', stepUp: true, handler: changePassword }),
    signedInRoute({
      method: 'GET',
      path: '/account/authenticator',
      stepUp: true,
      handler: (page) => showAuthenticator(page, freshForm()),
    }),
    signedInRoute({
      method: 'GET',
      path: '/account/authenticator.svg',
      stepUp: true,
      handler: async (page) =>
        page.svg(authenticatorPicture(await secretOf(page), page.person.login, issuerOf(deps))),
    }),
    signedInRoute({
      method: 'POST',
      path: '/account/authenticator',
      stepUp: true,
      handler: changeAuthenticator,
    }),
    signedInRoute({ method: 'POST', path: '/account/sign-out', handler: signOutSessions }),
  ];

  async function showAccount(page: SignedInPage): Promise<Response> {
    const { person } = page;
    const sessions = await webSessionsOf(deps.db, person.accountId, page.now);
    return page.html({
      title: 'My account',
      body: html`${facts([
          ['Name', person.login],
          ['Account', person.accountId],
          ['Administrator', person.administrator ? 'of the installation' : null],
          ['Signs in with', person.hasPassword ? 'a password and an authenticator' : deps.provider?.name],
          ['Authenticator', person.hasAuthenticator ? 'set up' : 'none'],
        ])}
        <p class="buttons">
          ${person.hasPassword ? linkButton('/account/password', 'Change the password') : ''}
          ${linkButton(
            '/account/authenticator',
            person.hasAuthenticator ? 'Change the authenticator' : 'Set up an authenticator',
          )}
        </p>
        ${section('Where you are signed in', html`${sessionTable(page, sessions)} ${signOutElsewhere(page)}`)}`,
    });
  }

  function showPassword(page: SignedInPage, state: FormState, status: 200 | 422 = 200) {
    if (!page.person.hasPassword) throw noPassword();
    return page.html(
      {
        title: 'Change the password',
        crumbs: CRUMBS,
        lead: 'Wherever else you are signed in, you will be signed out.',
        body: html`${problems(state)}
        ${page.postForm({
          to: '/account/password',
          body: html`${passwordFields(state)} ${submit('Change the password')}`,
        })}`,
      },
      status,
    );
  }

  async function changePassword(page: SignedInPage): Promise<Response> {
    if (!page.person.hasPassword) throw noPassword();
    const sent = await page.form(newPassword);
    if (!sent.ok) return showPassword(page, { values: {}, errors: sent.state.errors }, 422);
    const { password, again } = sent.values;
    const wrong = passwordFault(password, again, page.person.login);
    if (wrong) return showPassword(page, withError(freshForm(), ...wrong), 422);
    await deps.accounts.changePassword({
      accountId: page.person.accountId,
      passwordHash: await hashPassword(password),
      sessionId: page.session.id,
      now: page.now,
    });
    return page.redirect('/account', { tone: 'done', text: 'The password was changed.' });
  }

  /** The authenticator that is being set up in this session; the first look makes it. */
  async function secretOf(page: SignedInPage): Promise<string> {
    const { accountId } = page.person;
    const sealed = await newAuthenticator(deps.db, page.session.id);
    if (sealed) return deps.sealer.open(accountId, sealed);
    const secret = newAuthenticatorSecret();
    await setNewAuthenticator(deps.db, page.session.id, deps.sealer.seal(accountId, secret));
    return secret;
  }

  async function showAuthenticator(page: SignedInPage, state: FormState, status: 200 | 422 = 200) {
    const secret = await secretOf(page);
    return page.html(
      {
        title: page.person.hasAuthenticator ? 'Change the authenticator' : 'Set up an authenticator',
        crumbs: CRUMBS,
        lead: 'You get new recovery codes with it. Wherever else you are signed in, you will be signed out.',
        body: html`${problems(state)}
        ${page.postForm({
          to: '/account/authenticator',
          body: html`${authenticatorSetup(state, { picture: '/account/authenticator.svg', secret })}
          ${submit('Use this authenticator')}`,
        })}`,
      },
      status,
    );
  }

  async function changeAuthenticator(page: SignedInPage): Promise<Response> {
    const sent = await page.form(z.object({ code: z.string({ error: 'Write the code.' }).max(40) }));
    if (!sent.ok) return showAuthenticator(page, sent.state, 422);
    const { accountId } = page.person;
    const account = await accountById(deps.db, accountId);
    const secret = await secretOf(page);
    const totpStep = await stepOf(secret, sent.values.code, page.now);
    if (totpStep === undefined || !account)
      return showAuthenticator(page, withError(freshForm(), 'code', WRONG_CODE), 422);
    const codes = newRecoveryCodes();
    await deps.accounts.changeAuthenticator({
      accountId,
      totpStep,
      totpSealed: deps.sealer.seal(accountId, secret),
      recoveryHashes: codes.map(recoveryHash),
      sessionId: page.session.id,
      now: page.now,
    });
    return page.html({ title: 'Keep your recovery codes', body: recoveryCodes(codes, '/account') });
  }

  async function signOutSessions(page: SignedInPage): Promise<Response> {
    const sent = await page.form(z.object({ id: z.uuid().optional() }));
    const id = sent.ok ? sent.values.id : undefined;
    const ended = await deps.accounts.endSessions({
      accountId: page.person.accountId,
      ...(id === undefined ? { but: page.session.id } : { id }),
      now: page.now,
    });
    const text = ended === 1 ? 'One other session was ended.' : `${ended} other sessions were ended.`;
    return page.redirect('/account', { tone: 'done', text });
  }
}

function noPassword(): AppError {
  return new AppError('not_found', 'You sign in with a provider and have no password here.');
}

function sessionTable(page: SignedInPage, sessions: readonly WebSession[]) {
  return table({
    caption: 'Your sessions',
    captionHidden: true,
    rows: sessions,
    columns: [
      { heading: 'Browser', names: true, cell: ({ browser }) => browser },
      { heading: 'Since', cell: ({ createdAt }) => when(createdAt) },
      { heading: 'Last seen', cell: ({ seenAt }) => when(seenAt) },
      {
        heading: 'End',
        cell: ({ id, browser }) =>
          id === page.session.id
            ? badge('this one', 'good')
            : page.postForm({
                to: '/account/sign-out',
                body: html`${hidden('id', id)}<button type="submit" class="plain">
                    Sign out<span class="unseen"> ${browser}</span>
                  </button>`,
              }),
      },
    ],
    empty: 'You are signed in nowhere.',
  });
}

function signOutElsewhere(page: SignedInPage) {
  return page.postForm({
    to: '/account/sign-out',
    body: submit('Sign out everywhere else', 'plain'),
  });
}
