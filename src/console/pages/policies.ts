import { html } from 'hono/html';
import { z } from 'zod';
import { readBreaker } from '../../db/breaker.ts';
import { readOverviews } from '../../db/overview.ts';
import { policyInForce } from '../../db/policies.ts';
import { pausedSince, waitingPolicyRequest } from '../../db/policy-desk.ts';
import { rolloutsOf, waitingToBeTold } from '../../db/rollouts.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { number } from '../views/amounts.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, problems, textField, withError } from '../views/fields.ts';
import { linkButton, when } from '../views/pieces.ts';
import { policyEditPages } from './policy-edit.ts';
import { policyHistoryPages } from './policy-history.ts';
import { policyView } from './policy-view.ts';

const resuming = z.object({
  reason: z.string({ error: 'Give a word or a ticket number, such as TICKET-4711.' }).max(40),
});

/** The rules in force, how they are changed, and whether deletions go on. */
export function policyPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  const resume = (method: 'GET' | 'POST', handler: (page: ProjectPage) => Promise<Response>) =>
    projectRoute({
      ...{ method, path: '/p/:project/policies/resume', action: 'deletions.resume', stepUp: true, handler },
    });
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/policies',
      action: 'policy.read',
      nav: { label: 'Policy', group: 'Rules', order: 10 },
      handler: show,
    }),
    resume('GET', askToResume),
    resume('POST', resumeDeletions),
    ...policyEditPages(deps),
    ...policyHistoryPages(deps),
  ];

  async function show(page: ProjectPage): Promise<Response> {
    const projectId = page.project.id;
    const inForce = await policyInForce(db, projectId);
    const overviews = await readOverviews(db, [projectId]);
    const [rollout] = await rolloutsOf(db, projectId);
    return page.html({
      title: 'Policy',
      lead: `Version ${inForce.version} is in force: how long sessions are kept, and why.`,
      aside: html`<span class="buttons"
        >${linkButton(page.at('/policies/history'), 'Versions')}${
          page.may('policy.change') ? linkButton(page.at('/policies/edit'), 'Change…', 'main') : ''
        }</span
      >`,
      body: policyView(page, {
        inForce,
        counted: overviews.find((one) => one.projectId === projectId),
        pausedAt: await pausedSince(db, projectId),
        waiting: await waitingPolicyRequest(db, projectId),
        rollout: rollout?.finished_at ? undefined : rollout,
        toTell: rollout?.phase === 'telling' ? await waitingToBeTold(db, projectId) : 0,
      }),
    });
  }

  async function askToResume(page: ProjectPage, state = freshForm()): Promise<Response> {
    const breaker = await readBreaker(db, page.project.id, page.now);
    if (!breaker?.pausedAt) throw notFound('pause: the deletions of this project go on');
    return confirmPage(page, {
      title: 'Let the deletions go on',
      explain: html`They are paused since ${when(breaker.pausedAt, page.project.timeZone)}, when more were due
      than a day may bring: ${number(breaker.allowed)} of ${number(breaker.archived)} sessions. Once they go
      on, ${number(breaker.waiting)} sessions whose deletion is decided are deleted, as many a day as the
      policy allows. What is deleted cannot be brought back.`,
      to: page.at('/policies/resume'),
      button: 'Let them go on',
      back: page.at('/policies'),
      fields: html`${problems(state)}
      ${textField(state, {
        ...{ name: 'reason', label: 'Reason', required: true, maxlength: 40, autocomplete: 'off' },
        hint: 'A word or a ticket number. It stays in the audit log: no names.',
      })}`,
      crumbs: [['Policy', page.at('/policies')]],
    });
  }

  async function resumeDeletions(page: ProjectPage): Promise<Response> {
    const sent = await page.form(resuming);
    if (!sent.ok) return askToResume(page, sent.state);
    const { reason } = sent.values;
    try {
      const act = { projectId: page.project.id, reason, actor: page.actor, now: page.now };
      const { sessions } = await acts.resumeDeletions(act);
      return await page.redirect(page.at('/policies'), {
        tone: 'done',
        text: `The deletions go on. Sessions that waited: ${number(sessions)}.`,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return askToResume(page, withError(freshForm({ reason }), 'reason', wordsOf(error)));
    }
  }
}
