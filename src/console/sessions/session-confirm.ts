import { html } from 'hono/html';
import type { TagPreview } from '../../acts/tag-preview.ts';
import type { Life } from '../../db/life.ts';
import type { ProjectPage } from '../page.ts';
import { confirmPage } from '../views/confirm.ts';
import { freshForm, hidden, textField } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { when } from '../views/pieces.ts';

/** The way to the page of a session. */
export function crumbsOf(page: ProjectPage, { sessionId }: Pick<Life, 'sessionId'>) {
  return [
    ['Sessions', page.at('/sessions')],
    [sessionId.slice(0, 8), page.at(`/sessions/${sessionId}`)],
  ] as const;
}

/** What a change of a tag would do to the date, before anything is saved. */
export function tagPreviewPage(
  page: ProjectPage,
  life: Life,
  { preview, change }: { preview: TagPreview; change: 'add' | 'remove' },
): Promise<Response> {
  const { tag } = preview;
  const here = page.at(`/sessions/${life.sessionId}`);
  const verb = change === 'add' ? 'Add the tag' : 'Take off the tag';
  return confirmPage(page, {
    title: `${verb} ${tag}`,
    explain: dateWords(page, life, { preview, change }),
    to: `${here}/tag`,
    button: `${verb} ${tag}`,
    back: here,
    danger: false,
    fields: html`${hidden('tag', tag)}${hidden('change', change)}`,
    crumbs: crumbsOf(page, life),
  });
}

function dateWords(
  page: ProjectPage,
  { phase }: Life,
  { preview, change }: { preview: TagPreview; change: 'add' | 'remove' },
): Html {
  const { tag, before, after } = preview;
  const on = (instant: Date) => html`<strong>${when(instant, page.project.timeZone)}</strong>`;
  const spam =
    tag === 'spam' && change === 'add' && phase === 'open'
      ? html` The session is closed at once, and skips the archive.`
      : '';
  if (!after)
    return html`The session is open: it has no date before it is closed. The tag counts from then on.${spam}`;
  if (before?.keepUntil.getTime() === after.keepUntil.getTime())
    return html`The date stays: kept until ${on(after.keepUntil)}, by ${after.decidedBy}.${spam}`;
  const now = before ? html` Now it is kept until ${on(before.keepUntil)}, by ${before.decidedBy}.` : '';
  const earlier =
    before && after.keepUntil < before.keepUntil ? html` It will be deleted <strong>earlier</strong>.` : '';
  return html`It will be kept until ${on(after.keepUntil)}, by ${after.decidedBy}.${now}${earlier}${spam}`;
}

/** Before the holds of a session are released. */
export function releasePage(page: ProjectPage, life: Life): Promise<Response> {
  const here = page.at(`/sessions/${life.sessionId}`);
  return confirmPage(page, {
    title: 'Release the holds of this session',
    explain: html`Once they are released, the rules go on where they stood: a session whose time is over comes
    into review, with a full window. A second person has to approve first, unless the project is a demo.`,
    to: `${here}/release`,
    button: 'Ask for the release',
    back: here,
    fields: textField(freshForm(), {
      name: 'releaseReason',
      label: 'Reason, for the second person',
      hint: 'It is stored in clear, so without names.',
      required: false,
      maxlength: 200,
    }),
    crumbs: crumbsOf(page, life),
  });
}
