import { html } from 'hono/html';
import type { QueuedReview } from '../../db/review-queue.ts';
import type { ProjectPage } from '../page.ts';
import { freshForm, selectField, textField } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { whoWords } from '../sessions/people.ts';
import { badge, countdown, day, shortId, when } from '../views/pieces.ts';
import { emptyState, pager, table, withQuery } from '../views/table.ts';

export interface ReviewListView {
  readonly reviews: readonly QueuedReview[];
  readonly more: boolean;
  readonly isFirst: boolean;
  readonly filter: {
    readonly rule?: string | undefined;
    readonly tag?: string | undefined;
    readonly days?: number | undefined;
  };
  /** By which rules sessions are in review now. */
  readonly rules: readonly string[];
  readonly secondPerson: boolean;
  readonly logins: ReadonlyMap<string, string>;
}

/** The queue with its filters, and the ticks by which many are decided at once. */
export function reviewList(page: ProjectPage, view: ReviewListView): Html {
  const { reviews, filter, more, isFirst } = view;
  const first = withQuery(page.at('/reviews'), filter);
  const last = reviews.at(-1);
  const next =
    more && last
      ? withQuery(page.at('/reviews'), { ...filter, after: `${last.dueAt.getTime()}_${last.sessionId}` })
      : undefined;
  return html`${filters(page, view)}
  ${
    reviews.length === 0
      ? emptyState(
          'No review waits for a decision here. New ones come by themselves when a retention period is over.',
        )
      : html`<form method="get" action="${page.at('/reviews/confirm')}" data-list aria-label="Decide several">
          <p class="muted" data-keys hidden>
            Keyboard: <kbd>j</kbd> and <kbd>k</kbd> move, <kbd>x</kbd> ticks, <kbd>Enter</kbd> opens.
          </p>
          ${queue(page, view)}
          <p class="buttons bulk" role="group" aria-label="What to do with those that are ticked">
            <button type="submit" name="decision" value="approve" class="danger">Approve deletion…</button>
            <button type="submit" name="decision" value="extend" class="plain">Keep longer…</button>
            <button type="submit" name="decision" value="hold" class="plain">Hold…</button>
          </p>
        </form>`
  }
  ${pager({ first, next, isFirst })}`;
}

function filters(page: ProjectPage, { filter, rules }: ReviewListView): Html {
  const state = freshForm({
    rule: filter.rule ?? '',
    tag: filter.tag ?? '',
    days: filter.days === undefined ? '' : String(filter.days),
  });
  return html`<form method="get" action="${page.at('/reviews')}" class="filters" aria-label="Filter">
    ${selectField(state, {
      name: 'rule',
      label: 'Kept by rule',
      options: [['', 'any'], ...rules.map((rule) => [rule, rule] as const)],
    })}
    ${textField(state, { name: 'tag', label: 'Tag', maxlength: 64 })}
    ${selectField(state, {
      name: 'days',
      label: 'Ends within',
      options: [
        ['', 'any time'],
        ['1', 'a day'],
        ['3', '3 days'],
        ['7', '7 days'],
      ],
    })}
    <button type="submit" class="plain">Filter</button>
  </form>`;
}

function queue(page: ProjectPage, { reviews, secondPerson, logins }: ReviewListView): Html {
  return table({
    caption: 'Reviews that wait, the most urgent first',
    captionHidden: true,
    rows: reviews,
    columns: [
      {
        heading: 'Choose',
        cell: ({ sessionId, round }) =>
          html`<input
            type="checkbox"
            name="s"
            value="${sessionId}:${round}"
            aria-label="Choose session ${sessionId.slice(0, 8)}"
          />`,
      },
      {
        heading: 'Session',
        names: true,
        cell: ({ sessionId }) =>
          html`<a href="${page.at(`/reviews/${sessionId}`)}">${shortId(sessionId)}</a>`,
      },
      {
        heading: 'Window ends',
        cell: ({ dueAt }) =>
          html`${countdown(dueAt, page.now)}<br /><small>${when(dueAt, page.project.timeZone)}</small>`,
      },
      {
        heading: 'Without a decision',
        cell: ({ onSilence }) => (onSilence === 'delete' ? 'deleted' : 'held'),
      },
      { heading: 'Kept by rule', cell: ({ keepRule }) => keepRule ?? 'base' },
      { heading: 'Tags', cell: ({ tags }) => html`${tags.map((tag) => badge(tag))}` },
      { heading: 'Opened', cell: ({ openedAt }) => day(openedAt, page.project.timeZone) },
      { heading: 'Messages', numeric: true, cell: ({ messages }) => messages },
      ...(secondPerson
        ? [
            {
              heading: 'First approval',
              cell: ({ approvedBy }: QueuedReview) =>
                approvedBy === null
                  ? '–'
                  : approvedBy === page.actor.id
                    ? 'you'
                    : whoWords(approvedBy, logins),
            },
          ]
        : []),
    ],
    empty: '',
  });
}
