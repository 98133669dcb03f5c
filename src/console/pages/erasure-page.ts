import { html } from 'hono/html';
import type { Kysely } from 'kysely';
import { waitingApprovals } from '../../db/approvals.ts';
import { finalFromOf, FINAL_AFTER } from '../../db/erasure-proof.ts';
import { findErasureOf } from '../../db/erasure-desk.ts';
import type { Erasure } from '../../db/erasures.ts';
import { erasedCounts, heldSessions } from '../../db/my-data.ts';
import { policyInForce } from '../../db/policies.ts';
import type { Tables } from '../../db/tables.ts';
import {
  EXTENSION_GROUNDS,
  isExtensionGround,
  isRefusalGround,
  REFUSAL_GROUNDS,
} from '../../domain/erasure-answers.ts';
import { groupKept, keptByRestriction, type KeptGroup } from '../../domain/kept.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { whoWords } from '../sessions/people.ts';
import { bytes, number as count } from '../views/amounts.ts';
import type { Content, Html } from '../views/html.ts';
import { day, facts, linkButton, notice, section, shortId, when } from '../views/pieces.ts';
import { table, withQuery } from '../views/table.ts';
import { dueIn, erasureBadge, isOpen, ORIGINS } from './erasure-list.ts';
import { erasureTimeline } from './erasure-timeline.ts';

/** The request that an address names. @throws AppError `not_found` for another project's */
export async function erasureHere(db: Kysely<Tables>, page: ProjectPage): Promise<Erasure> {
  const erasure = await findErasureOf(db, page.project.id, page.param('number'));
  if (!erasure) throw notFound('erasure');
  return erasure;
}

/** One request: its clocks, its steps, what stays, and what staff can do about it. */
export async function showErasure(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { db } = deps;
  const erasure = await erasureHere(db, page);
  const kept = erasure.confirmed_at ? await keptGroups(db, page, erasure) : [];
  const asked = erasure.state === 'filed' ? await requestFor(db, page, erasure) : undefined;
  return page.html({
    title: `Erasure ${erasure.number}`,
    crumbs: [['Erasures', page.at('/erasures')]],
    aside: erasureBadge(erasure),
    body: html`${late(page, erasure)} ${waits(page, erasure, asked)} ${clocks(page, erasure)}
    ${section('Steps', erasureTimeline(page, erasure))}
    ${erasure.confirmed_at ? section('What stays', keptTable(page, kept)) : ''}
    ${section('About the request', about(deps, page, erasure, await loginsOf(db, page.project.id)))}
    ${section('What next', buttons(page, erasure))}`,
  });
}

/** The receipt, to be printed or read out; the customer has it in their own language. */
export async function showReceipt({ db }: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const erasure = await erasureHere(db, page);
  if (!hasReceipt(erasure)) throw notFound('receipt yet');
  const { timeZone } = page.project;
  const erased = await erasedCounts(db, erasure);
  const final = finalFromOf(erasure);
  return page.html({
    title: `Receipt ${erasure.number}`,
    crumbs: [
      ['Erasures', page.at('/erasures')],
      [erasure.number, page.at(`/erasures/${erasure.number}`)],
    ],
    lead: `What ${page.project.name} erased on request ${erasure.number}. The customer has the same in their own language.`,
    body: html`${section('Steps', erasureTimeline(page, erasure))}
    ${section(
      'Erased',
      facts([
        ['Conversations', count(erased.sessions)],
        ['Messages', count(erased.messages)],
        ['Earlier versions of messages', count(erased.revisions)],
        ['Files', count(erased.attachments)],
        ['Objects in the archive', `${count(erased.objects)}, ${bytes(erased.bytes)}`],
        [
          'Final from',
          final &&
            html`${when(final, timeZone)}. Until then the store keeps locked copies; their keys are destroyed,
            so nobody can read them.`,
        ],
      ]),
    )}
    ${section('What stays', keptTable(page, await keptGroups(db, page, erasure)))}
    ${section('Proof', proof(page, erasure))}`,
  });
}

export function hasReceipt({ state, receipt_queued_at: queued }: Erasure): boolean {
  return state === 'done' || state === 'restricted' || (state === 'confirmed' && queued !== null);
}

function proof(page: ProjectPage, { number }: Erasure): Html {
  return html`<p>
    Every step stands in the audit log under ${number}, and its receipt can be checked without this
    installation.
    ${
      page.may('audit.read')
        ? html`<a href="${withQuery(page.at('/audit'), { request: number })}">To its entries</a>`
        : ''
    }
  </p>`;
}

async function keptGroups(db: Kysely<Tables>, page: ProjectPage, erasure: Erasure): Promise<KeptGroup[]> {
  const { policy } = await policyInForce(db, page.project.id);
  const sessions = await heldSessions(db, erasure.subject_id, page.now);
  const theirs = sessions.filter(({ erasureId }) => erasureId === erasure.id);
  return groupKept(theirs.flatMap((session) => keptByRestriction(policy, session, page.now) ?? []));
}

