import { html } from 'hono/html';
import { z } from 'zod';
import { waitingApprovals, type Approval } from '../../db/approvals.ts';
import { holdsById } from '../../db/holds.ts';
import { describeTarget } from '../../domain/holds.ts';
import type { Action } from '../../domain/roles.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { whoWords } from '../sessions/people.ts';
import { confirmPage } from '../views/confirm.ts';
import { hidden } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { linkButton, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

/** What each kind of request is called, who approves it, and where to look at it first. */
const KINDS: Readonly<
  Record<string, { words: string; needs: Action; look: (approval: Approval) => `/${string}` }>
> = {
  policy: {
    words: 'A policy that keeps for a shorter time',
    needs: 'policy.approve',
    look: ({ id }) => `/policies/requests/${id}`,
  },
  'hold-release': { words: 'The release of a hold', needs: 'hold.approve', look: () => '/holds' },
  erasure: {
    words: 'The erasure of a customer',
    needs: 'erasure.approve',
    look: ({ payload }) => `/erasures/${String(payload['number'])}`,
  },
};

const outcome = z.object({ outcome: z.enum(['approved', 'refused']) });

/** What waits for a second person. */
export function approvalPages({ db, acts }: ConsoleDeps): Route[] {
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/approvals',
      action: 'hold.approve',
      nav: { label: 'Second person', group: 'Work', order: 30 },
      handler: async (page) =>
        page.html({
          title: 'Waits for a second person',
          lead: 'What one person asked for and another has to approve. Whoever asked can only take it back.',
          body: approvalTable(
            page,
            await waitingApprovals(db, page.project.id),
            await loginsOf(db, page.project.id),
          ),
        }),
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/approvals/:approval',
      action: 'hold.approve',
      stepUp: true,
      handler: ask,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/approvals/:approval',
      action: 'hold.approve',
      stepUp: true,
      handler: decide,
    }),
  ];

  async function approvalOf(page: ProjectPage): Promise<Approval> {
    const id = page.param('approval');
    const approval = (await waitingApprovals(db, page.project.id)).find((one) => one.id === id);
    const kind = KINDS[approval?.kind ?? ''];
    if (!approval || !kind || !page.may(kind.needs))
      throw notFound('request, or somebody decided it already');
    return approval;
  }

  async function ask(page: ProjectPage): Promise<Response> {
    const approval = await approvalOf(page);
    const sent = page.query(outcome).outcome ?? 'approved';
    const words = KINDS[approval.kind]?.words ?? approval.kind;
    const reason = approval.reason ? ` The reason given: ${approval.reason}.` : '';
    const logins = await loginsOf(db, page.project.id);
    return confirmPage(page, {
      title: `${sent === 'approved' ? 'Approve' : 'Refuse'}: ${words.toLowerCase()}`,
      explain: html`Asked for by ${whoWords(approval.requested_by, logins)},
      ${when(approval.requested_at, page.project.timeZone)}.${reason} ${await whatEnds(page, approval)}
      ${sent === 'approved' ? 'It is carried out at once.' : 'Nothing changes, and whoever asked may ask again.'}`,
      to: page.at(`/approvals/${approval.id}`),
      button: sent === 'approved' ? 'Approve' : 'Refuse',
      back: page.at('/approvals'),
      danger: sent === 'approved',
      fields: hidden('outcome', sent),
      crumbs: [['Second person', page.at('/approvals')]],
    });
  }

  /** Which holds a release is of: whoever approves it has to know. */
  async function whatEnds(page: ProjectPage, { kind, payload }: Approval): Promise<Html | ''> {
    if (kind !== 'hold-release') return '';
    const holds = await holdsById(db, payload['holdIds'] as string[]);
    const links = holds.map(
      (hold) =>
        html`<a href="${page.at(hold.session_id ? `/sessions/${hold.session_id}` : '/holds')}"
            >${describeTarget(hold)}</a
          >
          (${hold.reason})`,
    );
    return html`What is released is on ${links.map((link, n) => html`${n > 0 ? ', ' : ''}${link}`)}.`;
  }

  async function decide(page: ProjectPage): Promise<Response> {
    const { id } = await approvalOf(page);
    const sent = await page.form(outcome);
    if (!sent.ok) throw notFound('request');
    await acts.decideApproval({
      ...{ approvalId: id, outcome: sent.values.outcome },
      ...{ actor: page.actor, now: page.now },
    });
    return page.redirect(page.at('/approvals'), {
      tone: 'done',
      text: sent.values.outcome === 'approved' ? 'Approved, and carried out.' : 'Refused. Nothing changed.',
    });
  }
}

function approvalTable(
  page: ProjectPage,
  waiting: readonly Approval[],
  logins: ReadonlyMap<string, string>,
): Html {
  return table({
    caption: 'Requests that wait, the oldest first',
    captionHidden: true,
    rows: waiting,
    columns: [
      {
        heading: 'What',
        names: true,
        cell: (approval) =>
          html`<a href="${page.at(KINDS[approval.kind]?.look(approval) ?? '/approvals')}"
            >${KINDS[approval.kind]?.words ?? approval.kind}</a
          >`,
      },
      { heading: 'Reason', cell: ({ reason }) => reason ?? '' },
      {
        heading: 'Asked by',
        cell: ({ requested_by }) => (requested_by === page.actor.id ? 'you' : whoWords(requested_by, logins)),
      },
      { heading: 'Since', cell: ({ requested_at }) => when(requested_at, page.project.timeZone) },
      { heading: '', cell: (approval) => buttons(page, approval) },
    ],
    empty: 'Nothing waits for a second person.',
  });
}

function buttons(page: ProjectPage, { id, kind, requested_by }: Approval): Html | string {
  const needs = KINDS[kind]?.needs;
  if (!needs || !page.may(needs)) return '';
  const mine = requested_by === page.actor.id;
  return html`${mine ? '' : linkButton(page.at(`/approvals/${id}?outcome=approved`), 'Approve…')}
  ${linkButton(page.at(`/approvals/${id}?outcome=refused`), mine ? 'Take back…' : 'Refuse…')}`;
}
