import { html } from 'hono/html';
import type { Customer, erasuresOfCustomer, sessionsOfCustomer } from '../../db/customers.ts';
import { JURISDICTIONS, JURISDICTION_IDS } from '../../domain/jurisdictions.ts';
import type { SubjectProfile } from '../../domain/messages.ts';
import type { ProjectPage, View } from '../page.ts';
import { cursorOf } from '../sessions/paging.ts';
import { nameWords } from '../sessions/people.ts';
import { reasonField } from '../sessions/search-fields.ts';
import { sessionTable } from '../sessions/session-table.ts';
import { problems, selectField, submit, textField, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, day, facts, linkButton, section, when } from '../views/pieces.ts';
import { pager, table, withQuery } from '../views/table.ts';

/** Everything there is to show of a customer. */
export interface CustomerPieces {
  readonly customer: Customer;
  /** One more than a page, where more follow. */
  readonly sessions: Awaited<ReturnType<typeof sessionsOfCustomer>>;
  readonly perPage: number;
  readonly isFirst: boolean;
  readonly profile: SubjectProfile | undefined;
  readonly consents: readonly { version: string; choice: 'agreed' | 'declined'; at: Date }[];
  /** Absent for those who do not see erasures. */
  readonly erasures: Awaited<ReturnType<typeof erasuresOfCustomer>> | undefined;
  readonly state: FormState;
}

/** The page of one customer. */
export function customerView(page: ProjectPage, pieces: CustomerPieces): View {
  const { customer, state } = pieces;
  return {
    title: `Customer ${customer.id.slice(0, 8)}`,
    crumbs: [['Sessions', page.at('/sessions')]],
    aside: banButton(page, customer),
    body: html`${problems(state)} ${section('Profile', profileFacts(page, pieces))}
    ${section('Sessions', history(page, pieces), 'sessions')} ${consentSection(page, pieces)}
    ${erasureSection(page, pieces)} ${correctForm(page, pieces)} ${holdForm(page, pieces)}`,
  };
}

function banButton(page: ProjectPage, { id, bannedAt }: Customer): Html {
  if (!page.may('subject.ban')) return html``;
  const here = page.at(`/customers/${id}`);
  return bannedAt
    ? linkButton(`${here}/unban`, 'Lift the ban…')
    : linkButton(`${here}/ban`, 'Ban the customer…');
}

function profileFacts(page: ProjectPage, { customer, profile }: CustomerPieces): Html {
  const { timeZone } = page.project;
  const name = profile
    ? nameWords(profile)
    : customer.profileSealed
      ? 'for those who read their sessions'
      : 'not known';
  const { jurisdiction, jurisdictionOrigin, defaultJurisdiction } = customer;
  return facts([
    ['Customer', html`<code>${customer.id}</code>`],
    ['Name', html`<bdi>${name}</bdi>`],
    [
      'State',
      customer.bannedAt
        ? html`${badge('banned', 'danger')} since ${when(customer.bannedAt, timeZone)}`
        : null,
    ],
    ['Being erased', customer.erasing ? badge('an erasure is under way', 'danger') : null],
    ['Blocked the bot', customer.blockedAt && when(customer.blockedAt, timeZone)],
    [
      'Wants no more contact',
      customer.unsubscribedAt && html`since ${when(customer.unsubscribedAt, timeZone)}`,
    ],
    ['Language of Telegram', customer.language],
    ['Language chosen', customer.chosenLanguage],
    [
      'Jurisdiction',
      jurisdiction
        ? `${JURISDICTIONS[jurisdiction]} (${jurisdiction}), as ${ORIGINS[jurisdictionOrigin ?? 'language']}`
        : `${JURISDICTIONS[defaultJurisdiction]} (${defaultJurisdiction}), by default of the project`,
    ],
    ['Comes of age', customer.majorityOn && day(customer.majorityOn, timeZone)],
    ['Agreed to be kept longer', customer.authorizedAt && when(customer.authorizedAt, timeZone)],
    ['First seen', when(customer.createdAt, timeZone)],
    ['Last seen', when(customer.lastSeenAt, timeZone)],
  ]);
}