function keptTable(page: ProjectPage, kept: readonly KeptGroup[]): Html {
  return table({
    caption: 'What a hold or a law keeps for now, readable by compliance alone',
    rows: kept,
    columns: [
      {
        heading: 'Why',
        names: true,
        cell: ({ ground, because, source }) =>
          ground === 'hold' ? 'On hold' : `${because ?? 'By law'}${source ? ` (${source})` : ''}`,
      },
      { heading: 'Sessions', numeric: true, cell: ({ sessions }) => count(sessions) },
      {
        heading: 'Until',
        cell: ({ until }) => (until ? day(until, page.project.timeZone) : 'the hold is released'),
      },
    ],
    empty: 'Nothing has to stay.',
  });
}

async function requestFor(db: Kysely<Tables>, page: ProjectPage, { id }: Erasure) {
  const waiting = await waitingApprovals(db, page.project.id);
  return waiting.find(({ kind, object_id }) => kind === 'erasure' && object_id === id);
}

function late(
  page: ProjectPage,
  { state, alarmed_hours: alarmed, deadline_at: deadline }: Erasure,
): Html | '' {
  if (state !== 'confirmed') return '';
  if (deadline && deadline <= page.now)
    return notice(
      'danger',
      'The 48 hours are over. Its workflow says what it is stuck at; it goes on by itself once that is mended.',
    );
  return alarmed > 0
    ? notice('warning', `Not done ${alarmed} hours after its confirmation: the supervisors were called.`)
    : '';
}

function waits(page: ProjectPage, erasure: Erasure, asked: { id: string; requested_by: string } | undefined) {
  if (erasure.state !== 'filed') return '';
  if (!asked)
    return notice(
      'warning',
      'The second person refused it. File it again to ask anew, or refuse the request.',
    );
  const mine = asked.requested_by === page.actor.id;
  const look = page.may('erasure.approve') && !mine;
  return notice(
    'info',
    html`Waits for a second
    person${mine ? ', who cannot be you' : ''}.${
      look
        ? html` <a href="${withQuery(page.at(`/approvals/${asked.id}`), { outcome: 'approved' })}"
            >Approve it…</a
          >`
        : ''
    }`,
  );
}

function clocks(page: ProjectPage, erasure: Erasure): Html {
  const { timeZone } = page.project;
  const open = isOpen(erasure);
  const line = (date: Date | null): Content | null =>
    date && html`${open ? html`${dueIn(date, page.now)}, ` : ''}${when(date, timeZone)}`;
  return facts([
    ['Aim, 24 hours', line(erasure.target_at)],
    ['Deadline, 48 hours', line(erasure.deadline_at)],
    [
      'Deadline by law',
      html`${line(erasure.legal_deadline_at) ?? ''}
      (${erasure.regulation})${
        erasure.extended_at ? html`. Moved: ${extensionWords(erasure.extension_ground)}` : ''
      }`,
    ],
    [
      'Can be confirmed',
      !erasure.confirmed_at && open && erasure.confirmable_until
        ? html`until ${when(erasure.confirmable_until, timeZone)}`
        : null,
    ],
  ]);
}

function about(
  { erasureWorkflowUrl }: ConsoleDeps,
  page: ProjectPage,
  erasure: Erasure,
  logins: ReadonlyMap<string, string>,
): Html {
  const url = erasureWorkflowUrl(erasure.id);
  const counts = Object.entries(erasure.counts).filter(([name]) => name !== FINAL_AFTER);
  return facts([
    ['Asked by', ORIGINS[erasure.origin]],
    [
      'Filed by',
      erasure.filed_by && (erasure.filed_by === page.actor.id ? 'you' : whoWords(erasure.filed_by, logins)),
    ],
    ['Proof of identity', erasure.proof],
    ['Customer', shortId(erasure.subject_id)],
    ['Lives in', erasure.jurisdiction],
    ['Refused', erasure.refusal_ground && refusalWords(erasure.refusal_ground)],
    ['Counts', counts.map(([name, figure]) => `${name} ${count(figure)}`).join(', ')],
    ['Workflow', url && html`<a href="${url}" rel="noreferrer">In the Temporal UI</a>`],
  ]);
}

function buttons(page: ProjectPage, erasure: Erasure): Html {
  const to = (rest: string) => page.at(`/erasures/${erasure.number}${rest}`);
  const may = page.may('erasure.file');
  const waiting = erasure.state === 'requested' || erasure.state === 'filed';
  const movable = isOpen(erasure) && !erasure.extended_at && erasure.legal_deadline_at > page.now;
  const all = [
    hasReceipt(erasure) ? linkButton(to('/receipt'), 'Receipt') : '',
    may && movable ? linkButton(to('/extend'), 'Move the legal deadline…') : '',
    may && waiting ? linkButton(to('/refuse'), 'Refuse…', 'danger') : '',
  ];
  return all.some(Boolean)
    ? html`<p class="buttons">${all}</p>`
    : html`<p class="muted">It goes on by itself: there is nothing to do.</p>`;
}

function refusalWords(ground: string): string {
  return isRefusalGround(ground) ? REFUSAL_GROUNDS[ground] : ground;
}

function extensionWords(ground: string | null): string {
  return ground !== null && isExtensionGround(ground) ? EXTENSION_GROUNDS[ground] : (ground ?? '');
}
