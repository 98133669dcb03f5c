import { html } from 'hono/html';
import type { SessionLine } from '../../db/sessions.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { badge, day, phaseBadge, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

/** A list of sessions, each leading to its page; nothing of what was written in them. */
export function sessionTable(
  page: ProjectPage,
  look: {
    readonly caption: string;
    readonly captionHidden?: boolean;
    readonly rows: readonly (SessionLine & { readonly restricted: boolean })[];
    readonly empty: string | Html;
  },
): Html {
  const { timeZone } = page.project;
  const list = table({
    ...look,
    columns: [
      {
        heading: 'Session',
        names: true,
        cell: ({ id }) => html`<a href="${page.at(`/sessions/${id}`)}"><code>${id.slice(0, 8)}</code></a>`,
      },
      {
        heading: 'Phase',
        cell: ({ phase, held, restricted }) =>
          html`${phaseBadge(phase)} ${held ? badge('on hold', 'warning') : ''}
          ${restricted ? badge('restricted', 'danger') : ''}`,
      },
      { heading: 'Tags', cell: ({ tags }) => html`${tags.map((tag) => badge(tag))}` },
      { heading: 'Chat', cell: ({ kind }) => kind },
      { heading: 'Opened', cell: ({ openedAt }) => when(openedAt, timeZone) },
      { heading: 'Closed', cell: ({ closedAt }) => (closedAt ? when(closedAt, timeZone) : '–') },
      { heading: 'Due', cell: (line) => dueOf(line, timeZone) },
    ],
  });
  return html`<div data-list>${list}</div>`;
}

/** The end of the retention of what is archived, the end of the window of what is in review. */
function dueOf({ phase, reviewDueAt, keepUntil }: SessionLine, timeZone: string) {
  const due = phase === 'review' ? reviewDueAt : phase === 'archived' ? keepUntil : null;
  return due ? day(due, timeZone) : '–';
}
