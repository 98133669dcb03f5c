import { html } from 'hono/html';
import { z } from 'zod';
import { holdsById, holdsInForce, type Hold } from '../../db/holds.ts';
import { AppError } from '../../domain/errors.ts';
import { describeTarget } from '../../domain/holds.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { beginningOf } from '../sessions/days.ts';
import { whoWords } from '../sessions/people.ts';
import { counted } from '../views/amounts.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, problems, submit, textField, withError, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { linkButton, section, when } from '../views/pieces.ts';
import { table, withQuery } from '../views/table.ts';

const PAGE_SIZE = 200;

const REASON_HINT = 'Such as a case number. It is stored in clear: no names.';
const listQuery = z.object({ session: z.uuid(), subject: z.uuid() });
const placing = z.object({
  reason: z.string({ error: 'Say why: the reason stays with the hold.' }).max(300),
  session: z.uuid().optional(),
  subject: z.uuid('This is not the id of a customer.').optional(),
  tag: z.string().max(64).optional(),
  from: z.iso.date('Write a day, such as 2026-01-31.').optional(),
  to: z.iso.date('Write a day, such as 2026-01-31.').optional(),
  until: z.iso.date('Write a day, such as 2026-01-31.').optional(),
});
type Placing = z.output<typeof placing>;
const releasing = z.object({ reason: z.string().max(300).optional() });

