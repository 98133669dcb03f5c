import { html } from 'hono/html';
import { z } from 'zod';
import { accountById, listAccounts, type AccountLine } from '../../db/accounts.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type SignedInPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { installationRoute, type Route } from '../registry.ts';
import { hashOf, newToken } from '../sign-in/tokens.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, hidden, withError } from '../views/fields.ts';
import { linkButton, notice } from '../views/pieces.ts';
import { ACCOUNT_CHANGES, CHANGES, CRUMBS, peopleView, personView } from './people-view.ts';

const invitation = z.object({
  login: z.string({ error: 'Write the name they will sign in with.' }).max(63),
  administrator: z.literal('yes').optional(),
  telegram: z.coerce.number('A Telegram id is a number.').int().positive().optional(),
});
const change = z.object({
  what: z.enum(ACCOUNT_CHANGES),
});

/** Who may sign in to this installation. */
export function peoplePages(deps: ConsoleDeps): Route[] {
  return [
    installationRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/people',
      nav: { label: 'Accounts', group: 'Installation', order: 10 },
      handler: async (page) => page.html(peopleView(page, await listAccounts(deps.db), freshForm())),
    }),
    installationRoute({
      action: 'staff.manage',
      method: 'POST',
      path: '/people',
      stepUp: true,
      handler: invite,
    }),
    installationRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/people/:account',
      handler: showPerson,
    }),
    installationRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/people/:account/change',
      stepUp: true,
      handler: askChange,
    }),
    installationRoute({
      action: 'staff.manage',
      method: 'POST',
      path: '/people/:account/change',
      stepUp: true,
      handler: makeChange,
    }),
  ];

  async function invite(page: SignedInPage): Promise<Response> {
    const sent = await page.form(invitation);
    const token = newToken();
    const asked = sent.ok ? sent.values : undefined;
    if (!sent.ok) return page.html(peopleView(page, await listAccounts(deps.db), sent.state), 422);
    try {
      await deps.accounts.invite({
        login: asked?.login ?? '',
        ...(asked?.administrator && { administrator: true }),
        ...(asked?.telegram !== undefined && { telegramUserId: asked.telegram }),
        tokenHash: hashOf(token),
        actor: page.actor,
        now: page.now,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const state = withError(freshForm({ login: asked?.login ?? '' }), 'login', wordsOf(error));
      return page.html(peopleView(page, await listAccounts(deps.db), state), 422);
    }
    return showLink(page, token, asked?.login ?? '');
  }

  async function lookUp(page: SignedInPage): Promise<AccountLine> {
    const id = page.param('account');
    const account = (await listAccounts(deps.db)).find((line) => line.id === id);
    if (!account) throw notFound('account');
    return account;
  }

  async function showPerson(page: SignedInPage): Promise<Response> {
    return page.html(personView(page, await lookUp(page)));
  }

  async function askChange(page: SignedInPage): Promise<Response> {
    const account = await lookUp(page);
    const { what } = page.query(change);
    if (!what) throw notFound();
    return confirmPage(page, {
      title: `${CHANGES[what].button}: ${account.login}`,
      explain: CHANGES[what].explain,
      to: `/people/${account.id}/change`,
      button: CHANGES[what].button,
      back: `/people/${account.id}`,
      danger: CHANGES[what].danger,
      fields: hidden('what', what),
      crumbs: [...CRUMBS, [account.login, `/people/${account.id}`]],
    });
  }

  async function makeChange(page: SignedInPage): Promise<Response> {
    const account = await accountById(deps.db, idOf(page), { disabledToo: true });
    const sent = await page.form(change);
    if (!account || !sent.ok) throw notFound('account');
    const { what } = sent.values;
    const act = { accountId: account.id, by: page.person.accountId, actor: page.actor, now: page.now };
    if (what === 'reset') {
      const token = newToken();
      await deps.accounts.reset({ ...act, tokenHash: hashOf(token) });
      return showLink(page, token, account.login);
    }
    if (what === 'disable' || what === 'enable')
      await deps.accounts.setDisabled({ ...act, disabled: what === 'disable' });
    else await deps.accounts.setAdministrator({ ...act, administrator: what === 'administrator' });
    return page.redirect(`/people/${account.id}`, { tone: 'done', text: CHANGES[what].done });
  }

  function showLink(page: SignedInPage, token: string, login: string): Promise<Response> {
    const link = new URL(`/enrol/${token}`, deps.url).href;
    return page.html({
      title: 'Hand on this link',
      crumbs: CRUMBS,
      body: html`${notice(
          'warning',
          html`<p>
            It is shown this once, works once, and for three days. Whoever has it becomes ${login}.
          </p>`,
        )}
        <p><code>${link}</code></p>
        <p>${linkButton('/people', 'Back to the people')}</p>`,
    });
  }
}

function idOf(page: SignedInPage): string {
  const parsed = z.uuid().safeParse(page.param('account'));
  if (!parsed.success) throw notFound('account');
  return parsed.data;
}
