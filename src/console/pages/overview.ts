import { html } from 'hono/html';
import type { Action } from '../../domain/roles.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { badge } from '../views/pieces.ts';
import { projectRoute, signedInRoute, type Route } from '../registry.ts';
import { table } from '../views/table.ts';

const BEGINNINGS: readonly (readonly [Action, `/${string}`, label: string, what: string])[] = [
  ['overview.read', '/overview', 'Overview', 'how the project stands, and whether its promises are kept'],
  ['session.read', '/sessions', 'Sessions', 'find one, see where it stands, and read it'],
  ['review.decide', '/reviews', 'Reviews', 'what is about to be deleted, and waits for a decision'],
  ['erasure.read', '/erasures', 'Erasures', 'requests of customers to be deleted, with their deadlines'],
  ['policy.read', '/policies', 'Policy', 'how long what is kept, and why'],
  ['audit.read', '/audit', 'Audit', 'what was done, when and by whom, and the proof of it'],
  ['project.configure', '/settings', 'Settings', 'the bot, its texts, and whether it works'],
  ['staff.manage', '/people', 'Staff and roles', 'who may do what in this project'],
];

/** The pages that work begins with, as far as this person may open them. */
function whatToDo(page: ProjectPage): Html {
  return html`<ul class="beginnings">
    ${BEGINNINGS.filter(([action]) => page.may(action)).map(
      ([, path, label, what]) => html`<li><a href="${page.at(path)}">${label}</a>: ${what}</li>`,
    )}
  </ul>`;
}

/** Where everybody begins: the projects one has a role in. */
export function overviewPages(_deps: ConsoleDeps): Route[] {
  return [
    signedInRoute({
      method: 'GET',
      path: '/',
      handler: (page) => {
        const { memberships } = page.person;
        const [only] = memberships;
        if (memberships.length === 1 && only) return page.redirect(`/p/${only.projectId}`);
        return page.html({
          title: 'Projects',
          body: table({
            caption: 'The projects you have a role in',
            rows: memberships,
            columns: [
              {
                heading: 'Project',
                names: true,
                cell: ({ projectId, projectName }) => html`<a href="/p/${projectId}">${projectName}</a>`,
              },
              { heading: 'Your roles', cell: ({ roles }) => html`${roles.map((role) => badge(role))}` },
            ],
            empty: 'You have no role in any project yet. Ask an administrator for one.',
          }),
        });
      },
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project',
      action: 'member',
      nav: { label: 'Start', group: 'Work', order: 0 },
      handler: (page) =>
        page.html({
          title: page.project.name,
          body: html`<p>Your roles here: ${page.member.roles.map((role) => badge(role))}</p>
            ${whatToDo(page)}`,
        }),
    }),
  ];
}
