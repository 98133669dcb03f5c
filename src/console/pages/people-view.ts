import { html } from 'hono/html';
import type { AccountLine } from '../../db/accounts.ts';
import { ROLES } from '../../domain/roles.ts';
import type { SignedInPage } from '../page.ts';
import { problems, submit, textField, type FormState } from '../views/fields.ts';
import { badge, facts, linkButton, section, when } from '../views/pieces.ts';
import { ROLE_HINTS } from '../views/roles.ts';
import { table } from '../views/table.ts';

export const CRUMBS = [['Accounts', '/people']] as const;

export const ACCOUNT_CHANGES = ['disable', 'enable', 'administrator', 'no-administrator', 'reset'] as const;
type AccountChange = (typeof ACCOUNT_CHANGES)[number];

/** What can be done to an account, in words. */
export const CHANGES: Record<
  AccountChange,
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

/** Everybody who can sign in, and the form that invites somebody. */
export function peopleView(page: SignedInPage, accounts: readonly AccountLine[], state: FormState) {
  return {
    title: 'Accounts',
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

/** One account, and what can be done to it. */
export function personView(page: SignedInPage, account: AccountLine) {
  const own = account.id === page.person.accountId;
  const link = (what: AccountChange) =>
    linkButton(`/people/${account.id}/change?what=${what}`, CHANGES[what].button);
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
