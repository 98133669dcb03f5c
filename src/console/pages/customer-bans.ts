import { html } from 'hono/html';
import { z } from 'zod';
import type { Customer } from '../../db/customers.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { auditReason, reasonField } from '../sessions/search-fields.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, type FormState } from '../views/fields.ts';

const AT = '/p/:project/customers/:subject' as const;
const banning = z.object({ reason: auditReason });

/**
 * Not taking what a customer writes, and taking it again.
 *
 * @param customers who is asked about, and in which session's topic colleagues are told; 404 for who may not see them
 */
export function banPages(
  { acts }: Pick<ConsoleDeps, 'acts'>,
  customers: {
    readonly of: (page: ProjectPage) => Promise<Customer>;
    readonly topicOf: (page: ProjectPage, customer: Customer) => Promise<string | null>;
  },
): Route[] {
  return (['ban', 'unban'] as const).flatMap((change) => {
    const line = { path: `${AT}/${change}`, action: 'subject.ban' } as const;
    return [
      projectRoute({ ...line, method: 'GET', handler: (page) => ask(page, change, freshForm()) }),
      projectRoute({ ...line, method: 'POST', handler: (page) => carryOut(page, change) }),
    ];
  });

  async function ask(page: ProjectPage, change: 'ban' | 'unban', state: FormState): Promise<Response> {
    const { id, bannedAt } = await customers.of(page);
    const here = page.at(`/customers/${id}`);
    if ((bannedAt !== null) === (change === 'ban'))
      return page.redirect(here, {
        tone: 'warning',
        text: bannedAt ? 'They are banned already.' : 'They are not banned: what they write is taken.',
      });
    return confirmPage(page, {
      title: `${BUTTONS[change]} ${id.slice(0, 8)}`,
      explain: EXPLAIN[change],
      to: `${here}/${change}`,
      button: BUTTONS[change],
      back: here,
      danger: change === 'ban',
      fields: reasonField(state, { label: 'Reason', required: true }),
      crumbs: [
        ['Sessions', page.at('/sessions')],
        [`Customer ${id.slice(0, 8)}`, here],
      ],
      state,
    });
  }

  async function carryOut(page: ProjectPage, change: 'ban' | 'unban'): Promise<Response> {
    const customer = await customers.of(page);
    const sent = await page.form(banning);
    if (!sent.ok) return ask(page, change, sent.state);
    const act = change === 'ban' ? acts.banCustomer : acts.unbanCustomer;
    await act({
      ...{ projectId: page.project.id, subjectId: customer.id, reason: sent.values.reason },
      sessionId: await customers.topicOf(page, customer),
      ...{ actor: page.actor, now: page.now },
    });
    return page.redirect(page.at(`/customers/${customer.id}`), { tone: 'done', text: DONE[change] });
  }
}

const BUTTONS = { ban: 'Ban the customer', unban: 'Lift the ban' } as const;
const EXPLAIN = {
  ban: html`Nothing that they write from then on is taken, in private, in groups, or through a business
  account; in private they are told so once. What is kept of them stays, with its dates, and they can still
  see their data and have it erased. The ban can be lifted at any time.`,
  unban: html`What they write from then on is taken again. What they wrote while they were banned was not
  kept, and does not come back.`,
} as const;
const DONE = {
  ban: 'They are banned: nothing that they write is taken any more.',
  unban: 'The ban is lifted: what they write is taken again.',
} as const;
