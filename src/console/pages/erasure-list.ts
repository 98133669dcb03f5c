import { html } from 'hono/html';
import type { DoneErasures } from '../../db/erasure-desk.ts';
import type { ErasureMonth } from '../../db/erasure-report.ts';
import type { Erasure } from '../../db/erasures.ts';
import { LATE_S } from '../../db/lateness.ts';
import type { ErasureState } from '../../domain/erasure-steps.ts';
import type { ProjectPage } from '../page.ts';
import { number } from '../views/amounts.ts';
import { freshForm, selectField, textField } from '../views/fields.ts';
import type { Content, Html } from '../views/html.ts';
import { badge, countdown, when } from '../views/pieces.ts';
import { pager, table, withQuery, type Column } from '../views/table.ts';

/** What the list is narrowed to, in the words of the desk. */
export const ERASURE_FILTERS = {
  running: { words: 'running', states: ['confirmed'] },
  waiting: { words: 'waiting for the customer', states: ['requested'] },
  filed: { words: 'filed, waiting for a second person', states: ['filed'] },
  restricted: { words: 'done but for what has to stay', states: ['restricted'] },
  done: { words: 'done', states: ['done'] },
  refused: { words: 'refused', states: ['refused'] },
  ended: { words: 'expired or withdrawn', states: ['expired', 'withdrawn'] },
} as const satisfies Record<string, { words: string; states: readonly ErasureState[] }>;
export type ErasureFilter = keyof typeof ERASURE_FILTERS;

/** Requests that were done, as the figures of the overview count them. */
export const DONE = {
  promise: { by: 'promise', days: 90, words: 'that were done' },
  '24': { by: 'promise', days: 90, lateS: 24 * 3600, words: 'that took more than 24 hours' },
  '48': { by: 'promise', days: 90, lateS: 48 * 3600, words: 'that took more than 48 hours' },
  aim: { by: 'aim', days: 30, words: 'that were done' },
  'aim-late': {
    by: 'aim',
    days: 30,
    lateS: LATE_S,
    words: 'that were done more than an hour after their aim',
  },
} as const satisfies Record<string, Omit<DoneErasures, 'since'> & { days: number; words: string }>;
export type ErasureFigure = keyof typeof DONE;

const STATES: Record<ErasureState, readonly [words: string, tone: 'plain' | 'good' | 'warning']> = {
  requested: ['Waits for the customer', 'plain'],
  filed: ['Waits for a second person', 'warning'],
  confirmed: ['Running', 'warning'],
  restricted: ['Done, with a rest', 'good'],
  done: ['Done', 'good'],
  refused: ['Refused', 'plain'],
  expired: ['Expired', 'plain'],
  withdrawn: ['Withdrawn', 'plain'],
};

/** Where a request stands, in a word and a colour. */
export function erasureBadge({ state }: Pick<Erasure, 'state'>): Html {
  return badge(...STATES[state]);
}

export const ORIGINS: Record<Erasure['origin'], string> = {
  customer: 'the customer',
  staff: 'staff, for the customer',
  inactivity: 'the policy: nobody wrote for long',
  'account-gone': 'the policy: the account is gone',
};

/** Whether its clocks still run. */
export function isOpen({ state }: Pick<Erasure, 'state'>): boolean {
  return state === 'requested' || state === 'filed' || state === 'confirmed';
}

interface ErasureListView {
  readonly erasures: readonly Erasure[];
  readonly filter: ErasureFilter | undefined;
  readonly done: ErasureFigure | undefined;
  readonly isFirst: boolean;
  readonly next: string | undefined;
}

