import { html } from 'hono/html';
import { z } from 'zod';
import { decisionFacts, nextStepOf, readLife, type Life } from '../../db/life.ts';
import { reviewOf, type ReviewFacts } from '../../db/reviews.ts';
import { decide } from '../../domain/decision.ts';
import { decisionInWords } from '../../domain/decision-words.ts';
import { describe } from '../../domain/next-step-words.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { seesRestricted } from '../sessions/access.ts';
import { OUTCOMES } from '../sessions/outcomes.ts';
import { whoWords } from '../sessions/people.ts';
import { freshForm, radioField, submit } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import {
  badge,
  countdown,
  dayWords,
  facts,
  linkButton,
  notice,
  section,
  shortId,
  when,
} from '../views/pieces.ts';
import { withQuery } from '../views/table.ts';

const relabelling = z.object({
  tag: z.string({ error: 'Choose the tag it should have.' }),
  round: z.coerce.number().int(),
});

type Logins = ReadonlyMap<string, string>;
type Choices = Awaited<ReturnType<ConsoleDeps['acts']['relabelChoices']>>;

/** One review: what it is about, why the session is still here, and every decision. */
export async function showReview(
  deps: ConsoleDeps,
  page: ProjectPage,
  state = freshForm(),
): Promise<Response> {
  const life = await lifeOf(deps, page);
  const review = await reviewOf(deps.db, life.sessionId, life.round);
  if (!review) throw notFound('review');
  const logins = await loginsOf(deps.db, page.project.id);
  const running = review.ended === null && life.phase === 'review' && !life.restrictedAt;
  const choices = running ? await deps.acts.relabelChoices({ sessionId: life.sessionId, now: page.now }) : [];
  return page.html(
    {
      title: `Review of session ${life.sessionId.slice(0, 8)}`,
      crumbs: [['Reviews', page.at('/reviews')]],
      body: html`${standing(page, life, review, logins)} ${about(page, life, review, logins)}
      ${section('Why it was kept until now', reasons(life))}
      ${running ? decisions(page, life, choices, state) : ''}`,
    },
    Object.keys(state.errors).length > 0 ? 422 : 200,
  );
}

/** Adds a tag that keeps the session longer; its date was shown beside it. */
export async function relabel(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const sent = await page.form(relabelling);
  if (!sent.ok) return showReview(deps, page, sent.state);
  const { sessionId } = await lifeOf(deps, page);
  await deps.acts.decideReview({
    ...{ sessionId, decision: 'relabel', actor: page.actor, now: page.now },
    ...sent.values,
  });
  const { keepUntil } = await readLife(deps.db, sessionId, page.now);
  return page.redirect(page.at(`/reviews/${sessionId}`), {
    tone: 'done',
    text: `Tagged ${sent.values.tag}${keepUntil ? `: kept until ${dayWords(keepUntil, page.project.timeZone)}` : ''}.`,
  });
}

async function lifeOf({ db }: ConsoleDeps, page: ProjectPage): Promise<Life> {
  const id = page.param('session');
  if (!z.uuid().safeParse(id).success) throw notFound('review');
  const life = await readLife(db, id, page.now);
  // Of another project, or hidden from everybody by an erasure.
  if (life.projectId !== page.project.id || life.erased || life.round === 0) throw notFound('review');
  if (life.restrictedAt && !seesRestricted(page)) throw notFound('review');
  return life;
}

function standing(page: ProjectPage, life: Life, review: ReviewFacts, logins: Logins): Html {
  const { timeZone } = page.project;
  if (review.ended !== null && review.ended !== 'interrupted')
    return notice(
      'info',
      html`Decided:
      ${OUTCOMES[review.ended]}${review.endedBy ? html` by ${whoWords(review.endedBy, logins)}` : ''}${
        review.endedAt ? html`, ${when(review.endedAt, timeZone)}` : ''
      }.
      ${describe(nextStepOf(life))}`,
    );
  if (life.restrictedAt)
    return notice(
      'info',
      'Restricted: nobody decides on it. It goes once what keeps it against the erasure has ended.',
    );
  if (life.holdEnds.length > 0 || review.ended === 'interrupted')
    return notice('warning', 'On hold: nothing is destroyed. Once it is released, a full new review begins.');
  return notice(
    'warning',
    html`Without a decision it is ${review.onSilence === 'delete' ? 'deleted' : 'held'}
    ${countdown(review.dueAt, page.now)}, ${when(review.dueAt, timeZone)}.`,
  );
}

function about(page: ProjectPage, life: Life, review: ReviewFacts, logins: Logins): Html {
  const { timeZone } = page.project;
  return facts([
    ['Session', html`<a href="${page.at(`/sessions/${life.sessionId}`)}">${shortId(life.sessionId)}</a>`],
    ['Round', life.round],
    ['Opened', when(life.openedAt, timeZone)],
    ['Closed', life.closedAt && when(life.closedAt, timeZone)],
    ['Messages', review.messages],
    ['Tags', life.tags.length > 0 ? html`${life.tags.map((tag) => badge(tag))}` : 'none'],
    ['Kept by rule', review.keepRule ?? 'base'],
    [
      'First approval',
      review.approvedBy &&
        html`${review.approvedBy === page.actor.id ? 'you' : whoWords(review.approvedBy, logins)}`,
    ],
  ]);
}

function reasons(life: Life): Html {
  const known = decisionFacts(life);
  if (!known || life.phase === 'deleted') return html`<p>It is deleted, and what decided with it.</p>`;
  const lines = decisionInWords(decide(life.policy, known), life);
  return html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

function decisions(
  page: ProjectPage,
  life: Life,
  choices: Choices,
  state: ReturnType<typeof freshForm>,
): Html {
  const s = `${life.sessionId}:${life.round}`;
  const to = (decision: string) => withQuery(page.at('/reviews/confirm'), { s, decision });
  return section(
    'Decide',
    html`<p class="buttons">
        ${linkButton(to('approve'), 'Approve deletion…', 'danger')}
        ${linkButton(to('extend'), 'Keep longer…')} ${linkButton(to('hold'), 'Hold…')}
      </p>
      ${
        choices.length === 0
          ? html`<p class="muted">No tag of the policy would keep it any longer.</p>`
          : page.postForm({
              to: page.at(`/reviews/${life.sessionId}/relabel`),
              label: 'Relabel',
              body: html`<input type="hidden" name="round" value="${life.round}" />${radioField(state, {
                  name: 'tag',
                  label: 'Relabel: a tag that keeps it longer',
                  required: true,
                  options: choices.map(
                    ({ tag, keepUntil, decidedBy }) =>
                      [
                        tag,
                        tag,
                        `Kept until ${dayWords(keepUntil, page.project.timeZone)}, by the rule ${decidedBy}.`,
                      ] as const,
                  ),
                })}${submit('Relabel', 'plain')}`,
            })
      }`,
  );
}
