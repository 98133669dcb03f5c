import { html } from 'hono/html';
import { z } from 'zod';
import { listStaff, type StaffLine } from '../../db/staff.ts';
import { listTokens, tokenNamed, type ApiToken } from '../../db/tokens.ts';
import { AppError } from '../../domain/errors.ts';
import { ROLES } from '../../domain/roles.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { confirmPage } from '../views/confirm.ts';
import {
  checkboxes,
  freshForm,
  problems,
  selectField,
  submit,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, facts, linkButton, notice, when } from '../views/pieces.ts';
import { ROLE_HINTS } from '../views/roles.ts';
import { table } from '../views/table.ts';

const DAY_MS = 86_400_000;
const DAYS = ['30', '90', '180', '366'] as const;

const role = z.enum(ROLES);
const making = z.object({
  name: z.string({ error: 'Say what it is for, such as helpdesk.' }).max(80),
  owner: z.uuid('Choose who answers for it.'),
  roles: z.union([role.transform((one) => [one]), z.array(role).min(1)], 'Choose at least one role.'),
  days: z.enum(DAYS, 'Choose for how long.').transform(Number),
});

/** Tokens of the API: made, seen and taken out of use. */
export function tokenPages(deps: ConsoleDeps): Route[] {
  const at = (rest: string) => `/p/:project/tokens${rest}` as const;
  const line = { action: 'token.manage' } as const;
  return [
    projectRoute({
      ...line,
      method: 'GET',
      path: at(''),
      nav: { label: 'API tokens', group: 'Project', order: 85 },
      handler: async (page) => page.html(listView(page, await listTokens(deps.db, page.project.id))),
    }),
    projectRoute({
      ...line,
      method: 'GET',
      path: at('/new'),
      stepUp: true,
      handler: (page) => askNew(deps, page, freshForm({ days: '90' })),
    }),
    projectRoute({
      ...line,
      method: 'POST',
      path: at('/new'),
      stepUp: true,
      handler: (page) => create(deps, page),
    }),
    projectRoute({
      ...line,
      method: 'GET',
      path: at('/:token/revoke'),
      stepUp: true,
      handler: (page) => askRevoke(deps, page),
    }),
    projectRoute({
      ...line,
      method: 'POST',
      path: at('/:token/revoke'),
      stepUp: true,
      handler: (page) => revoke(deps, page),
    }),
  ];
}

function listView(page: ProjectPage, tokens: readonly ApiToken[]) {
  const { timeZone } = page.project;
  return {
    title: 'API tokens',
    lead: 'With a token another program acts in this project. The whole token is shown once, when it is made.',
    aside: linkButton(page.at('/tokens/new'), 'Make a token', 'main'),
    body: table({
      caption: 'Tokens, the newest first',
      captionHidden: true,
      rows: tokens,
      columns: [
        { heading: 'Begins with', names: true, cell: ({ prefix }) => html`<code>${prefix}</code>` },
        { heading: 'For', cell: ({ name }) => name },
        { heading: 'Roles', cell: ({ roles }) => roles.join(', ') },
        { heading: 'State', cell: (token) => stateBadge(token, page.now) },
        { heading: 'Ends', cell: ({ expires_at: at }) => when(at, timeZone) },
        { heading: 'Last used', cell: ({ last_used_at: at }) => (at ? when(at, timeZone) : 'never') },
        {
          heading: 'Take out of use',
          cell: (token) =>
            isInForce(token, page.now)
              ? html`<a href="${page.at(`/tokens/${token.id}/revoke`)}"
                  >Revoke<span class="unseen"> ${token.prefix}</span></a
                >`
              : '',
        },
      ],
      empty: 'There is no token. Make one for each program, so that each can be taken out of use by itself.',
    }),
  };
}

function isInForce({ revoked_at: revokedAt, expires_at: expiresAt }: ApiToken, now: Date): boolean {
  return !revokedAt && expiresAt > now;
}

function stateBadge(token: ApiToken, now: Date): Html {
  if (isInForce(token, now)) return badge('in force', 'good');
  return badge(token.revoked_at ? 'revoked' : 'over');
}

