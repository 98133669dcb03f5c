import { z } from 'zod';
import { consentsOf } from '../../db/my-data.ts';
import { erasuresOfCustomer, findCustomer, sessionsOfCustomer, type Customer } from '../../db/customers.ts';
import { readLife } from '../../db/life.ts';
import { AppError } from '../../domain/errors.ts';
import { JURISDICTION_IDS } from '../../domain/jurisdictions.ts';
import type { SubjectProfile } from '../../domain/messages.ts';
import { customerView } from '../customers/customer-view.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { mayReadContent, phasesSeen, seesRestricted } from '../sessions/access.ts';
import { beginningOf } from '../sessions/days.ts';
import { readCursor } from '../sessions/paging.ts';
import { auditReason } from '../sessions/search-fields.ts';
import { counted } from '../views/amounts.ts';
import { freshForm, withError, type FormState } from '../views/fields.ts';
import { banPages } from './customer-bans.ts';

const AT = '/p/:project/customers/:subject' as const;
const PAGE = 25;
const paging = z.object({ after: z.string().max(200) });
const placing = z.object({
  jurisdiction: z.enum(JURISDICTION_IDS, 'Choose one of those shown.'),
  reason: auditReason,
});
const holding = z.object({
  holdReason: z.string({ error: 'Say why.' }).max(200),
  until: z.iso.date('A day such as 2030-01-31.').optional(),
});

/** One customer: what is known of them, their sessions and requests. */
export function customerPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  return [
    projectRoute({ method: 'GET', path: AT, action: 'session.read', handler: (page) => show(page) }),
    projectRoute({
      method: 'POST',
      path: `${AT}/jurisdiction`,
      action: 'subject.correct',
      handler: correct,
    }),
    projectRoute({ method: 'POST', path: `${AT}/hold`, action: 'hold.place', handler: hold }),
    ...banPages(deps, { of: knownCustomer, topicOf }),
  ];

  async function customerOf(page: ProjectPage): Promise<Customer> {
    const id = z.uuid().safeParse(page.param('subject'));
    const found = id.success ? await findCustomer(db, page.project.id, id.data) : undefined;
    // From its confirmation on, an erasure hides them everywhere, but for what compliance keeps by law.
    if (!found || (found.erasing && !seesRestricted(page))) throw notFound('customer');
    return found;
  }

  /** An agent knows the customers of the sessions that are under way, and nobody else. */
  async function knownCustomer(page: ProjectPage): Promise<Customer> {
    const customer = await customerOf(page);
    const isKnown = phasesSeen(page).length > 2 || (await liveSessions(page, customer, 1)).length > 0;
    if (!isKnown) throw notFound('customer');
    return customer;
  }

  /** Their own session under way: in a group's topic nobody could tell who is meant. */
  async function topicOf(page: ProjectPage, customer: Customer): Promise<string | null> {
    const sessions = await liveSessions(page, customer, PAGE);
    return sessions.find(({ kind }) => kind !== 'group')?.id ?? null;
  }

  function liveSessions(page: ProjectPage, { id }: Customer, limit: number) {
    return sessionsOfCustomer(db, id, {
      ...{ liveOnly: true, seesRestricted: seesRestricted(page), now: page.now },
      ...{ after: null, limit },
    });
  }

  async function show(page: ProjectPage, state: FormState = freshForm()): Promise<Response> {
    const customer = await customerOf(page);
    const { after } = page.query(paging);
    const liveOnly = phasesSeen(page).length === 2;
    const sessions = await sessionsOfCustomer(db, customer.id, {
      ...{ liveOnly, seesRestricted: seesRestricted(page), now: page.now },
      ...{ after: readCursor(after), limit: PAGE + 1 },
    });
    // An agent knows the customers of the sessions that are under way, and nobody else.
    if (liveOnly && sessions.length === 0 && after === undefined) throw notFound('customer');
    const wrong = Object.keys(state.errors).length > 0;
    const view = customerView(page, {
      customer,
      sessions,
      perPage: PAGE,
      isFirst: after === undefined,
      profile: await profileOf(
        page,
        customer,
        sessions.map(({ id }) => id),
      ),
      consents: await consentsOf(db, customer.id),
      erasures: page.may('erasure.read') ? await erasuresOfCustomer(db, customer.id) : undefined,
      state,
    });
    return page.html(view, wrong ? 422 : 200);
  }

  /** The name is for those who may read one of their sessions: there they would see it as well. */
  async function profileOf(
    page: ProjectPage,
    customer: Customer,
    sessionIds: readonly string[],
  ): Promise<SubjectProfile | undefined> {
    const { id, profileSealed } = customer;
    if (!profileSealed) return undefined;
    for (const sessionId of sessionIds)
      if (mayReadContent(page, await readLife(db, sessionId, page.now)))
        return deps.content.openProfile(id, profileSealed);
    return undefined;
  }

  async function correct(page: ProjectPage): Promise<Response> {
    const { id: subjectId } = await customerOf(page);
    const sent = await page.form(placing);
    if (!sent.ok) return show(page, sent.state);
    const act = { ...sent.values, subjectId, actor: page.actor, now: page.now };
    const { changed, sessions, earlier } = await acts.correctJurisdiction(act);
    const decided =
      sessions > 0 ? ` Archived sessions decided anew: ${sessions}, of which ${earlier} go earlier now.` : '';
    const text = changed
      ? `They live in ${sent.values.jurisdiction}.${decided}`
      : 'Nothing changed: it was so already.';
    return page.redirect(page.at(`/customers/${subjectId}`), { tone: 'done', text });
  }

  async function hold(page: ProjectPage): Promise<Response> {
    const { id: subjectId } = await customerOf(page);
    const sent = await page.form(holding);
    if (!sent.ok) return show(page, sent.state);
    const { holdReason: reason, until } = sent.values;
    const endsAt = until === undefined ? {} : { endsAt: beginningOf(until, page.project.timeZone) };
    try {
      const act = { subjectId, reason, ...endsAt, actor: page.actor, now: page.now };
      const { sessions, tooLate } = await acts.holdSubject(act);
      const late = tooLate > 0 ? ` Too late for ${tooLate}: their deletion had begun.` : '';
      const text = `On hold: ${counted(sessions, 'session')} now, and later ones as they come.${late}`;
      return await page.redirect(page.at(`/customers/${subjectId}`), { tone: 'done', text });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      const given = freshForm({ holdReason: reason, until: until ?? '' });
      return show(page, withError(given, 'until', wordsOf(error)));
    }
  }
}