/** The requests of a project with the clocks of those that are open. */
export function erasureList(page: ProjectPage, view: ErasureListView): Html {
  const { erasures, filter, done, isFirst, next } = view;
  const { timeZone } = page.project;
  return html`${filterForms(page, filter)}
  ${done ? html`<p>Those of the last ${DONE[done].days} days ${DONE[done].words}. <a href="${page.at('/erasures')}">All of them</a></p>` : ''}
  ${table({
    caption: 'Erasure requests, the newest first',
    captionHidden: true,
    rows: erasures,
    columns: [
      {
        heading: 'Number',
        names: true,
        cell: (one) =>
          html`<a class="unbroken" href="${page.at(`/erasures/${one.number}`)}">${one.number}</a>`,
      },
      { heading: 'Stands', cell: erasureBadge },
      { heading: 'Received', cell: ({ received_at }) => when(received_at, timeZone) },
      clock(page, '24-hour aim', (one) => one.target_at),
      clock(page, '48-hour deadline', (one) => one.deadline_at),
      clock(page, 'By law', (one) => one.legal_deadline_at),
      { heading: 'Asked by', cell: ({ origin }) => ORIGINS[origin] },
    ],
    empty:
      filter || done
        ? 'No request is like that now. Choose another state.'
        : 'Nobody has asked to be erased. Requests come from the bot by themselves, or are filed here.',
  })}
  ${pager({ first: withQuery(page.at('/erasures'), { state: filter, done }), next, isFirst })}`;
}

/** A countdown as long as the request is open; a passed date stands out. */
function clock(
  page: ProjectPage,
  heading: string,
  dateOf: (erasure: Erasure) => Date | null,
): Column<Erasure> {
  return {
    heading,
    cell: (erasure): Content => {
      const date = dateOf(erasure);
      return date && isOpen(erasure) ? dueIn(date, page.now) : '–';
    },
  };
}

/** How long until a deadline, or a warning that it has passed. */
export function dueIn(date: Date, now: Date): Html {
  return date > now ? countdown(date, now) : html`<strong class="late">${countdown(date, now)}</strong>`;
}

function filterForms(page: ProjectPage, filter: ErasureFilter | undefined): Html {
  const state = freshForm({ state: filter ?? '' });
  return html`<form method="get" action="${page.at('/erasures')}" class="filters" aria-label="Filter">
      ${selectField(state, {
        name: 'state',
        label: 'Stands',
        options: [
          ['', 'anywhere'],
          ...Object.entries(ERASURE_FILTERS).map(([name, { words }]) => [name, words] as const),
        ],
      })}
      <button type="submit" class="plain">Filter</button>
    </form>
    <form method="get" action="${page.at('/erasures')}" class="filters" role="search">
      ${textField(freshForm(), {
        ...{ name: 'number', label: 'Number', placeholder: 'E-7K3M-Q2XA', maxlength: 11 },
        autocomplete: 'off',
      })}
      <button type="submit" class="plain">Go to it</button>
    </form>`;
}

/** What became of the requests, by month. */
export function erasureFigures(months: readonly ErasureMonth[]): Html {
  const count = (heading: string, of: (month: ErasureMonth) => number): Column<ErasureMonth> => ({
    heading,
    numeric: true,
    cell: (month) => number(of(month)),
  });
  const hours = (heading: string, of: (month: ErasureMonth) => number | null): Column<ErasureMonth> => ({
    heading,
    numeric: true,
    cell: (month) => of(month)?.toFixed(1) ?? '–',
  });
  const share = (heading: string, of: (month: ErasureMonth) => number | null): Column<ErasureMonth> => ({
    heading,
    numeric: true,
    cell: (month) => shareInWords(of(month)),
  });
  return table({
    caption: 'Erasure requests by month; times in hours',
    rows: months,
    columns: [
      { heading: 'Month', names: true, cell: ({ month }) => month },
      count('Received', (one) => one.received),
      count('Granted', (one) => one.granted),
      count('Refused', (one) => one.refused),
      count('Expired', (one) => one.expired),
      count('Withdrawn', (one) => one.withdrawn),
      count('Completed', (one) => one.completed),
      hours('Median', (one) => one.medianHours),
      hours('95 of 100 within', (one) => one.p95Hours),
      hours('Longest', (one) => one.longestHours),
      share('Within 24 h', (one) => one.within24Hours),
      share('Within 48 h', (one) => one.within48Hours),
    ],
    empty: 'Nobody has asked to be erased yet.',
  });
}

/** Rounded down: 999 of 1,000 is not "100 %". */
function shareInWords(share: number | null): string {
  return share === null ? '–' : `${Math.floor(share * 1000) / 10} %`;
}
