import { html } from 'hono/html';
import { decisionFacts, nextStepOf, type Life } from '../../db/life.ts';
import type { SessionDetails } from '../../db/session-details.ts';
import { decide, readersOf } from '../../domain/decision.ts';
import { decisionInWords } from '../../domain/decision-words.ts';
import { describe } from '../../domain/next-step-words.ts';
import { JURISDICTIONS } from '../../domain/jurisdictions.ts';
import { answerTo } from '../../domain/phases.ts';
import type { ProjectPage, View } from '../page.ts';
import { bytes, number } from '../views/amounts.ts';
import { freshForm, problems, submit, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, countdown, facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';
import { isLive, mayReadContent } from './access.ts';
import { OUTCOMES } from './outcomes.ts';
import { nameWords, whoWords } from './people.ts';
import { holdSection, noteSection, tagSection, transferSection } from './session-forms.ts';
import type { SessionPieces } from './session-pieces.ts';
import { stageBar } from './stages.ts';
import { timelineSection } from './timeline.ts';
import { transcriptForm } from './transcript-form.ts';

/** The page of one session. */
export function sessionView(page: ProjectPage, pieces: SessionPieces, state: FormState): View {
  const { life, details } = pieces;
  return {
    title: `Session ${life.sessionId.slice(0, 8)}`,
    crumbs: [['Sessions', page.at('/sessions')]],
    aside: lifeButtons(page, pieces),
    body: html`${problems(state)} ${stageBar(life, details)} ${nextNotice(life, page.now)}
    ${section('Facts', factsOf(page, pieces))} ${whySection(life, details, page.now)}
    ${tagSection(page, pieces, state)} ${holdSection(page, pieces, state)} ${reviewSection(page, pieces)}
    ${transferSection(page, pieces, state)} ${noteSection(page, pieces, state)} ${readSection(page, pieces)}
    ${archiveSection(details)} ${timelineSection(page, pieces)}`,
  };
}

function lifeButtons(page: ProjectPage, { life, desk }: SessionPieces): Html {
  const here = page.at(`/sessions/${life.sessionId}`);
  const button = (act: 'close' | 'reopen', label: string) =>
    page.may(`session.${act}`) && answerTo(act, life, page.now) === 'take'
      ? page.postForm({ to: `${here}/${act}`, label, body: submit(label, 'plain') })
      : '';
  return html`<div class="buttons">
    ${button('close', 'Close the session')} ${button('reopen', 'Reopen the session')}
    ${silenceButton(page, life, desk?.silent === true)}
  </div>`;
}

/** As /silent in the topic; an answer that nobody can write any more needs no such thing. */
function silenceButton(page: ProjectPage, life: Life, silent: boolean): Html | '' {
  if (!page.may('session.answer') || !isLive(life)) return '';
  const label = silent ? 'Answer with a notification' : 'Answer without a notification';
  return page.postForm({
    to: page.at(`/sessions/${life.sessionId}/silence`),
    label,
    body: html`<input
        type="hidden"
        name="silent"
        value="${silent ? 'no' : 'yes'}"
      />${submit(label, 'plain')}`,
  });
}

/** What happens next, and when. */
function nextNotice(life: Life, now: Date): Html {
  const next = nextStepOf(life);
  const left = next.at ? html` (${countdown(new Date(next.at), now)})` : '';
  // A hold stops the end alone: what comes before it goes on, and the sentence tells of that.
  const held =
    next.held && next.step !== 'wait'
      ? html`<p>On hold: whatever comes, nothing of it is destroyed.</p>`
      : '';
  return notice(
    next.held ? 'warning' : 'info',
    html`<p>${describe(next)}${left}</p>
      ${held}`,
  );
}

function factsOf(page: ProjectPage, pieces: SessionPieces): Html {
  const { life, desk, workflowUrl, details, logins } = pieces;
  const { timeZone } = page.project;
  const readers = readersOf(life.policy, life);
  const date = (instant: Date | null) => instant && when(instant, timeZone);
  return facts([
    ['Session', html`<code>${life.sessionId}</code>`],
    ['Customer', customerWords(page, pieces)],
    ['Chat', life.kind],
    ['Responsible', desk?.assignedTo ? whoWords(desk.assignedTo, logins) : null],
    ['Answers', desk?.silent && isLive(life) ? 'arrive without a notification' : null],
    ['Jurisdiction', life.jurisdictions.map((id) => `${JURISDICTIONS[id]} (${id})`).join(', ')],
    ['Language', life.languages.join(', ')],
    ['Files', life.attachmentKinds.join(', ').replaceAll('_', ' ')],
    ['Last activity', date(life.lastActivityAt)],
    ['Closed', life.closeReason && CLOSED[life.closeReason]],
    ['Reopen until', life.phase === 'closed' ? date(life.reopenUntil) : null],
    ['Archive due', life.phase === 'closed' ? date(life.archiveDueAt) : null],
    ['Kept until', life.phase === 'deleted' ? null : date(life.keepUntil)],
    ['Extended until', date(life.extendedUntil)],
    ['Comes of age', date(life.majorityAt)],
    ...Object.entries(life.events).map(([name, at]) => [`Event ${name}`, when(at, timeZone)] as const),
    ['Agreed to be kept longer', life.authorized ? 'yes' : null],
    ['Readable by', readers && (readers.length > 0 ? `${readers.join(' and ')} alone` : 'nobody')],
    [
      'Restricted',
      life.restrictedAt && html`${badge('restricted', 'danger')} since ${when(life.restrictedAt, timeZone)}`,
    ],
    ['Deleted', date(details.deletedAt)],
    [
      'Workflow',
      workflowUrl ? html`<a href="${workflowUrl}" rel="noreferrer">Open in the Temporal UI</a>` : null,
    ],
  ]);
}

const CLOSED: Readonly<Record<NonNullable<Life['closeReason']>, string>> = {
  agent: 'by staff',
  customer: 'by the customer',
  idle: 'by itself, as nobody wrote any more',
  spam: 'as spam',
  import: 'before it was imported',
  api: 'by another system',
  erasure: 'by an erasure',
};

function customerWords(page: ProjectPage, { life, profile, desk }: SessionPieces): Html | string | null {
  if (life.subjectId === null)
    return life.kind === 'group' ? `${number(life.participants)} people in a group` : null;
  if (life.phase === 'deleted') return null;
  const name = mayReadContent(page, life) ? nameWords(profile) : 'the name is for those who read the session';
  const banned = desk?.bannedAt ? badge('banned', 'danger') : '';
  return html`<a href="${page.at(`/customers/${life.subjectId}`)}"><bdi>${name}</bdi></a> ${banned}`;
}

/** Why it is still here: the decision, rule by rule. */
function whySection(life: Life, details: SessionDetails, now: Date): Html | '' {
  const facts = decisionFacts(life.closedAt ? life : { ...life, closedAt: now });
  // The tags of a deleted session are gone, and spam is deleted after a period of its own.
  if (!facts || life.phase === 'deleted' || (life.spam && !life.archivedAt)) return '';
  const { policyVersion, timeZone } = life;
  const [kept = '', ...trace] = decisionInWords(decide(life.policy, facts), { policyVersion, timeZone });
  const older =
    details.policyVersion !== null && details.policyVersion !== policyVersion
      ? html`<p class="muted">The date on record was set by policy version ${details.policyVersion}.</p>`
      : '';
  return section(
    'Why it is still here',
    html`<p>
        ${life.closedAt ? '' : html`<span class="muted">If it closed now: </span>`}<strong>${kept}</strong>
      </p>
      <ol class="trace">
        ${trace.map((line) => html`<li>${line}</li>`)}
      </ol>
      ${older}`,
    'why',
  );
}

function reviewSection(page: ProjectPage, { life, details, logins }: SessionPieces): Html | '' {
  if (details.reviews.length === 0) return '';
  const { timeZone } = page.project;
  return section(
    'Reviews',
    html`${table({
      caption: 'Rounds of review, the first one first',
      captionHidden: true,
      rows: details.reviews,
      columns: [
        { heading: 'Round', names: true, cell: ({ round }) => round },
        { heading: 'Opened', cell: ({ opened_at: at }) => when(at, timeZone) },
        { heading: 'Window ends', cell: ({ due_at: at }) => when(at, timeZone) },
        {
          heading: 'Without a decision',
          cell: ({ on_silence: what }) => (what === 'delete' ? 'deleted' : 'held'),
        },
        {
          heading: 'Outcome',
          cell: ({ ended }) => (ended ? OUTCOMES[ended] : badge('waits', 'warning')),
        },
        { heading: 'By', cell: ({ ended_by: by }) => (by ? whoWords(by, logins) : '–') },
      ],
      empty: '',
    })}
    ${
      life.phase === 'review' && page.may('review.decide')
        ? html`<p>${linkButton(page.at(`/reviews/${life.sessionId}`), 'To the review', 'main')}</p>`
        : ''
    }`,
    'reviews',
  );
}

function readSection(page: ProjectPage, pieces: SessionPieces): Html | '' {
  if (!mayReadContent(page, pieces.life)) return '';
  return section(
    'What was written',
    transcriptForm(page, pieces.life, freshForm(), pieces.translates),
    'read',
  );
}

function archiveSection({ objects }: SessionDetails): Html | '' {
  const there = objects.filter(({ deleted_at: gone }) => gone === null);
  if (there.length === 0) return '';
  const files = there.filter(({ attachment_id: id }) => id !== null);
  const size = there.reduce((sum, one) => sum + one.size_bytes, 0);
  const messages = there.reduce((sum, one) => sum + one.messages, 0);
  return section(
    'In the archive',
    facts([
      ['Objects', `${number(there.length)} (${bytes(size)})`],
      ['Messages', number(messages)],
      ['Files kept', number(files.length)],
    ]),
    'archive',
  );
}
