import { html } from 'hono/html';
import type { PublicPage, View } from '../page.ts';
import { submit } from './fields.ts';
import type { Content, Html } from './html.ts';

/**
 * The page before an act that cannot be taken back: what will happen, to what, and two ways out of which the
 * harmless one comes first for the keyboard.
 */
export function confirmPage(
  page: PublicPage,
  question: {
    readonly title: string;
    /** What will happen, in a sentence or two. */
    readonly explain: Content;
    readonly to: string;
    /** What the button says: the act itself, never "OK". */
    readonly button: string;
    readonly back: string;
    readonly danger?: boolean;
    /** Fields that go along, such as a reason. */
    readonly fields?: Html;
    readonly crumbs?: View['crumbs'];
  },
): Promise<Response> {
  const { title, explain, to, button, back, danger = true, fields, crumbs } = question;
  const body = page.postForm({
    to,
    body: html`<p>${explain}</p>
      ${fields ?? ''}
      <p class="buttons">
        <a class="button plain" href="${back}">Go back, change nothing</a>
        ${submit(button, danger ? 'danger' : 'main')}
      </p>`,
  });
  return page.html({ title, body, ...(crumbs && { crumbs }) });
}
