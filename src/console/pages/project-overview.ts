import { html } from 'hono/html';
import { lastingAlarms, type Alarm } from '../../db/alarms.ts';
import { readOverviews, type CountedOverview } from '../../db/overview.ts';
import { yearlyCost, type Overview, type Work } from '../../domain/overview.ts';
import { PHASES } from '../../domain/phases.ts';
import { chart, drawChart } from '../chart.ts';
import type { ErasureFigure } from './erasure-list.ts';
import { deletionsChart, storageChart } from './overview-charts.ts';
import { lateness } from './overview-lateness.ts';
import { promises, type Promised, type PromiseLists } from './overview-promises.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { seesRestricted } from '../sessions/access.ts';
import type { SessionFigure } from '../sessions/narrowings.ts';
import { projectRoute, type Route } from '../registry.ts';
import { bytes, dollars, number } from '../views/amounts.ts';
import type { Action } from '../../domain/roles.ts';
import type { Html } from '../views/html.ts';
import { emptyState, table, withQuery } from '../views/table.ts';
import { leading, notice, section, tiles, when } from '../views/pieces.ts';

/** How a project stands at a glance: whatever is counted leads to its list, for whoever may see that. */
export function projectOverviewPages(deps: ConsoleDeps): Route[] {
  const counted = async (page: ProjectPage) => (await readOverviews(deps.db, [page.project.id]))[0];
  const factsFor = async (page: ProjectPage) => {
    const found = await counted(page);
    if (!found) throw notFound('chart');
    return found.facts;
  };
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/overview',
      action: 'overview.read',
      nav: { label: 'Overview', group: 'Work', order: 1 },
      handler: async (page) => {
        const found = await counted(page);
        const alarms = await lastingAlarms(deps.db, '');
        return page.html({
          title: 'Overview',
          ...(found && { lead: 'How the project stands, counted about once a minute.' }),
          body: found
            ? overview(page, found, alarms)
            : emptyState('Nothing is counted yet. It is within a minute of the start: look again.'),
        });
      },
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/overview/deletions.svg',
      action: 'overview.read',
      handler: async (page) => drawChart(page, deletionsChart((await factsFor(page)).deletionsDue)),
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/overview/storage.svg',
      action: 'overview.read',
      handler: async (page) => drawChart(page, storageChart((await factsFor(page)).storage)),
    }),
  ];
}

function overview(page: ProjectPage, { facts, countedAt }: CountedOverview, alarms: readonly Alarm[]): Html {
  return html`<p class="muted">Counted ${when(countedAt, page.project.timeZone)}.</p>
    ${alarmsOf(page, facts, alarms)} ${section('Sessions', phaseTiles(page, facts))}
    ${section(
      'Promises',
      promises(facts, (promise) => promiseLists(page, promise)),
    )}
    ${section('Deletions ahead', deletions(page, facts))}
    ${section(
      'On time',
      lateness(facts, (work, of) => workList(page, work, of)),
    )}
    ${section('What the archive holds', storage(page, facts))} ${section('Proof', audit(page, facts))}`;
}

const ALARM_WORDS: Readonly<Record<string, string>> = {
  archive: 'Archives are late',
  erasure: 'An erasure is late',
  store: 'A store cannot be reached',
  'archive-damaged': 'Archive objects are damaged or gone',
  'objects-missing': 'Archive objects were gone before their deletion',
  audit: 'The audit log needs attention',
};

function alarmsOf(page: ProjectPage, facts: Overview, alarms: readonly Alarm[]): Html {
  const late = facts.lateArchives > 0 ? notice('danger', lateWords(page, facts.lateArchives)) : '';
  const lasting = alarms.map(({ kind, since }) =>
    notice(
      'warning',
      html`${ALARM_WORDS[kind.split(':')[0] ?? ''] ?? `Alarm: ${kind}`}, since
      ${when(since, page.project.timeZone)}.`,
    ),
  );
  return html`${late}${lasting}`;
}

function lateWords(page: ProjectPage, count: number): Html | string {
  const words = `${number(count)} closed ${count === 1 ? 'session' : 'sessions'} should be archived by now.`;
  const { href } = linked(page, 'session.read', withQuery(page.at('/sessions'), { late: 'yes' }));
  return href ? html`<a href="${href}">${words}</a>` : words;
}

function promiseLists(page: ProjectPage, promise: Promised): PromiseLists {
  return promise === 'archive'
    ? { done: doneSessions(page, 'archive'), late: doneSessions(page, 'archive-promise') }
    : { done: doneErasures(page, 'promise'), late: doneErasures(page, promise) };
}

