import { html } from 'hono/html';
import type { PolicyVersion } from '../../db/policies.ts';
import type { Policy } from '../../domain/policy.ts';
import { shortenings } from '../../domain/policy-change.ts';
import { diff, type PolicyDifference } from '../../domain/policy-diff.ts';
import type { Finding } from '../../domain/policy-document.ts';
import {
  confirmationOf,
  type PlanCounts,
  type PlanSample,
  type PolicyPlan,
} from '../../domain/policy-plan.ts';
import type { ProjectPage } from '../page.ts';
import { number } from '../views/amounts.ts';
import { hidden, problems, submit, textField, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, day, notice, section, shortId, tiles } from '../views/pieces.ts';
import { emptyState, table, type Column } from '../views/table.ts';
import { warnings } from './policy-editor.ts';

interface PlanPage {
  readonly inForce: PolicyVersion;
  readonly policy: Policy;
  readonly counts: PolicyPlan;
  readonly findings: readonly Finding[];
  readonly sent: { readonly text: string; readonly base: number };
  readonly state: FormState;
}

/** What a policy would change, and the form that applies it. */
export function planView(page: ProjectPage, view: PlanPage): Html {
  const { inForce, policy, counts, findings, state } = view;
  const same = diff(inForce.policy, policy).length === 0;
  return html`${problems(state)} ${warnings(findings)} ${changes(inForce.policy, policy)}
  ${planFigures(page, counts)}
  ${same ? emptyState('It says the same as the version in force: there is nothing to apply.') : applyForm(page, view)}`;
}

/** How two policies differ, rule by rule, and what of it shortens. */
export function changes(before: Policy, after: Policy): Html {
  const shorter = shortenings(before, after);
  return html`${
    shorter.length === 0
      ? ''
      : notice(
          'warning',
          html`<p>${before.demo ? 'It shortens:' : 'It shortens, so a second person has to approve it:'}</p>
            <ul>
              ${shorter.map((one) => html`<li>${one}</li>`)}
            </ul>`,
        )
  }${section('What it says otherwise', differences(diff(before, after)))}`;
}

const CHANGES = { added: 'good', removed: 'danger', changed: 'warning' } as const;

function differences(all: readonly PolicyDifference[]): Html {
  if (all.length === 0) return emptyState('Both say the same.');
  return html`<ul class="differences">
    ${all.map(
      ({ part, id, change, fields }) =>
        html`<li>
          <p>
            ${badge(change, CHANGES[change])}
            <strong>${part === 'policy' ? 'the policy' : `${part} ${id}`}</strong>
          </p>
          <dl>
            ${fields.map(
              ({ field, before, after }) =>
                html`<div>
                  <dt>${field}</dt>
                  <dd>
                    ${before === undefined ? '' : html`<del>${valueText(before)}</del> `}
                    ${after === undefined ? '' : html`<ins>${valueText(after)}</ins>`}
                  </dd>
                </div>`,
            )}
          </dl>
        </li>`,
    )}
  </ul>`;
}

/** As one would say it: `tag: complaint`; what lies within another value is in brackets, so that it is told apart. */
function valueText(value: unknown, within = false): string {
  if (Array.isArray(value)) return value.map((one) => valueText(one, true)).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const words = Object.entries(value).map(([name, one]) => `${name}: ${valueText(one, true)}`);
  return within ? `(${words.join(', ')})` : words.join(', ');
}

/** Two years of months are read; the command line gives out all of them. */
const MONTHS = 24;