const ORIGINS = {
  customer: 'they said',
  staff: 'staff corrected',
  language: 'their language tells',
} as const;

function history(page: ProjectPage, { customer, sessions, perPage, isFirst }: CustomerPieces): Html {
  const shown = sessions.slice(0, perPage);
  const last = shown.at(-1);
  const here = page.at(`/customers/${customer.id}`);
  return html`${sessionTable(page, {
    caption: 'Their sessions, newest first',
    captionHidden: true,
    rows: shown,
    empty: 'No session of theirs is kept.',
  })}
  ${pager({
    first: here,
    next: sessions.length > perPage && last ? withQuery(here, { after: cursorOf(last) }) : undefined,
    isFirst,
  })}`;
}

function consentSection(page: ProjectPage, { consents }: CustomerPieces): Html {
  return section(
    'Consent',
    table({
      caption: 'What they answered to the privacy notice, the newest first',
      captionHidden: true,
      rows: consents,
      columns: [
        { heading: 'Version of the notice', names: true, cell: ({ version }) => version },
        { heading: 'Answer', cell: ({ choice }) => badge(choice, choice === 'agreed' ? 'good' : 'warning') },
        { heading: 'When', cell: ({ at }) => when(at, page.project.timeZone) },
      ],
      empty: 'They answered no privacy notice.',
    }),
    'consent',
  );
}

function erasureSection(page: ProjectPage, { customer, erasures }: CustomerPieces): Html | '' {
  if (!erasures) return '';
  const { timeZone } = page.project;
  const list = table({
    caption: 'Requests for erasure, the newest first',
    captionHidden: true,
    rows: erasures,
    columns: [
      {
        heading: 'Request',
        names: true,
        cell: ({ number }) => html`<a href="${page.at(`/erasures/${number}`)}">${number}</a>`,
      },
      { heading: 'State', cell: ({ state }) => badge(state) },
      { heading: 'Received', cell: ({ received_at: at }) => when(at, timeZone) },
      { heading: 'Confirmed', cell: ({ confirmed_at: at }) => (at ? when(at, timeZone) : '–') },
      { heading: 'Completed', cell: ({ completed_at: at }) => (at ? when(at, timeZone) : '–') },
    ],
    empty: 'They asked for no erasure.',
  });
  const file = page.may('erasure.file')
    ? html`<p>
        ${linkButton(withQuery(page.at('/erasures/new'), { subject: customer.id }), 'File an erasure for them')}
      </p>`
    : '';
  return section('Erasures', html`${list} ${file}`, 'erasures');
}

function correctForm(page: ProjectPage, { customer, state }: CustomerPieces): Html | '' {
  if (!page.may('subject.correct')) return '';
  const values = { jurisdiction: customer.jurisdiction ?? customer.defaultJurisdiction, ...state.values };
  return section(
    'Correct where they live',
    page.postForm({
      to: page.at(`/customers/${customer.id}/jurisdiction`),
      label: 'Correct where they live',
      body: html`${selectField(
        { ...state, values },
        {
          name: 'jurisdiction',
          label: 'They live in',
          hint: 'Their archived sessions are decided anew at once: some may be kept longer, others go earlier.',
          options: JURISDICTION_IDS.map((id) => [id, `${JURISDICTIONS[id]} (${id})`] as const),
        },
      )}
      ${reasonField(state, { label: 'Reason', required: true })} ${submit('Correct it', 'plain')}`,
    }),
    'correct',
  );
}

function holdForm(page: ProjectPage, { customer, state }: CustomerPieces): Html | '' {
  if (!page.may('hold.place')) return '';
  return section(
    'Hold all their sessions',
    page.postForm({
      to: page.at(`/customers/${customer.id}/hold`),
      label: 'Hold all their sessions',
      body: html`${textField(state, {
        name: 'holdReason',
        label: 'Because',
        hint: 'Nothing of theirs is destroyed, of today or to come. Stored in clear, so without names.',
        required: true,
        maxlength: 200,
      })}
      ${textField(state, { name: 'until', label: 'Until', hint: 'Left empty: until it is released.', type: 'date', required: false })}
      ${submit('Place the hold', 'plain')}`,
    }),
    'hold',
  );
}