function workList(page: ProjectPage, work: Work, of: 'done' | 'late'): string | undefined {
  if (work === 'erasure') return doneErasures(page, of === 'late' ? 'aim-late' : 'aim');
  return doneSessions(page, of === 'late' ? `${work}-late` : work);
}

function doneSessions(page: ProjectPage, done: SessionFigure): string | undefined {
  return linked(page, 'archive.read', withQuery(page.at('/sessions'), { done })).href;
}

function doneErasures(page: ProjectPage, done: ErasureFigure): string | undefined {
  return linked(page, 'erasure.read', withQuery(page.at('/erasures'), { done })).href;
}

function phaseTiles(page: ProjectPage, { phases, held, restricted, reviewsWaiting }: Overview): Html {
  const words = {
    open: 'open',
    closed: 'closed',
    archived: 'archived',
    review: 'in review',
    deleted: 'deleted',
  };
  return tiles([
    ...PHASES.map((phase) => ({
      label: words[phase],
      value: number(phases[phase]),
      ...linked(page, 'session.read', withQuery(page.at('/sessions'), { phase })),
    })),
    {
      label: 'on hold',
      value: number(held),
      ...linked(page, 'session.read', withQuery(page.at('/sessions'), { held: 'yes' })),
    },
    {
      label: 'restricted',
      value: number(restricted),
      ...(seesRestricted(page) && { href: withQuery(page.at('/sessions'), { restricted: 'yes' }) }),
    },
    {
      label: 'reviews waiting',
      value: number(reviewsWaiting),
      ...linked(page, 'review.decide', page.at('/reviews')),
    },
  ]);
}

/** Where a figure leads, for whoever may go there. */
function linked(page: ProjectPage, action: Action, href: string): { href?: string } {
  return page.may(action) ? { href } : {};
}

function deletions(page: ProjectPage, { deletionsDue, nearestReviewDueAt }: Overview): Html {
  if (deletionsDue.length === 0) return emptyState('Nothing is due in the next 90 days.');
  return html`${
    nearestReviewDueAt === null
      ? ''
      : html`<p>
          The nearest review ends ${when(new Date(nearestReviewDueAt), page.project.timeZone)}.
          <a href="${page.at('/reviews')}">All reviews</a>
        </p>`
  }${chart(page, {
    title:
      'Sessions whose time is over in the next 90 days, by week and by the rule that kept them until then',
    src: page.at('/overview/deletions.svg'),
    table: table({
      caption: 'Deletions due by week and rule',
      captionHidden: true,
      rows: deletionsDue,
      columns: [
        { heading: 'Week from', cell: ({ week }) => week, names: true },
        { heading: 'Rule', cell: ({ rule }) => rule },
        {
          heading: 'Sessions',
          cell: ({ week, rule, count }) =>
            leading(
              number(count),
              linked(page, 'archive.read', withQuery(page.at('/sessions'), { due: week, rule })).href,
            ),
          numeric: true,
        },
      ],
      empty: '',
    }),
  })}`;
}

function storage(page: ProjectPage, { storage: lines, storedBytes }: Overview): Html {
  if (lines.length === 0) return emptyState('The archive is empty.');
  const listOf = (of: { tag?: string; untagged?: 'yes' }) =>
    linked(page, 'archive.read', withQuery(page.at('/sessions'), { stored: 'yes', ...of })).href;
  return html`<p>
      ${leading(bytes(storedBytes), listOf({}))} in all, ${dollars(yearlyCost(storedBytes))} a year in the
      archive class of Google Cloud Storage.
    </p>
    ${chart(page, {
      title: 'Archived bytes by tag; a session counts with each of its tags',
      src: page.at('/overview/storage.svg'),
      table: table({
        caption: 'What the archive holds by tag',
        captionHidden: true,
        rows: lines,
        columns: [
          {
            heading: 'Tag',
            names: true,
            cell: ({ tag }) => tag ?? 'no tag',
          },
          {
            heading: 'Sessions',
            cell: ({ tag, sessions }) =>
              leading(number(sessions), listOf(tag === null ? { untagged: 'yes' } : { tag })),
            numeric: true,
          },
          { heading: 'Size', cell: (line) => bytes(line.bytes), numeric: true },
          { heading: 'A year', cell: (line) => dollars(yearlyCost(line.bytes)), numeric: true },
        ],
        empty: '',
      }),
    })}`;
}

function audit(page: ProjectPage, { auditVerified }: Overview): Html {
  const words = auditVerified
    ? html`Verified up to entry ${number(auditVerified.until)}, at
      ${when(new Date(auditVerified.at), page.project.timeZone)}.`
    : 'The audit log was not verified yet: it is once a day.';
  return html`<p>
    ${words} ${page.may('audit.read') ? html`<a href="${page.at('/audit')}">To the audit log</a>` : ''}
  </p>`;
}
