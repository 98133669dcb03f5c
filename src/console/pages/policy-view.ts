import { html } from 'hono/html';
import type { Approval } from '../../db/approvals.ts';
import type { CountedOverview } from '../../db/overview.ts';
import type { PolicyVersion } from '../../db/policies.ts';
import type { Rollout } from '../../db/rollouts.ts';
import { durationInWords } from '../../domain/durations.ts';
import type { Policy } from '../../domain/policy.ts';
import { ruleInWords } from '../../domain/rule-words.ts';
import type { ProjectPage } from '../page.ts';
import { number } from '../views/amounts.ts';
import { freshForm, textField } from '../views/fields.ts';
import type { Content, Html } from '../views/html.ts';
import { badge, facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

interface PolicyView {
  readonly inForce: PolicyVersion;
  readonly counted: CountedOverview | undefined;
  readonly pausedAt: Date | null;
  readonly waiting: Approval | undefined;
  readonly rollout: Rollout | undefined;
  readonly toTell: number;
}

/** The policy in force: its rules with what they decide, and everything beside them. */
export function policyView(page: ProjectPage, view: PolicyView): Html {
  const { policy } = view.inForce;
  return html`${paused(page, view.pausedAt)} ${waits(page, view.waiting)} ${progress(page, view)}
  ${section('Rules', rulesTable(page, policy, view.counted))}
  ${section('Besides the rules', settings(policy))}
  ${policy.tagging.length > 0 ? section('Tags put on by themselves', taggingTable(policy)) : ''}
  ${section('Why is a session kept?', explainForm(page))}`;
}

function paused(page: ProjectPage, since: Date | null): Html | '' {
  if (!since) return '';
  return notice(
    'danger',
    html`<p>
        Deletions are paused since ${when(since, page.project.timeZone)}: more were due than a day may bring.
        Nothing goes until compliance has looked.
      </p>
      ${page.may('deletions.resume') ? html`<p>${linkButton(page.at('/policies/resume'), 'Let them go on…')}</p>` : ''}`,
  );
}

function waits(page: ProjectPage, request: Approval | undefined): Html | '' {
  if (!request) return '';
  return notice(
    'info',
    html`A policy that keeps for a shorter time waits for a second person.
      <a href="${page.at(`/policies/requests/${request.id}`)}">What it would change</a>`,
  );
}

/** How far a version has come on its way to the sessions of the archive. */
function progress(page: ProjectPage, { rollout, toTell }: PolicyView): Html | '' {
  if (!rollout) return '';
  const { version, sessions, decided, earlier, later, started_at, phase } = rollout;
  return notice(
    'info',
    html`<p>
        Version ${version} is on its way to the archive since
        ${when(started_at, page.project.timeZone)}${
          sessions === 0
            ? html`. No session of the archive had to be decided anew.`
            : html`: ${number(decided)} of ${number(sessions)} sessions decided anew, ${number(earlier)} of
              them earlier, ${number(later)} later.`
        }
        ${phase === 'telling' ? `${number(toTell)} workflows wait to be told of their new date.` : ''}
      </p>
      ${
        sessions === 0
          ? ''
          : html`<progress
              max="${Math.max(sessions, 1)}"
              value="${decided}"
              aria-label="Sessions decided anew"
            ></progress>`
      }`,
  );
}

interface Line {
  readonly id: string;
  readonly does: string;
  readonly applies: string;
  readonly period: string;
  readonly because: Content;
  readonly pack?: string | undefined;
}

function linesOf(policy: Policy): Line[] {
  const base = {
    id: 'base',
    does: 'keeps',
    applies: 'always',
    period: `${durationInWords(policy.keep)} from closure`,
    because: 'what the project keeps where no rule says otherwise',
  };
  const rules = policy.rules.map((rule) => ({
    ...{ id: rule.id, pack: rule.pack },
    ...ruleInWords(rule),
    because: rule.source ? html`${rule.because}<br /><small>${rule.source}</small>` : rule.because,
  }));
  return [base, ...rules];
}

/** The rules; with what each decides, where that is counted. */
export function rulesTable(
  page: ProjectPage,
  policy: Policy,
  counted: Pick<CountedOverview, 'facts' | 'countedAt'> | undefined,
): Html {
  const figures = counted?.facts.keptByRule;
  const of = (id: string) => figures?.find(({ rule }) => rule === id);
  return html`${table({
    caption: 'The rules of the policy',
    captionHidden: true,
    rows: linesOf(policy),
    columns: [
      {
        heading: 'Rule',
        names: true,
        cell: ({ id, pack }) => html`${id}${pack ? html`<br />${badge(`pack ${pack}`)}` : ''}`,
      },
      { heading: 'Does', cell: ({ does }) => does },
      { heading: 'When', cell: ({ applies }) => applies },
      { heading: 'How long', cell: ({ period }) => period },
      { heading: 'Because', cell: ({ because }) => because },
      ...(figures
        ? [
            { heading: 'Decides for', numeric: true, cell: ({ id }: Line) => number(of(id)?.sessions ?? 0) },
            {
              heading: 'Ends in 30 days',
              numeric: true,
              cell: ({ id }: Line) => number(of(id)?.endingSoon ?? 0),
            },
          ]
        : []),
    ],
    empty: '',
  })}
  ${
    counted && figures
      ? html`<p class="muted">
          Sessions of the archive, counted ${when(counted.countedAt, page.project.timeZone)}. Each counts with
          the one rule that decides its date.
        </p>`
      : ''
  }`;
}

function settings(policy: Policy): Html {
  const { review, inactivity, breaker } = policy;
  return facts([
    ['Closes by itself', `after ${durationInWords(policy.idle)} without a message`],
    ['Can be reopened', `for ${durationInWords(policy.reopen)} after closure`],
    ['Archived', `within ${durationInWords(policy.archiveWithin)} of closure`],
    [
      'Review',
      `${durationInWords(review.window)}; without a decision it is ${review.onSilence === 'delete' ? 'deleted' : 'held'}${
        review.secondPerson ? '; two people approve' : ''
      }`,
    ],
    ['Spam', `deleted ${durationInWords(policy.spam.deleteAfter)} after closure`],
    [
      'Silent customers',
      inactivity === 'off'
        ? 'stay'
        : `erased after ${durationInWords(inactivity.eraseAfter)}, warned ${durationInWords(inactivity.warnBefore)} before`,
    ],
    [
      'Deletions pause',
      `above ${breaker.sharePerDay * 100} % of the archive a day, but never below ${breaker.orFewerThan}`,
    ],
    ['Packs', policy.packs.join(', ')],
    ['Demo', policy.demo ? 'yes: changes need no second person' : null],
  ]);
}

function taggingTable({ tagging }: Policy): Html {
  return table({
    caption: 'Rules that put tags on sessions',
    captionHidden: true,
    rows: tagging,
    columns: [
      { heading: 'Rule', names: true, cell: ({ id }) => id },
      { heading: 'Tag', cell: ({ tag }) => badge(tag) },
      {
        heading: 'When a message has',
        cell: ({ when: conditions }) =>
          Object.entries(conditions)
            .map(([name, values]) => `${name}: ${[values].flat().slice(0, LISTED).join(', ')}`)
            .join('; '),
      },
    ],
    empty: '',
  });
}

/** A list of keywords can be long; the policy itself has all of them. */
const LISTED = 20;

function explainForm(page: ProjectPage): Html {
  return html`<form
    method="get"
    action="${page.at('/policies/explain')}"
    class="filters"
    aria-label="Explain"
  >
    ${textField(freshForm(), {
      ...{ name: 'session', label: 'Id of a session', autocomplete: 'off', maxlength: 36 },
    })}
    <button type="submit" class="plain">Explain</button>
  </form>`;
}
