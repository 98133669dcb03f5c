import { html } from 'hono/html';
import type { ListedExport } from '../../db/export-lists.ts';
import type { ExportRow, ExportScheduleRow } from '../../db/exports-tables.ts';
import { failureInWords, type ExportEnding } from '../../domain/exports.ts';
import type { ProjectPage, View } from '../page.ts';
import { whoWords } from '../sessions/people.ts';
import { bytes, counted, number } from '../views/amounts.ts';
import { hidden } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, countdown, facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

type Standing = Pick<ExportRow, 'state' | 'ending' | 'failure'>;

const ENDINGS: Record<ExportEnding, string> = {
  failed: 'failed',
  cancelled: 'cancelled',
  removed: 'removed',
  expired: 'expired',
  erasure: 'removed for an erasure',
  deletion: 'removed with a session of it',
};

/** Where an export stands, in words. */
export function stateOf({ state, ending, failure }: Standing) {
  const why = ENDINGS[ending ?? 'expired'];
  switch (state) {
    case 'requested':
      return { words: 'finding the sessions', tone: 'warning', runs: true } as const;
    case 'planned':
      return { words: 'being written', tone: 'warning', runs: true } as const;
    case 'written':
      return { words: 'being delivered', tone: 'warning', runs: true } as const;
    case 'done':
      return { words: 'ready', tone: 'good', runs: false } as const;
    case 'removing':
      return { words: `being removed: ${why}`, tone: 'warning', runs: true } as const;
    case 'removed':
      return {
        words: failure ? `${why}: ${failureInWords(failure)}` : why,
        tone: failure ? 'danger' : 'plain',
        runs: false,
      } as const;
  }
}

/** The exports of a project. */
export function exportList(
  page: ProjectPage,
  rows: readonly ListedExport[],
  logins: ReadonlyMap<string, string>,
): Html {
  const { timeZone } = page.project;
  return table({
    caption: 'Exports, the newest first',
    captionHidden: true,
    rows,
    columns: [
      {
        heading: 'Export',
        names: true,
        cell: ({ id }) => html`<a href="${page.at(`/exports/${id}`)}"><code>${id.slice(0, 8)}</code></a>`,
      },
      {
        heading: 'State',
        cell: (row) => {
          const { words, tone } = stateOf(row);
          return badge(words, tone);
        },
      },
      { heading: 'Format', cell: ({ format }) => format },
      {
        heading: 'Sessions',
        numeric: true,
        cell: (row) => `${number(row.done_sessions)} of ${number(row.sessions)}`,
      },
      { heading: 'Size', numeric: true, cell: (row) => bytes(Number(row.bytes)) },
      {
        heading: 'Asked for by',
        cell: (row) => html`${whoWords(row.requester_id, logins)}${row.schedule_id ? ', by schedule' : ''}`,
      },
      { heading: 'Reason', cell: ({ reason }) => reason },
      { heading: 'Asked for', cell: (row) => when(row.requested_at, timeZone) },
      { heading: 'Expires', cell: (row) => (row.removed_at ? 'gone' : when(row.expires_at, timeZone)) },
    ],
    empty: html`Nothing was exported yet. <a href="${page.at('/exports/new')}">Export sessions</a>`,
  });
}

/** One export: how far it is, and what can be done with it. */
export function exportView(
  page: ProjectPage,
  row: ExportRow,
  { canFetch, logins }: { readonly canFetch: boolean; readonly logins: ReadonlyMap<string, string> },
): View {
  const { words, tone, runs } = stateOf(row);
  const { timeZone } = page.project;
  const here = page.at(`/exports/${row.id}`);
  const own = row.requester_id === page.actor.id;
  return {
    title: `Export ${row.id.slice(0, 8)}`,
    crumbs: [['Exports', page.at('/exports')]],
    body: html`<p data-refresh="${runs ? 3 : 0}">${badge(words, tone)}</p>
      ${runs ? progress(row, here) : ''}
      ${row.held_back > 0 ? notice('info', `Held back, as they are for other readers: ${counted(row.held_back, 'session')}.`) : ''}
      ${canFetch && !own ? notice('info', `Asked for by ${whoWords(row.requester_id, logins)}, who alone fetches it. Ask for one of your own.`) : ''}
      <p class="buttons">
        ${canFetch && own ? linkButton(`${here}/fetch`, 'Fetch the files', 'main') : ''}
        ${row.state === 'removing' || row.state === 'removed' ? '' : linkButton(`${here}/end`, row.state === 'done' ? 'Remove it' : 'Cancel it')}
      </p>
      ${facts([
        ['Export', html`<code>${row.id}</code>`],
        ['Asked for by', whoWords(row.requester_id, logins)],
        ['Reason', row.reason],
        ['Format', row.zipped ? `${row.format}, compressed` : row.format],
        ['Sessions', `${number(row.done_sessions)} of ${number(row.sessions)}`],
        ['Messages', number(Number(row.messages))],
        ['Size', bytes(Number(row.bytes))],
        ['Delivered to', row.destination],
        ['Asked for', when(row.requested_at, timeZone)],
        ['Active after', row.active_after && when(row.active_after, timeZone)],
        ['Active until', row.active_until && when(row.active_until, timeZone)],
        ['Written', row.finished_at && when(row.finished_at, timeZone)],
        [
          'Expires',
          row.removed_at
            ? null
            : html`${when(row.expires_at, timeZone)} (${countdown(row.expires_at, page.now)})`,
        ],
        ['Removed', row.removed_at && when(row.removed_at, timeZone)],
      ])}`,
  };
}

function progress({ sessions, done_sessions: done, state }: ExportRow, here: string): Html {
  const known = state === 'planned' && sessions > 0;
  return html`<p>
    <progress
      aria-label="How much is written"
      ${known ? html`max="${sessions}" value="${done}"` : ''}
    ></progress>
    ${known ? `${number(done)} of ${number(sessions)} sessions` : ''} <a href="${here}">Look again</a>
  </p>`;
}

/** What is written again and again. */
export function scheduleSection(
  page: ProjectPage,
  schedules: readonly ExportScheduleRow[],
  logins: ReadonlyMap<string, string>,
): Html {
  const { timeZone } = page.project;
  return section(
    'Schedules',
    table({
      caption: 'What is exported again and again',
      captionHidden: true,
      rows: schedules,
      columns: [
        { heading: 'Schedule', names: true, cell: ({ id }) => html`<code>${id.slice(0, 8)}</code>` },
        { heading: 'When', cell: ({ cron, time_zone: zone }) => html`<code>${cron}</code> (${zone})` },
        { heading: 'Format', cell: ({ format }) => format },
        { heading: 'Reason', cell: ({ reason }) => reason },
        { heading: 'Made by', cell: ({ requester_id: id }) => whoWords(id, logins) },
        { heading: 'Delivered to', cell: ({ destination }) => destination ?? 'waits here' },
        { heading: 'Covered until', cell: ({ covered_until: at }) => when(at, timeZone) },
        {
          heading: 'End it',
          cell: ({ id }) =>
            page.postForm({
              to: page.at('/exports/schedules/remove'),
              label: `Remove schedule ${id.slice(0, 8)}`,
              body: html`${hidden('schedule', id)}<button type="submit" class="quiet">
                  Remove<span class="unseen"> schedule ${id.slice(0, 8)}</span>
                </button>`,
            }),
        },
      ],
      empty: 'Nothing is exported by itself.',
    }),
    'schedules',
  );
}