/** How many sessions go earlier and later, by rule and month, with the largest changes as examples. */
export function planFigures(page: ProjectPage, plan: PolicyPlan): Html {
  const { samples } = plan;
  const byMonth = plan.byMonth.slice(0, MONTHS);
  return html`${section(
    'What it does to the archive',
    html`${tiles([
        { label: 'in the archive', value: number(plan.sessions) },
        { label: 'earlier', value: number(plan.earlier) },
        { label: 'later', value: number(plan.later) },
        { label: 'same date', value: number(plan.same) },
        { label: 'into review at once', value: number(plan.dueNow) },
        { label: 'out of review', value: number(plan.outOfReview) },
      ])}
      <p class="muted">
        Decided when they are archived: ${number(plan.open)} open and ${number(plan.closed)} closed sessions.
      </p>`,
  )}
  ${plan.byRule.length > 0 ? section('By rule', byRuleTable(plan.byRule)) : ''}
  ${byMonth.length > 0 ? section('By month of the new date', byMonthTable(byMonth)) : ''}
  ${section('The largest changes', samplesTable(page, [...samples.earlier, ...samples.later]))}`;
}

function countColumns<T extends PlanCounts>(): Column<T>[] {
  return [
    { heading: 'Sessions', numeric: true, cell: ({ sessions }) => number(sessions) },
    { heading: 'Earlier', numeric: true, cell: ({ earlier }) => number(earlier) },
    { heading: 'Later', numeric: true, cell: ({ later }) => number(later) },
    { heading: 'At once', numeric: true, cell: ({ dueNow }) => number(dueNow) },
  ];
}

function byRuleTable(rows: PolicyPlan['byRule']): Html {
  return table({
    caption: 'Sessions by the rule that decides now and the one that would',
    captionHidden: true,
    rows,
    columns: [
      { heading: 'Decides now', cell: ({ before }) => before ?? '–' },
      { heading: 'Would decide', names: true, cell: ({ after }) => after },
      ...countColumns<PolicyPlan['byRule'][number]>(),
    ],
    empty: '',
  });
}

function byMonthTable(rows: PolicyPlan['byMonth']): Html {
  return table({
    caption: 'Sessions by the month of their new date',
    captionHidden: true,
    rows,
    columns: [
      { heading: 'Month', names: true, cell: ({ month }) => month },
      ...countColumns<PolicyPlan['byMonth'][number]>(),
    ],
    empty: '',
  });
}

function samplesTable(page: ProjectPage, samples: readonly PlanSample[]): Html {
  const { timeZone } = page.project;
  return table({
    caption: 'Sessions whose date would move furthest',
    captionHidden: true,
    rows: samples,
    columns: [
      {
        heading: 'Session',
        names: true,
        cell: ({ sessionId }) =>
          html`<a href="${page.at(`/policies/explain?session=${sessionId}`)}">${shortId(sessionId)}</a>`,
      },
      { heading: 'Date now', cell: ({ before }) => day(before, timeZone) },
      { heading: 'New date', cell: ({ after }) => day(after, timeZone) },
      { heading: 'Decides now', cell: ({ ruleBefore }) => ruleBefore ?? '–' },
      { heading: 'Would decide', cell: ({ rule }) => rule },
    ],
    empty: 'No date would move.',
  });
}

function applyForm(page: ProjectPage, { inForce, policy, counts, sent, state }: PlanPage): Html {
  const asks = shortenings(inForce.policy, policy).length > 0 && !inForce.policy.demo;
  const sentence = confirmationOf(page.project.id, counts);
  return section(
    'Apply it',
    page.postForm({
      to: page.at('/policies/apply'),
      label: 'Apply the policy',
      body: html`${hidden('text', sent.text)}${hidden('base', String(sent.base))}
        ${textField(state, {
          ...{ name: 'reason', label: 'Reason', required: true, maxlength: 300 },
          hint: 'It stays with the version. No names.',
        })}
        ${
          sentence === null
            ? ''
            : html`${notice('danger', `${number(counts.dueNow)} of ${number(counts.sessions)} sessions would be in review at once.`)}
              ${textField(state, {
                ...{
                  name: 'confirm',
                  label: `Type “${sentence}” to go on`,
                  required: true,
                  autocomplete: 'off',
                },
              })}`
        }
        <p class="buttons">
          <a class="button plain" href="${page.at('/policies')}">Go back, change nothing</a>
          ${submit(asks ? 'Ask for it' : 'Put it into force', asks || sentence !== null ? 'danger' : 'main')}
        </p>`,
    }),
    'apply',
  );
}
