import { html } from 'hono/html';
import { z } from 'zod';
import { needsSecondPerson } from '../../db/review-bulk.ts';
import { policyInForce } from '../../db/policies.ts';
import { chosenReviews, reviewQueue } from '../../db/review-queue.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { beginningOf } from '../sessions/days.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, hidden, textField, withError } from '../views/fields.ts';
import { dayWords } from '../views/pieces.ts';
import {
  choiceForm,
  choiceQuery,
  DECISIONS,
  decideAll,
  partChoice,
  type ChoiceDecision,
} from './review-choice.ts';
import { reviewList } from './review-list.ts';
import { showReview, relabel } from './review-page.ts';

const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;

const listQuery = z.object({
  rule: z.string().max(100),
  tag: z.string().max(64),
  days: z.coerce.number().int().positive().max(60),
  after: z
    .string()
    .regex(/^\d+_[0-9a-f-]{36}$/)
    .transform((key) => ({ dueAt: new Date(Number(key.split('_')[0])), sessionId: key.split('_')[1] ?? '' })),
});

const details = choiceForm.extend({
  until: z.iso.date('Write a day, such as 2030-01-31.').optional(),
  reason: z.string().max(300).optional(),
});

/** The queue of reviews: what waits for a decision, and deciding one or many. */
export function reviewPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/reviews',
      action: 'review.decide',
      nav: { label: 'Reviews', group: 'Work', order: 20 },
      handler: list,
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/reviews/confirm',
      action: 'review.decide',
      stepUp: true,
      handler: confirm,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/reviews/decide',
      action: 'review.decide',
      stepUp: true,
      handler: decide,
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/reviews/:session',
      action: 'review.decide',
      handler: (page) => showReview(deps, page),
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/reviews/:session/relabel',
      action: 'review.decide',
      handler: (page) => relabel(deps, page),
    }),
  ];

  async function list(page: ProjectPage): Promise<Response> {
    const { rule, tag, days, after } = page.query(listQuery);
    const projectId = page.project.id;
    const dueBefore = days === undefined ? undefined : new Date(page.now.getTime() + days * DAY_MS);
    const found = await reviewQueue(db, { projectId, rule, tag, dueBefore, after, limit: PAGE_SIZE + 1 });
    return page.html({
      title: 'Reviews',
      lead: 'Sessions whose retention is over. Without a decision, what the policy says happens when the window ends.',
      body: reviewList(page, {
        reviews: found.slice(0, PAGE_SIZE),
        more: found.length > PAGE_SIZE,
        filter: { rule, tag, days },
        isFirst: after === undefined,
        rules: await ruleIds(projectId),
        secondPerson: await needsSecondPerson(db, projectId),
        logins: await loginsOf(db, projectId),
      }),
    });
  }

  /** What a session can be kept by; older versions of the policy may have had more. */
  async function ruleIds(projectId: string): Promise<string[]> {
    const { policy } = await policyInForce(db, projectId);
    return ['base', ...policy.rules.map(({ id }) => id), 'extension'];
  }

  async function confirm(page: ProjectPage, state = freshForm()): Promise<Response> {
    const { s, decision } = page.query(choiceQuery);
    return askFor(page, s, decision, state);
  }

  async function askFor(
    page: ProjectPage,
    s: readonly { sessionId: string; round: number }[] | undefined,
    decision: ChoiceDecision | undefined,
    state: ReturnType<typeof freshForm>,
  ): Promise<Response> {
    if (!s || !decision)
      return page.redirect(page.at('/reviews'), {
        tone: 'warning',
        text: 'Nothing was chosen: tick at least one review, then press what to do with it.',
      });
    const secondPerson = await needsSecondPerson(db, page.project.id);
    const chosen = await chosenReviews(db, page.project.id, s, page.now);
    const { take, leftOut } = partChoice(chosen, { decision, secondPerson, actorId: page.actor.id });
    if (take.length === 0) {
      if (chosen.length === 0) throw notFound('review');
      return page.redirect(page.at('/reviews'), {
        tone: 'warning',
        text: `None of them can be decided so: ${leftOut.join(', ')}.`,
      });
    }
    const opened = take.map(({ openedAt }) => openedAt.getTime());
    const { title, button, explain } = DECISIONS[decision];
    return confirmPage(page, {
      title: `${title}: ${take.length === 1 ? 'one session' : `${take.length} sessions`}`,
      explain: html`${explain}
      ${
        take.length > 1
          ? `The oldest was opened ${dayOf(page, Math.min(...opened))}, the newest ${dayOf(page, Math.max(...opened))}.`
          : ''
      }
      ${leftOut.length > 0 ? `Left out: ${leftOut.join(', ')}.` : ''}
      ${secondPerson && decision === 'approve' ? 'This project asks two people for each deletion.' : ''}`,
      to: page.at('/reviews/decide'),
      button,
      back: page.at('/reviews'),
      danger: decision === 'approve',
      fields: html`${take.map(({ sessionId, round }) => hidden('s', `${sessionId}:${round}`))}
      ${hidden('decision', decision)} ${fieldsOf(decision, state)}`,
      crumbs: [['Reviews', page.at('/reviews')]],
      state,
    });
  }

  async function decide(page: ProjectPage): Promise<Response> {
    const sent = await page.form(details);
    if (!sent.ok) throw notFound('review');
    const { s, decision, until, reason } = sent.values;
    const again = (field: string, message: string) =>
      askFor(
        page,
        s,
        decision,
        withError(freshForm({ until: until ?? '', reason: reason ?? '' }), field, message),
      );
    const untilDay = until === undefined ? undefined : beginningOf(until, page.project.timeZone);
    if (decision === 'extend' && (!untilDay || untilDay <= page.now))
      return again('until', 'Name a day that lies ahead.');
    if (decision === 'hold' && !reason?.trim())
      return again('reason', 'Say why: the reason stays with the hold.');
    const chosen = await chosenReviews(db, page.project.id, s, page.now);
    if (chosen.length === 0) throw notFound('review');
    const result = await decideAll(acts, page, chosen, {
      decision,
      ...(untilDay && { until: untilDay }),
      ...(reason && { reason: reason.trim() }),
    });
    return page.redirect(page.at('/reviews'), result);
  }
}

function fieldsOf(decision: ChoiceDecision, state: ReturnType<typeof freshForm>) {
  if (decision === 'extend')
    return textField(state, { name: 'until', label: 'Keep until', type: 'date', required: true });
  if (decision === 'hold')
    return textField(state, {
      name: 'reason',
      label: 'Reason',
      hint: 'Such as a case number. It is stored in clear: no names.',
      required: true,
      maxlength: 300,
    });
  return '';
}

function dayOf({ project }: ProjectPage, ms: number): string {
  return dayWords(new Date(ms), project.timeZone);
}
