import { html } from 'hono/html';
import type { Transcript, TranscriptEntry } from '../../acts/transcript.ts';
import type { TranslatedTranscript } from '../../acts/translations.ts';
import { isTakenBack, NOTE_KIND } from '../../domain/notes.ts';
import type { ProjectPage } from '../page.ts';
import { bytes, number } from '../views/amounts.ts';
import { hidden } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { facts, notice, phaseBadge, section, when } from '../views/pieces.ts';
import { emptyState } from '../views/table.ts';
import { isLive } from './access.ts';
import { whoWords } from './people.ts';

/** A session opened, with what is needed to show it. */
export interface OpenedTranscript {
  readonly transcript: Transcript;
  readonly translated: TranslatedTranscript | undefined;
  readonly logins: ReadonlyMap<string, string>;
  /** The ids of files whose bytes are kept, by entry and in its order. */
  readonly files: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly reason: string;
}

/** Everything that was written, in order; what staff wrote for each other apart. It prints as it stands. */
export function transcriptBody(page: ProjectPage, opened: OpenedTranscript): Html {
  const { transcript, translated } = opened;
  const { life, entries, erasedPersons, audit } = transcript;
  const said = entries.filter(({ kind }) => kind !== NOTE_KIND);
  const notes = entries.filter(({ kind }) => kind === NOTE_KIND);
  const numbers = new Map(said.map(({ ref }, at) => [ref, at + 1]));
  const item = (entry: TranscriptEntry) => entryItem(page, entry, { ...opened, numbers });
  return html`${facts([
      ['Session', html`<code>${life.sessionId}</code>`],
      ['Phase', phaseBadge(life.phase)],
      ['Opened', when(life.openedAt, life.timeZone)],
      ['Closed', life.closedAt && when(life.closedAt, life.timeZone)],
      ['Tags', life.tags.join(', ')],
    ])}
    ${
      said.length === 0
        ? emptyState('Nothing was written that is still there.')
        : html`<ol class="entries">
            ${said.map(item)}
          </ol>`
    }
    ${
      notes.length > 0
        ? section(
            'Notes of staff',
            html`<ol class="entries notes">
              ${notes.map(item)}
            </ol>`,
            'notes',
          )
        : ''
    }
    ${erasedPersons > 0 ? notice('info', `The entries of ${erasedPersons === 1 ? 'one person' : `${number(erasedPersons)} persons`} were erased from this session.`) : ''}
    ${translated && translated.unavailable > 0 ? notice('warning', `No translation could be had of ${number(translated.unavailable)} entries.`) : ''}
    <p class="muted">
      Opened ${when(page.now, page.project.timeZone)} by ${whoWords(audit.actor, opened.logins)}, for:
      ${audit.reason}. This reading is audit entry ${audit.seq}.
    </p>`;
}

interface Shown extends OpenedTranscript {
  readonly numbers: ReadonlyMap<string, number>;
}

function entryItem(page: ProjectPage, entry: TranscriptEntry, shown: Shown): Html {
  const { ref, author, replyTo, revisions, attachments } = entry;
  const { timeZone } = page.project;
  const first = revisions[0];
  const by = author.role === 'agent' && author.ref ? whoWords(author.ref, shown.logins) : author.role;
  const repliedTo = replyTo === null ? undefined : shown.numbers.get(replyTo);
  const reply =
    replyTo === null
      ? ''
      : repliedTo
        ? html`, in reply to <a href="#e-${replyTo}">${repliedTo}</a>`
        : ', in reply to an entry that is not here';
  return html`<li id="e-${ref}" class="by-${author.role}">
    <p class="said-by"><strong>${by}</strong> ${first ? when(first.at, timeZone) : ''}${reply}</p>
    ${revisions.map((revision, at) => revisionHtml(page, entry, revision, at))} ${translation(ref, shown)}
    ${attachments.map((file, at) => fileLine(page, file, shown.files.get(ref)?.[at], shown))}
  </li>`;
}

function revisionHtml(
  page: ProjectPage,
  { kind, revisions }: TranscriptEntry,
  { at, content }: TranscriptEntry['revisions'][number],
  index: number,
): Html {
  const isOld = index < revisions.length - 1;
  const edited = index > 0 ? html`<p class="muted">edited ${when(at, page.project.timeZone)}</p>` : '';
  if (isTakenBack(content))
    return html`${edited}
      <p class="muted">taken back</p>`;
  const extra = content.extra
    ? html`<pre dir="ltr">${kind}: ${JSON.stringify(content.extra, null, 2)}</pre>`
    : '';
  const text = content.text ?? '';
  return html`${edited}${isOld ? html`<del dir="auto" class="text">${text}</del>` : html`<div dir="auto" class="text">${text}</div>`}${extra}`;
}

function translation(ref: string, { translated }: Shown): Html | '' {
  const found = translated?.entries.get(ref);
  if (!found || !translated) return '';
  return html`<div class="translation">
    <p class="muted">${found.from} → ${translated.to}</p>
    <div dir="auto" lang="${translated.to}" class="text">${found.text}</div>
  </div>`;
}

function fileLine(
  page: ProjectPage,
  { kind, fileName, size, missing }: TranscriptEntry['attachments'][number],
  id: string | undefined,
  { transcript: { life }, reason }: Shown,
): Html {
  const kept = missing
    ? `not kept: ${missing.replaceAll('_', ' ')}`
    : isLive(life)
      ? 'with Telegram; it is fetched when the session is archived'
      : 'kept';
  return html`<div class="file">
    ${kind.replaceAll('_', ' ')} <bdi>${fileName ?? ''}</bdi>
    <span class="muted">${size === null ? '' : `${bytes(size)}, `}${kept}</span>
    ${
      id && page.may('archive.read')
        ? page.postForm({
            to: page.at(`/sessions/${life.sessionId}/files/${id}`),
            label: `Save ${fileName ?? kind}`,
            body: html`${hidden('reason', reason)}${hidden('name', (fileName ?? `${kind}-${id.slice(0, 8)}`).slice(0, 200))}
              <button type="submit" class="quiet" data-download>Save</button>`,
          })
        : ''
    }
  </div>`;
}
