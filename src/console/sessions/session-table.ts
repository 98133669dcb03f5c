import { html } from 'hono/html';
import type { SessionLine } from '../../db/sessions.ts';
import type { ProjectPage } from '../page.ts';
import { span } from '../views/amounts.ts';
import type { Html } from '../views/html.ts';
import { badge, day, phaseBadge, when } from '../views/pieces.ts';
import { table, type Column } from '../views/table.ts';

type Row = SessionLine & {
  readonly restricted: boolean;
  readonly workDueAt?: Date | null;
  readonly workDoneAt?: Date | null;
};

/** A list of sessions, each leading to its page; nothing of what was written in them. */
export function sessionTable(
  page: ProjectPage,
  look: {
    readonly caption: string;
    readonly captionHidden?: boolean;
    readonly rows: readonly Row[];
    /** Tells when the work was due and done that the list is of. */
    readonly work?: boolean;
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
      ...(look.work ? workColumns(timeZone) : lifeColumns(timeZone)),
    ],
  });
  return html`<div data-list>${list}</div>`;
}

function lifeColumns(timeZone: string): Column<Row>[] {
  return [
    { heading: 'Chat', cell: ({ kind }) => kind },
    { heading: 'Opened', cell: ({ openedAt }) => when(openedAt, timeZone) },
    { heading: 'Closed', cell: ({ closedAt }) => (closedAt ? when(closedAt, timeZone) : '–') },
    { heading: 'Due', cell: (line) => dueOf(line, timeZone) },
  ];
}

function workColumns(timeZone: string): Column<Row>[] {
  const date = (at: Date | null | undefined) => (at ? when(at, timeZone) : '–');
  return [
    { heading: 'Opened', cell: ({ openedAt }) => day(openedAt, timeZone) },
    { heading: 'Was due', cell: ({ workDueAt }) => date(workDueAt) },
    { heading: 'Done', cell: ({ workDoneAt }) => date(workDoneAt) },
    {
      heading: 'Late by',
      numeric: true,
      cell: ({ workDueAt, workDoneAt }) => lateBy(workDueAt, workDoneAt),
    },
  ];
}

function lateBy(dueAt: Date | null | undefined, doneAt: Date | null | undefined): string {
  if (!dueAt || !doneAt) return '–';
  return doneAt > dueAt ? span((doneAt.getTime() - dueAt.getTime()) / 1000) : 'on time';
}

/** The end of the retention of what is archived, the end of the window of what is in review. */
function dueOf({ phase, reviewDueAt, keepUntil }: SessionLine, timeZone: string) {
  const due = phase === 'review' ? reviewDueAt : phase === 'archived' ? keepUntil : null;
  return due ? day(due, timeZone) : '–';
}
