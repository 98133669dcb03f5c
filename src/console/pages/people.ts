import { html } from 'hono/html';
import { z } from 'zod';
import { accountById, accountByLogin, listAccounts, type AccountLine } from '../../db/accounts.ts';
import { listStaff } from '../../db/staff.ts';
import { ROLES } from '../../domain/roles.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage, type SignedInPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { installationRoute, projectRoute, type Route } from '../registry.ts';
import { hashOf, newToken } from '../sign-in/tokens.ts';
import { confirmPage } from '../views/confirm.ts';
import {
  freshForm,
  hidden,
  problems,
  submit,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import { badge, facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { ROLE_HINTS, rolesField, rolesSent } from '../views/roles.ts';
import { table } from '../views/table.ts';
import { AppError } from '../../domain/errors.ts';

const CRUMBS = [['People', '/people']] as const;
const invitation = z.object({
  login: z.string({ error: 'Write the name they will sign in with.' }).max(63),
  administrator: z.literal('yes').optional(),
  telegram: z.coerce.number('A Telegram id is a number.').int().positive().optional(),
});
const change = z.object({
  what: z.enum(['disable', 'enable', 'administrator', 'no-administrator', 'reset']),
});
type What = z.output<typeof change>['what'];

/** Who may sign in, and what they are in each project. */
export function peoplePages(deps: ConsoleDeps): Route[] {
  return [
    installationRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/people',
      nav: { label: 'People', group: 'Installation', order: 10 },
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
    projectRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/p/:project/people',
      nav: { label: 'People', group: 'Project', order: 80 },
      handler: (page) => showStaff(page, freshForm()),
    }),
    projectRoute({
      action: 'staff.manage',
      method: 'POST',
      path: '/p/:project/people',
      stepUp: true,
      handler: setRoles,
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

  async function showStaff(page: ProjectPage, state: FormState, status: 200 | 422 = 200): Promise<Response> {
    const staff = await listStaff(deps.db, page.project.id);
    return page.html(
      {
        title: 'People',
        lead: 'Roles from the project’s file are changed there. What is given here is added to them.',
        body: html`${problems(state)}
        ${table({
          caption: `The staff of ${page.project.name}`,
          rows: staff,
          columns: [
            {
              heading: 'Who',
              names: true,
              cell: ({ login, telegramUserId }) => login ?? `Telegram ${telegramUserId ?? ''}`,
            },
            {
              heading: 'From the file',
              cell: ({ fileRoles }) => html`${fileRoles.map((role) => badge(role))}`,
            },
            {
              heading: 'Given here',
              cell: ({ consoleRoles }) => html`${consoleRoles.map((role) => badge(role, 'good'))}`,
            },
          ],
          empty: 'Nobody has a role in this project yet. Give one below.',
        })}
        ${section(
          'Give or take roles',
          page.postForm({
            to: page.at('/people'),
            body: html`${textField(state, {
              name: 'login',
              label: 'Name',
              hint: 'The name they sign in with. Administrators of the installation invite people.',
              required: true,
            })}
            ${rolesField([])} ${submit('Set the roles')}`,
          }),
          'roles',
        )}`,
      },
      status,
    );
  }

  async function setRoles(page: ProjectPage): Promise<Response> {
    const sent = await page.form(rolesSent);
    if (!sent.ok) return showStaff(page, sent.state, 422);
    const { login, roles } = sent.values;
    const account = await accountByLogin(deps.db, login);
    if (!account) {
      const message =
        'Nobody signs in with this name. Ask an administrator of the installation to invite them.';
      return showStaff(page, withError(freshForm({ login }), 'login', message), 422);
    }
    await deps.accounts.setRoles({
      accountId: account.id,
      projectId: page.project.id,
      roles,
      by: page.person.accountId,
      actor: page.actor,
      now: page.now,
    });
    return page.redirect(page.at('/people'), { tone: 'done', text: `The roles of ${login} were set.` });
  }
}

function idOf(page: SignedInPage): string {
  const parsed = z.uuid().safeParse(page.param('account'));
  if (!parsed.success) throw notFound('account');
  return parsed.data;
}

const CHANGES: Record<
  What,
  { readonly button: string; readonly explain: string; readonly done: string; readonly danger: boolean }
> = {
  disable: {
    button: 'Disable the account',
    explain: 'They are signed out everywhere at once and cannot sign in. What they did stays under their id.',
    done: 'The account is disabled.',
    danger: true,
  },
  enable: {
    button: 'Enable the account',
    explain: 'They can sign in again as before, with the roles they had.',
    done: 'The account is enabled.',
    danger: false,
  },
  administrator: {
    button: 'Make an administrator',
    explain: 'They will administer every project, and decide who else does. Administrators see no content.',
    done: 'They are an administrator now.',
    danger: true,
  },
  'no-administrator': {
    button: 'Take the administration away',
    explain: 'They keep the roles they have in projects.',
    done: 'They are no administrator any more.',
    danger: true,
  },
  reset: {
    button: 'Reset the account',
    explain:
      'Their password, authenticator and recovery codes are forgotten, and they are signed out everywhere. You get a link to hand on.',
    done: 'The account was reset.',
    danger: true,
  },
};

function peopleView(page: SignedInPage, accounts: readonly AccountLine[], state: FormState) {
  return {
    title: 'People',
    lead: 'Everybody who can sign in here. What they may do is decided in each project.',
    body: html`${problems(state)}
    ${table({
      caption: 'Accounts',
      captionHidden: true,
      rows: accounts,
      columns: [
        { heading: 'Name', names: true, cell: ({ id, login }) => html`<a href="/people/${id}">${login}</a>` },
        { heading: 'State', cell: stateOf },
        {
          heading: 'Roles',
          cell: ({ roles }) => roles.map((one) => `${one.projectId}: ${one.roles.join(', ')}`).join('; '),
        },
        { heading: 'Last signed in', cell: ({ signedInAt }) => (signedInAt ? when(signedInAt) : 'never') },
      ],
      empty: 'Nobody has an account.',
    })}
    ${section('Invite somebody', inviteForm(page, state), 'invite')}`,
  };
}

function inviteForm(page: SignedInPage, state: FormState) {
  return page.postForm({
    to: '/people',
    body: html`${textField(state, {
        name: 'login',
        label: 'Name',
        hint: 'What they sign in with: small letters, digits and . _ @ + -',
        required: true,
        maxlength: 63,
      })}
      ${textField(state, {
        name: 'telegram',
        label: 'Telegram id',
        hint: 'Of staff who answer in Telegram as well, so that they count as one person.',
        required: false,
        inputmode: 'numeric',
      })}
      <label class="choice"
        ><input type="checkbox" name="administrator" value="yes" /><span
          >Administrator<small>${ROLE_HINTS.admin}</small></span
        ></label
      >
      <p>${submit('Make a link')}</p>`,
  });
}

function stateOf({ disabledAt, invited, administrator }: AccountLine) {
  return html`${disabledAt ? badge('disabled', 'danger') : ''} ${invited ? badge('invited', 'warning') : ''}
  ${administrator ? badge('administrator', 'good') : ''}`;
}

function personView(page: SignedInPage, account: AccountLine) {
  const own = account.id === page.person.accountId;
  const link = (what: What) => linkButton(`/people/${account.id}/change?what=${what}`, CHANGES[what].button);
  return {
    title: account.login,
    crumbs: CRUMBS,
    body: html`${facts([
      ['Account', account.id],
      ['State', stateOf(account)],
      ['Signs in with', account.provider ? 'a provider' : 'a password and an authenticator'],
      ['Telegram', account.telegram ? 'linked' : null],
      ['Last signed in', account.signedInAt ? when(account.signedInAt) : 'never'],
      ...account.roles.map(
        (one) =>
          [`Roles in ${one.projectId}`, ROLES.filter((role) => one.roles.includes(role)).join(', ')] as const,
      ),
    ])}
    ${
      own
        ? html`<p class="muted">Nobody changes their own rights here.</p>`
        : html`<p class="buttons">
            ${account.disabledAt ? link('enable') : link('disable')}
            ${account.disabledAt ? '' : link('reset')}
            ${account.administrator ? link('no-administrator') : link('administrator')}
          </p>`
    }`,
  };
}
