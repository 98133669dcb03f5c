import { html } from 'hono/html';
import { z } from 'zod';
import { languageTag } from '../../domain/languages.ts';
import { ATTACHMENT_KINDS, SESSION_KINDS } from '../../domain/messages.ts';
import { PHASES } from '../../domain/phases.ts';
import { tagName } from '../../domain/rules.ts';
import { selectField, textField, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';

/** What the audit keeps of a reading: a word or a ticket number, since it holds no free text. */
export const auditReason = z
  .string({ error: 'Say why: a word or a ticket number, which the audit keeps.' })
  .regex(/^[A-Za-z0-9._#-]{1,40}$/, 'Letters, digits and . _ # - only, 40 at most. Example: TICKET-4711');

const person = z
  .string()
  .regex(
    /^(\d{1,15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
    'A Telegram id, or the id of a customer.',
  );
const day = z.iso.date('A day such as 2026-01-31.');

/**
 * The fields of a search; together they are one query in the language of docs/search.md. Their names are not those
 * of the filters of the list, which stands on the same page.
 */
export const searchFields = {
  q: z.string().max(1000, 'A query has 1,000 characters at most.').optional(),
  without: z.string().max(200).optional(),
  customer: person.optional(),
  agent: person.optional(),
  tagged: tagName.optional(),
  standing: z.enum(PHASES).optional(),
  chat: z.enum(SESSION_KINDS).optional(),
  file: z.enum(['attachment', ...ATTACHMENT_KINDS]).optional(),
  language: languageTag.optional(),
  since: day.optional(),
  until: day.optional(),
};
type Fields = Partial<Record<keyof typeof searchFields, string | undefined>>;

/** What each plain field is called in a query. */
const DIMENSION = {
  customer: 'user',
  agent: 'agent',
  tagged: 'tag',
  standing: 'phase',
  chat: 'kind',
  file: 'has',
  language: 'lang',
  since: 'from',
  until: 'to',
} as const;

/** The query that the fields come to: all that is named has to be met. Empty where nothing is named. */
export function queryOf(fields: Fields): string {
  const named = Object.entries(DIMENSION).flatMap(([field, dimension]) => {
    const value = fields[field as keyof typeof DIMENSION];
    return value ? [`${dimension}:${value}`] : [];
  });
  const excluded = (fields.without?.split(/\s+/) ?? []).map((word) => word.replaceAll('"', ''));
  const pieces = [...named, ...excluded.filter(Boolean).map((word) => `-"${word}"`)];
  const words = fields.q?.trim();
  if (!words) return pieces.join(' ');
  // What is written with OR belongs together, whatever the other fields add.
  return [pieces.length > 0 && /\sOR\s/.test(words) ? `(${words})` : words, ...pieces].join(' ');
}

const DIMENSIONS_ALONE =
  /^(?:-?(?:user|agent|tag|phase|kind|has|lang|from|to):(?:"[^"]*"|[^\s()"]+)(?:\s+|$))+$/;

/** Whether a query has no words, so that answering it opens nothing of what anybody wrote. */
export function asksForNoWords(query: string): boolean {
  return DIMENSIONS_ALONE.test(query);
}

/** Whether a query asks by nothing but what names no person: it may stand in an address. */
export function namesNobody(query: string): boolean {
  return asksForNoWords(query) && !/(?:^|\s)-?(?:user|agent):/.test(query);
}

/** The one field, and the plain ones behind it. */
export function searchInputs(state: FormState, options: { readonly open?: boolean } = {}): Html {
  const { values, errors } = state;
  const more = Object.keys(searchFields).filter((name) => name !== 'q');
  const inUse = options.open ?? more.some((name) => values[name] !== undefined || errors[name] !== undefined);
  const any = ['', 'any'] as const;
  const choices = (list: readonly string[]) => [any, ...list.map((one) => [one, one] as const)];
  return html`${textField(state, {
      name: 'q',
      label: 'Search for',
      type: 'search',
      hint: 'Words (all of them), "a phrase", -without, late OR lost, tag:refund, user:123456789, from:2026-01-31',
      autocomplete: 'off',
      maxlength: 1000,
    })}
    <details class="more" ${inUse ? 'open' : ''}>
      <summary>More fields</summary>
      <div class="grid">
        ${textField(state, { name: 'without', label: 'Without these words', autocomplete: 'off' })}
        ${textField(state, { name: 'customer', label: 'Customer', placeholder: 'Telegram id or customer id' })}
        ${textField(state, { name: 'agent', label: 'Answered by', placeholder: 'Telegram id or staff id' })}
        ${textField(state, { name: 'tagged', label: 'Tag', placeholder: 'refund' })}
        ${selectField(state, { name: 'standing', label: 'Phase', options: choices(PHASES) })}
        ${textField(state, { name: 'since', label: 'Active on or after', type: 'date' })}
        ${textField(state, { name: 'until', label: 'Active on or before', type: 'date' })}
        ${selectField(state, { name: 'chat', label: 'Chat', options: choices(SESSION_KINDS) })}
        ${selectField(state, {
          name: 'file',
          label: 'With a file',
          options: [
            any,
            ['attachment', 'any file'],
            ...ATTACHMENT_KINDS.map((one) => [one, one.replaceAll('_', ' ')] as const),
          ],
        })}
        ${textField(state, { name: 'language', label: 'Language', placeholder: 'pt-br' })}
      </div>
    </details>`;
}

/** Why something is read. `required` is left out where only what is asked for tells whether a reason is needed. */
export function reasonField(
  state: FormState,
  look: { readonly required?: true; readonly label?: string; readonly hint?: string } = { required: true },
): Html {
  return textField(state, {
    name: 'reason',
    label: look.label ?? 'Reason for reading',
    hint:
      look.hint ?? 'A word or a ticket number. The audit keeps it with your name; without customers’ names.',
    placeholder: 'TICKET-4711',
    maxlength: 40,
    ...(look.required && { required: true }),
  });
}
