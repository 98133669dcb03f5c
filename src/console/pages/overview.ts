import { html } from 'hono/html';
import type { ConsoleDeps } from '../deps.ts';
import { badge } from '../views/pieces.ts';
import { projectRoute, signedInRoute, type Route } from '../registry.ts';
import { table } from '../views/table.ts';

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
            <p>What you may do in this project is in the navigation.</p>`,
        }),
    }),
  ];
}
