import { html } from 'hono/html';
import type { PublicPage, View } from '../page.ts';
import { problems, submit, type FormState } from './fields.ts';
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
    /** What is wrong with those fields, where they were sent. */
    readonly state?: FormState;
    readonly crumbs?: View['crumbs'];
  },
): Promise<Response> {
  const { title, explain, to, button, back, danger = true, fields, state, crumbs } = question;
  const wrong = state !== undefined && Object.keys(state.errors).length > 0;
  const form = page.postForm({
    to,
    body: html`<p>${explain}</p>
      ${fields ?? ''}
      <p class="buttons">
        <a class="button plain" href="${back}">Go back, change nothing</a>
        ${submit(button, danger ? 'danger' : 'main')}
      </p>`,
  });
  const body = html`${state ? problems(state) : ''} ${form}`;
  return page.html({ title, body, ...(crumbs && { crumbs }) }, wrong ? 422 : 200);
}
