import { html } from 'hono/html';
import { answerTo } from '../../domain/phases.ts';
import type { ProjectPage } from '../page.ts';
import { selectField, submit, textArea, textField, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { badge, linkButton, section, when } from '../views/pieces.ts';
import { emptyState, table, withQuery } from '../views/table.ts';
import { isLive } from './access.ts';
import { whoWords } from './people.ts';
import type { SessionPieces } from './session-pieces.ts';

/** The tags, each to be taken off, and one to be added; the new date is shown before anything is saved. */
export function tagSection(page: ProjectPage, pieces: SessionPieces, state: FormState): Html {
  const { life, details, usedTags } = pieces;
  const here = page.at(`/sessions/${life.sessionId}/tag`);
  const may = page.may('session.tag') && answerTo('tag', life, page.now) === 'take';
  const list =
    details.tags.length === 0
      ? html`<p class="muted">No tags.</p>`
      : html`<ul class="tags">
          ${details.tags.map(
            ({ tag, origin, rule }) =>
              html`<li>
                ${badge(tag)} ${origin === 'automatic' ? html`<small>by rule ${rule ?? ''}</small>` : ''}
                ${may ? html`<a href="${withQuery(here, { change: 'remove', tag })}">Take off<span class="unseen"> ${tag}</span></a>` : ''}
              </li>`,
          )}
        </ul>`;
  const add = html`<form method="get" action="${here}" aria-label="Add a tag">
      <div class="inline">
        ${textField(state, { name: 'tag', label: 'Add a tag', hint: 'The new date is shown before it is saved.', maxlength: 40 })}
        <input type="hidden" name="change" value="add" /> ${submit('See what it does', 'plain')}
      </div>
    </form>
    ${
      usedTags.length > 0
        ? html`<p class="muted">
            Used here:
            ${usedTags.map((tag) => html`<a href="${withQuery(here, { change: 'add', tag })}">${tag}</a> `)}
          </p>`
        : ''
    }`;
  return section('Tags', html`${list} ${may ? add : ''}`, 'tags');
}

/** What holds it or held it, and the forms to place a hold or let go. */
export function holdSection(page: ProjectPage, pieces: SessionPieces, state: FormState): Html {
  const { life, details, logins } = pieces;
  const { timeZone } = page.project;
  const here = page.at(`/sessions/${life.sessionId}`);
  const inForce = details.holds.filter(
    ({ released_at: released, ends_at: end }) => released === null && (end === null || end > page.now),
  );
  const list = table({
    caption: 'Holds of this session, and wider ones that are on it',
    captionHidden: true,
    rows: details.holds,
    columns: [
      { heading: 'Reason', names: true, cell: ({ reason }) => reason },
      {
        heading: 'On',
        cell: ({ scope }) =>
          scope === 'session'
            ? 'this session'
            : html`<a href="${page.at('/holds')}"
                >${scope === 'subject' ? 'the customer' : 'many sessions'}</a
              >`,
      },
      { heading: 'By', cell: ({ author }) => whoWords(author, logins) },
      { heading: 'Placed', cell: ({ placed_at: at }) => when(at, timeZone) },
      { heading: 'Ends', cell: ({ ends_at: at }) => (at ? when(at, timeZone) : 'when released') },
      {
        heading: 'State',
        cell: (hold) =>
          hold.released_at
            ? html`released ${when(hold.released_at, timeZone)}`
            : inForce.includes(hold)
              ? badge('in force', 'warning')
              : 'over',
      },
    ],
    empty: 'Nothing holds this session.',
  });
  const own = inForce.some(({ scope }) => scope === 'session');
  return section(
    'Holds',
    html`${list}
    ${own && page.may('hold.release') ? html`<p>${linkButton(`${here}/release`, 'Release the holds of this session')}</p>` : ''}
    ${page.may('hold.place') && answerTo('hold', life, page.now) === 'take' ? placeForm(page, here, state) : ''}`,
    'holds',
  );
}

function placeForm(page: ProjectPage, here: string, state: FormState): Html {
  return page.postForm({
    to: `${here}/hold`,
    label: 'Place a hold',
    body: html`<div class="inline">
      ${textField(state, { name: 'holdReason', label: 'Hold it, because', hint: 'Stored in clear, so without names.', required: true, maxlength: 200 })}
      ${textField(state, { name: 'until', label: 'Until', hint: 'Left empty: until it is released.', type: 'date', required: false })}
      ${submit('Place the hold', 'plain')}
    </div>`,
  });
}

/** Who is responsible, and who could be. */
export function transferSection(page: ProjectPage, pieces: SessionPieces, state: FormState): Html | '' {
  const { life, desk, logins, transferTo } = pieces;
  if (!page.may('session.transfer') || !isLive(life) || transferTo.length === 0) return '';
  const others = transferTo.filter((id) => id !== desk?.assignedTo);
  return section(
    'Who is responsible',
    html`<p>${desk?.assignedTo ? whoWords(desk.assignedTo, logins) : 'Nobody in particular.'}</p>
      ${
        others.length === 0
          ? ''
          : page.postForm({
              to: page.at(`/sessions/${life.sessionId}/transfer`),
              label: 'Transfer the session',
              body: html`<div class="inline">
                ${selectField(state, {
                  name: 'to',
                  label: 'Transfer to',
                  options: others.map(
                    (id) => [id, id === page.member.staffId ? 'me' : whoWords(id, logins)] as const,
                  ),
                })}
                ${submit('Transfer', 'plain')}
              </div>`,
            })
      }`,
    'transfer',
  );
}

/** A note for colleagues. */
export function noteSection(page: ProjectPage, { life }: SessionPieces, state: FormState): Html | '' {
  if (!page.may('session.note') || !isLive(life)) return '';
  if (life.subjectId === null)
    return section(
      'Notes',
      emptyState('In a group, a note is written in Telegram: as a reply to a message of whom it is about.'),
      'notes',
    );
  return section(
    'Notes',
    page.postForm({
      to: page.at(`/sessions/${life.sessionId}/note`),
      label: 'Write a note',
      body: html`${textArea(state, {
        name: 'note',
        label: 'Note for colleagues',
        hint: 'No customer is sent it. It is part of what is read below, and goes with the session.',
        rows: 3,
        maxlength: 4000,
      })}
      ${submit('Keep the note', 'plain')}`,
    }),
    'notes',
  );
}
