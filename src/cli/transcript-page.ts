import { html } from 'hono/html';
import type { Transcript, TranscriptEntry } from '../acts/transcript.ts';
import type { TranslatedTranscript } from '../acts/translations.ts';
import { NOTE_KIND } from '../domain/notes.ts';

/** A session as a page that prints well, holds no script, loads nothing, and reads in either direction. */
export function transcriptPage(transcript: Transcript, now: Date, translated?: TranslatedTranscript) {
  const { life, entries } = transcript;
  const time = timesIn(life.timeZone);
  const numbers = new Map(entries.map(({ ref }, at) => [ref, at + 1]));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>Session ${life.sessionId}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>Session ${life.sessionId}</h1>
        ${facts(transcript, time)}
        <ol>
          ${entries.map((entry) => entryHtml(entry, { time, numbers, translated }))}
        </ol>
        ${erased(transcript.erasedPersons)} ${missing(translated)} ${footer(transcript, time, now)}
      </body>
    </html>`;
}

type Times = (at: Date) => string;

function timesIn(timeZone: string): Times {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, dateStyle: undefined, hourCycle: 'h23', timeZoneName: 'longOffset' },
    ...{
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    },
  });
  return (at) => format.format(at).replace(',', '');
}

function facts({ life }: Transcript, time: Times) {
  const rows = [
    ['Project', life.projectId],
    ['Kind', life.kind],
    ['Phase', life.phase],
    ['Opened', time(life.openedAt)],
    ['Closed', life.closedAt && time(life.closedAt)],
    ['Archived', life.archivedAt && time(life.archivedAt)],
    ['Tags', life.tags.join(', ')],
    ['Time zone', life.timeZone],
  ];
  return html`<dl>
    ${rows
      .filter(([, value]) => value)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd dir="auto">${value}</dd>`,
      )}
  </dl>`;
}

function entryHtml(
  { ref, kind, author, replyTo, revisions, attachments }: TranscriptEntry,
  {
    time,
    numbers,
    translated,
  }: { time: Times; numbers: ReadonlyMap<string, number>; translated: TranslatedTranscript | undefined },
) {
  const repliedTo = replyTo === null ? undefined : numbers.get(replyTo);
  const isNote = kind === NOTE_KIND;
  return html`<li id="${ref}" class="${isNote ? 'note' : author.role}">
    <p class="head">
      ${isNote ? `note by ${author.role}` : author.role}${author.ref ? html` <small>${author.ref.slice(0, 8)}</small>` : ''}
      ${revisions[0] ? html`<time datetime="${revisions[0].at.toISOString()}">${time(revisions[0].at)}</time>` : ''}
      ${replyTo === null ? '' : repliedTo ? `in reply to ${repliedTo}` : 'in reply to an entry that is not here'}
    </p>
    ${revisions.map(
      ({ at, content }, index) => html`
        ${index > 0 ? html`<p class="edit">edited ${time(at)}</p>` : ''}
        <div dir="auto" class="${index < revisions.length - 1 ? 'before' : 'text'}">
          ${said(content, kind)}
        </div>
      `,
    )}
    ${translation(ref, translated)}
    ${attachments.map(
      ({ kind: what, size, fileName, missing }) =>
        html`<p class="file">
          ${what} <bdi>${fileName ?? ''}</bdi> ${size === null ? '' : `${size.toLocaleString('en')} bytes`}
          ${missing ? `(not kept: ${missing.replaceAll('_', ' ')})` : ''}
        </p>`,
    )}
  </li>`;
}

/** What is not text is named, with its fields as they are kept. */
function said({ text, extra }: TranscriptEntry['revisions'][number]['content'], kind: string) {
  return html`${text ?? ''}${
    extra ? html`<pre dir="ltr">${kind}: ${JSON.stringify(extra, null, 2)}</pre>` : ''
  }`;
}

function translation(ref: string, translated: TranslatedTranscript | undefined) {
  const found = translated?.entries.get(ref);
  if (!found || !translated) return '';
  return html`<div dir="auto" lang="${translated.to}" class="translation" aria-label="Translation">
    <small>${found.from} → ${translated.to}</small> ${found.text}
  </div>`;
}

function missing(translated: TranslatedTranscript | undefined) {
  if (!translated?.unavailable) return '';
  return html`<p class="gap">No translation could be had of ${translated.unavailable} entries.</p>`;
}

function erased(persons: number) {
  if (persons === 0) return '';
  return html`<p class="gap">
    The entries of ${persons === 1 ? 'one person' : `${persons} persons`} were erased from this session.
  </p>`;
}

function footer({ audit }: Transcript, time: Times, now: Date) {
  return html`<footer>
    <p>
      Made ${time(now)} by ${audit.actor}, for: ${audit.reason}. This reading is audit entry ${audit.seq}
      (${audit.opId}); check it with <code>retention audit show ${audit.seq}</code>.
    </p>
  </footer>`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dt { font-weight: 600; } dd { margin: 0; }
ol { padding-inline-start: 2.5rem; }
li { margin-block: .75rem; padding-inline-start: .75rem; border-inline-start: .25rem solid #7c8592; break-inside: avoid; }
li.agent { border-color: #2563c9; } li.note { border-color: #8a6100; border-inline-start-style: dashed; } li.customer { border-color: #1a7f37; }
p { margin: 0; } .head, .edit, .file, footer, .gap { font-size: .85rem; }
.head { font-weight: 600; } time { font-weight: 400; }
.text, .before, .translation { white-space: pre-wrap; } .before { text-decoration: line-through; opacity: .75; }
.translation { margin-block-start: .25rem; padding-inline-start: .5rem; border-inline-start: 1px dashed; opacity: .9; }
pre { white-space: pre-wrap; font-size: .8rem; }
footer, .gap { border-block-start: 1px solid; margin-block-start: 1.5rem; padding-block-start: .5rem; }
@media print { :root { color-scheme: light; font-size: 11pt; } body { max-width: none; padding: 0; } }
`;