/** Those who have an account or are known in Telegram, by what tells them apart. */
function ownerLabel({ id, login, fileRoles, consoleRoles }: StaffLine): string {
  const roles = [...new Set([...fileRoles, ...consoleRoles])].join(', ');
  return `${login ?? `staff ${id.slice(0, 8)}`} (${roles})`;
}

async function askNew(deps: ConsoleDeps, page: ProjectPage, state: FormState): Promise<Response> {
  const staff = await listStaff(deps.db, page.project.id);
  const wrong = Object.keys(state.errors).length > 0;
  const { owner = page.member.staffId } = state.values;
  const filled = { ...state, values: { ...state.values, owner } };
  const body = html`${problems(state)}
  ${page.postForm({
    to: page.at('/tokens/new'),
    body: html`${textField(filled, { name: 'name', label: 'What it is for', maxlength: 80, required: true, hint: 'Such as helpdesk. No names of people.' })}
    ${selectField(filled, {
      name: 'owner',
      label: 'Who answers for it',
      hint: 'The token never may do more than they may, and is no second person beside them.',
      options: staff.map((line) => [line.id, ownerLabel(line)] as const),
    })}
    ${checkboxes(filled, {
      name: 'roles',
      label: 'Roles',
      chosen: [],
      options: ROLES.map((one) => [one, one, ROLE_HINTS[one]] as const),
    })}
    ${selectField(filled, { name: 'days', label: 'Good for', options: DAYS.map((days) => [days, `${days} days`] as const) })}
    ${submit('Make the token')}`,
  })}`;
  return page.html({ title: 'Make a token', crumbs: crumbs(page), body }, wrong ? 422 : 200);
}

const crumbs = (page: ProjectPage) => [['API tokens', page.at('/tokens')]] as const;

async function create(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const sent = await page.form(making);
  if (!sent.ok) return askNew(deps, page, sent.state);
  const { name, owner, roles, days } = sent.values;
  try {
    const { token, row } = await deps.acts.createToken({
      ...{ projectId: page.project.id, name, owner, roles: [...new Set(roles)] },
      expiresAt: new Date(page.now.getTime() + days * DAY_MS),
      ...{ actor: page.actor, now: page.now },
    });
    return await page.html({
      title: 'The token is made',
      crumbs: crumbs(page),
      body: html`${notice('warning', 'This is the only time it is shown. Keep it where secrets are kept.')}
        <pre class="secret" tabindex="0" aria-label="The token">${token}</pre>
        ${facts([
          ['For', row.name],
          ['Roles', row.roles.join(', ')],
          ['Good until', when(row.expires_at, page.project.timeZone)],
        ])}
        <p>${linkButton(page.at('/tokens'), 'I have kept it')}</p>`,
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const field = error.code === 'not_allowed' ? 'roles' : error.code === 'not_found' ? 'owner' : 'name';
    const state = freshForm({ name, owner, days: String(days) });
    return askNew(deps, page, withError(state, field, wordsOf(error)));
  }
}

async function tokenOf(deps: ConsoleDeps, page: ProjectPage): Promise<ApiToken> {
  const token = await tokenNamed(deps.db, page.param('token'));
  if (token?.project_id !== page.project.id) throw notFound('token');
  return token;
}

async function askRevoke(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { id, prefix, name } = await tokenOf(deps, page);
  return confirmPage(page, {
    title: `Revoke ${prefix}`,
    explain: `Whatever program uses the token for “${name}” is refused from its next request on. A revoked token is never in force again; make another one instead.`,
    to: page.at(`/tokens/${id}/revoke`),
    button: 'Revoke the token',
    back: page.at('/tokens'),
    crumbs: crumbs(page),
  });
}

async function revoke(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { id, prefix } = await tokenOf(deps, page);
  const { actor, now, project } = page;
  await deps.acts.revokeToken({ token: id, projectId: project.id, actor, now });
  return page.redirect(page.at('/tokens'), { tone: 'done', text: `${prefix} is revoked.` });
}
