import { html } from 'hono/html';
import { accountByLogin } from '../../db/accounts.ts';
import { listStaff } from '../../db/staff.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { freshForm, problems, submit, textField, withError, type FormState } from '../views/fields.ts';
import { badge, section } from '../views/pieces.ts';
import { rolesField, rolesSent } from '../views/roles.ts';
import { table } from '../views/table.ts';

/** What people are in one project. */
export function projectStaffPages(deps: ConsoleDeps): Route[] {
  return [
    projectRoute({
      action: 'staff.manage',
      method: 'GET',
      path: '/p/:project/people',
      nav: { label: 'Staff and roles', group: 'Project', order: 80 },
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

  async function showStaff(page: ProjectPage, state: FormState, status: 200 | 422 = 200): Promise<Response> {
    const staff = await listStaff(deps.db, page.project.id);
    return page.html(
      {
        title: 'Staff and roles',
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