/** What keeps sessions from every deletion, and ending it. */
export function holdPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/holds',
      action: 'hold.place',
      nav: { label: 'Holds', group: 'Rules', order: 30 },
      handler: (page) => show(page, freshForm(page.query(listQuery))),
    }),
    projectRoute({ method: 'POST', path: '/p/:project/holds', action: 'hold.place', handler: place }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/holds/:hold/release',
      action: 'hold.release',
      stepUp: true,
      handler: askRelease,
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/holds/:hold/release',
      action: 'hold.release',
      stepUp: true,
      handler: release,
    }),
  ];

  async function show(page: ProjectPage, state: FormState): Promise<Response> {
    const projectId = page.project.id;
    const logins = await loginsOf(db, projectId);
    const holds = await holdsInForce(db, { projectId, now: page.now, limit: PAGE_SIZE });
    return page.html(
      {
        title: 'Holds',
        lead: 'Nothing that is on hold is destroyed, whatever else the rules or a decision say.',
        body: html`${holdTable(page, holds, logins)}
        ${section('Place a hold', placeForm(page, state), 'place')}`,
      },
      Object.keys(state.errors).length > 0 ? 422 : 200,
    );
  }

  async function place(page: ProjectPage): Promise<Response> {
    const sent = await page.form(placing);
    if (!sent.ok) return show(page, sent.state);
    try {
      return await page.redirect(page.at('/holds'), { tone: 'done', text: await placed(page, sent.values) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      const given = Object.entries(sent.values).filter((pair): pair is [string, string] => Boolean(pair[1]));
      return show(page, withError(freshForm(Object.fromEntries(given)), 'reason', wordsOf(error)));
    }
  }

  async function placed(page: ProjectPage, form: Placing): Promise<string> {
    const { reason, until, session: sessionId, subject: subjectId, tag, from, to } = form;
    const act = {
      ...{ reason, actor: page.actor, now: page.now },
      ...(until !== undefined && { endsAt: beginningOf(until, page.project.timeZone) }),
    };
    await requireHere(page, { sessionId, subjectId });
    if (sessionId !== undefined) {
      await acts.placeHold({ ...act, sessionId });
      return `Session ${sessionId.slice(0, 8)} is on hold.`;
    }
    if (subjectId === undefined && !tag && !from && !to)
      throw new AppError('input_invalid', 'Say what to hold: a session, a customer, a tag, or days.');
    const { sessions, tooLate } =
      subjectId === undefined
        ? await acts.holdQuery({
            ...{ ...act, projectId: page.project.id },
            ...(tag !== undefined && { tag }),
            ...(from !== undefined && { firstDay: from }),
            ...(to !== undefined && { lastDay: to }),
          })
        : await acts.holdSubject({ ...act, subjectId });
    const late = tooLate > 0 ? ` Too late for ${tooLate}: their deletion had begun.` : '';
    return `On hold: ${counted(sessions, 'session')} now, and later ones as they come.${late}`;
  }

  /** What belongs to another project is not there. */
  async function requireHere(
    page: ProjectPage,
    what: { sessionId: string | undefined; subjectId: string | undefined },
  ): Promise<void> {
    for (const [kind, id] of [
      ['session', what.sessionId],
      ['subject', what.subjectId],
    ] as const) {
      if (id === undefined) continue;
      const row = await db.selectFrom(kind).select('project_id').where('id', '=', id).executeTakeFirst();
      if (row?.project_id !== page.project.id) throw notFound(kind === 'subject' ? 'customer' : kind);
    }
  }

  async function holdOf(page: ProjectPage): Promise<Hold> {
    const id = page.param('hold');
    const [hold] = z.uuid().safeParse(id).success ? await holdsById(db, [id]) : [];
    if (hold?.project_id !== page.project.id || hold.released_at !== null) throw notFound('hold');
    return hold;
  }

  async function askRelease(page: ProjectPage): Promise<Response> {
    const hold = await holdOf(page);
    return confirmPage(page, {
      title: `Release the hold on ${describeTarget(hold)}`,
      explain: `It was placed for: ${hold.reason}. A second person has to approve it. Then what it kept goes on from a full new review, and what is past its date may be deleted.`,
      to: page.at(`/holds/${hold.id}/release`),
      button: 'Ask for the release',
      back: page.at('/holds'),
      fields: textField(freshForm(), {
        ...{ name: 'reason', label: 'Reason', hint: 'For the second person. No names.' },
        ...{ required: true, maxlength: 300 },
      }),
      crumbs: [['Holds', page.at('/holds')]],
    });
  }

  async function release(page: ProjectPage): Promise<Response> {
    const hold = await holdOf(page);
    const sent = await page.form(releasing);
    const reason = sent.ok ? sent.values.reason : undefined;
    const result = await acts.releaseHold({
      ...{ holdId: hold.id, actor: page.actor, now: page.now },
      ...(reason && { reason }),
    });
    return page.redirect(page.at('/holds'), {
      tone: 'done',
      text:
        result.outcome === 'released'
          ? 'Released.'
          : 'The release is asked for. It takes effect when a second person approves it.',
    });
  }
}

function holdTable(page: ProjectPage, holds: readonly Hold[], logins: ReadonlyMap<string, string>): Html {
  const { timeZone } = page.project;
  return table({
    caption: 'Holds in force, the oldest first',
    captionHidden: true,
    rows: holds,
    columns: [
      {
        heading: 'On',
        names: true,
        cell: (hold) =>
          hold.session_id
            ? html`<a href="${page.at(`/sessions/${hold.session_id}`)}">${describeTarget(hold)}</a>`
            : hold.subject_id
              ? html`<a href="${page.at(`/customers/${hold.subject_id}`)}"
                  >every session of customer ${hold.subject_id.slice(0, 8)}</a
                >`
              : hold.tag
                ? html`<a href="${withQuery(page.at('/sessions'), { q: `tag:${hold.tag}` })}"
                    >${describeTarget(hold)}</a
                  >`
                : describeTarget(hold),
      },
      { heading: 'Reason', cell: ({ reason }) => reason },
      { heading: 'By', cell: ({ author }) => whoWords(author, logins) },
      { heading: 'Since', cell: ({ placed_at }) => when(placed_at, timeZone) },
      { heading: 'Ends', cell: ({ ends_at }) => (ends_at ? when(ends_at, timeZone) : 'when it is released') },
      {
        heading: '',
        cell: ({ id }) =>
          page.may('hold.release') ? linkButton(page.at(`/holds/${id}/release`), 'Release…') : '',
      },
    ],
    empty: 'No hold is in force.',
  });
}

function placeForm(page: ProjectPage, state: FormState): Html {
  const one = state.values['session'] ?? '';
  return html`${problems(state)}
  ${page.postForm({
    to: page.at('/holds'),
    body: html`${textField(state, {
      ...{ name: 'reason', label: 'Reason', hint: REASON_HINT, required: true, maxlength: 300 },
    })}
    ${
      one
        ? textField(state, { name: 'session', label: 'Session' })
        : html`${textField(state, {
            ...{
              name: 'subject',
              label: 'Customer',
              hint: 'The id on the customer’s page: all their sessions.',
            },
            required: false,
          })}
          ${textField(state, { name: 'tag', label: 'Tag', required: false, maxlength: 64 })}
          ${textField(state, { name: 'from', label: 'Opened from', type: 'date', required: false })}
          ${textField(state, { name: 'to', label: 'Opened until', type: 'date', required: false })}`
    }
    ${textField(state, {
      ...{ name: 'until', label: 'Ends by itself on', type: 'date', required: false },
      hint: 'Left empty, it lasts until it is released.',
    })}
    ${submit('Place the hold')}`,
  })}`;
}
