import { html } from 'hono/html';
import { z } from 'zod';
import type { Account } from '../../db/accounts.ts';
import { notFound, type PublicPage } from '../page.ts';
import type { ConsoleDeps } from '../deps.ts';
import { publicRoute, type Route } from '../registry.ts';
import {
  authenticatorPicture,
  newAuthenticatorSecret,
  newRecoveryCodes,
  recoveryHash,
  stepOf,
} from '../sign-in/authenticator.ts';
import { enter } from '../sign-in/enter.ts';
import { goToProvider } from '../sign-in/errands.ts';
import { hashPassword, LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../sign-in/passwords.ts';
import { hashOf } from '../sign-in/tokens.ts';
import { authenticatorSetup, passwordFields, recoveryCodes } from '../views/credentials.ts';
import { freshForm, problems, submit, withError, type FormState } from '../views/fields.ts';
import { linkButton } from '../views/pieces.ts';

/** A new password, written twice. */
export const newPassword = z.object({
  password: z
    .string({ error: 'Choose a password.' })
    .min(
      SHORTEST_PASSWORD,
      `A password has ${SHORTEST_PASSWORD} characters or more. A sentence is a good one.`,
    )
    .max(LONGEST_PASSWORD, `A password has ${LONGEST_PASSWORD} characters at most.`),
  again: z.string({ error: 'Write the password once more.' }),
});
const fields = newPassword.extend({
  code: z.string({ error: 'Write the code that your authenticator shows now.' }).max(40),
});

interface Opened {
  readonly account: Account;
  readonly secret: string;
  readonly tokenHash: Buffer;
}

/** Taking up an account by the link of an invitation. Opening the link uses nothing up; sending the form does. */
export function enrolmentPages(deps: ConsoleDeps): Route[] {
  return [
    publicRoute({
      method: 'GET',
      path: '/enrol/:token',
      handler: async (page) => show(page, await open(page), freshForm()),
    }),
    publicRoute({
      method: 'GET',
      path: '/enrol/:token/authenticator.svg',
      handler: async (page) => {
        const { account, secret } = await open(page);
        return page.svg(authenticatorPicture(secret, account.login, issuerOf(deps)));
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/enrol/:token/provider',
      handler: async (page) => {
        const { tokenHash } = await open(page);
        return goToProvider(deps, page, { purpose: 'link', return_to: '/', link_hash: tokenHash });
      },
    }),
    publicRoute({ method: 'POST', path: '/enrol/:token', handler: enrol }),
  ];

  async function open(page: PublicPage): Promise<Opened> {
    const tokenHash = hashOf(page.param('token'));
    const found = await deps.accounts.accountOfLink({ tokenHash, now: page.now });
    if (!found) throw notFound('invitation: it was used already, or is too old. Ask for a new one');
    const { account, totpSealed } = found;
    if (totpSealed) return { account, tokenHash, secret: deps.sealer.open(account.id, totpSealed) };
    const sealed = deps.sealer.seal(account.id, newAuthenticatorSecret());
    await deps.accounts.showAuthenticator({ tokenHash, sealed });
    return open(page);
  }

  async function enrol(page: PublicPage): Promise<Response> {
    const opened = await open(page);
    if (!deps.passwords) throw notFound();
    const sent = await page.form(fields);
    if (!sent.ok) return show(page, opened, { values: {}, errors: sent.state.errors }, 422);
    const { password, again, code } = sent.values;
    const { account, secret, tokenHash } = opened;
    const wrong = passwordFault(password, again, account.login);
    if (wrong) return show(page, opened, withError(freshForm(), ...wrong), 422);
    const totpStep = await stepOf(secret, code, page.now);
    if (totpStep === undefined) return show(page, opened, withError(freshForm(), 'code', WRONG_CODE), 422);
    const codes = newRecoveryCodes();
    await deps.accounts.enrol({
      tokenHash,
      totpStep,
      passwordHash: await hashPassword(password),
      totpSealed: deps.sealer.seal(account.id, secret),
      recoveryHashes: codes.map(recoveryHash),
      now: page.now,
    });
    await enter(deps, page, { accountId: account.id, method: 'password' });
    return page.html({ title: 'Keep your recovery codes', body: recoveryCodes(codes, '/') });
  }

  function show(page: PublicPage, opened: Opened, state: FormState, status: 200 | 422 = 200) {
    const token = page.param('token');
    const { provider } = deps;
    return page.html(
      {
        title: 'Take up your account',
        lead: `You were invited as ${opened.account.login}.`,
        body: html`${problems(state)}
        ${
          provider
            ? html`<p>${linkButton(`/enrol/${token}/provider`, `Sign in with ${provider.name}`, 'main')}</p>`
            : ''
        }
        ${
          deps.passwords
            ? page.postForm({
                to: `/enrol/${token}`,
                body: html`${passwordFields(state)}
                ${authenticatorSetup(state, {
                  picture: `/enrol/${token}/authenticator.svg`,
                  secret: opened.secret,
                })}
                ${submit('Take up the account')}`,
              })
            : ''
        }`,
      },
      status,
    );
  }
}

export const WRONG_CODE =
  'This is not the code that the authenticator shows now. Check that the clock of the phone is right.';

/** What authenticators call this console. */
export function issuerOf({ url }: Pick<ConsoleDeps, 'url'>): string {
  return `Retention ${new URL(url).host}`;
}

/** What is wrong with a new password, by field. */
export function passwordFault(
  password: string,
  again: string,
  login: string,
): [field: string, message: string] | undefined {
  if (password !== again) return ['again', 'The two passwords are not the same. Write both once more.'];
  if (password.toLowerCase().includes(login))
    return ['password', 'A password with your name in it is guessed first. Choose another one.'];
  if (new Set(password).size < 5)
    return ['password', 'This repeats a few characters. Choose another password.'];
  return undefined;
}
