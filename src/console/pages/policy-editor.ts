import { html } from 'hono/html';
import type { Finding } from '../../domain/policy-document.ts';
import type { ProjectPage } from '../page.ts';
import { hidden, problems, submit, textArea, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { notice } from '../views/pieces.ts';

/** What a check of the text has found. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly good: boolean;
}

/** The page on which a policy is written. */
export function editor(page: ProjectPage, state: FormState, checked?: Checked): Promise<Response> {
  const bad = Object.keys(state.errors).length > 0 || checked?.good === false;
  return page.html(
    {
      title: 'Change the policy',
      lead: 'Write it, check it, and see what it would change. Nothing changes before you apply it.',
      crumbs: [['Policy', page.at('/policies')]],
      body: html`${problems(state)}
        <div data-check="${page.at('/policies/check')}">
          ${page.postForm({
            to: page.at('/policies/plan'),
            label: 'The policy',
            body: html`${hidden('base', state.values['base'] ?? '')}
              ${textArea(state, {
                ...{ name: 'text', label: 'The policy in YAML', rows: 28, spellcheck: false, required: true },
                hint: 'Periods are ISO 8601: P12M, P7D, PT24H. Comments are not kept.',
              })}
              <div id="findings" class="findings" role="status">${checked ? result(checked) : ''}</div>
              <p class="buttons">
                <button type="submit" class="plain" formaction="${page.at('/policies/check')}">Check</button>
                ${submit('See what it would change')}
              </p>`,
          })}
        </div>`,
    },
    bad ? 422 : 200,
  );
}

function result({ findings, good }: Checked): Html {
  return html`<p>${good ? 'It can be applied.' : 'It cannot be applied yet.'}</p>
    ${findingList(findings)}`;
}

/** Findings with their places; the script of the page makes the same from what it is told. */
export function findingList(findings: readonly Finding[]): Html | '' {
  if (findings.length === 0) return '';
  return html`<ul>
    ${findings.map(
      ({ severity, line, column, ...rest }) =>
        html`<li class="${severity}">
          <code>${line}:${column}</code> ${severity === 'error' ? '' : `${severity}: `}${findingText(rest)}
        </li>`,
    )}
  </ul>`;
}

/** What is wrong, and what to write instead. */
export function findingText({ path, message, mend }: Pick<Finding, 'path' | 'message' | 'mend'>): string {
  return `${path && `${path}: `}${message}. ${mend}${mend.endsWith('?') ? '' : '.'}`;
}

/** Warnings of a policy that can be applied nevertheless. */
export function warnings(findings: readonly Finding[]): Html | '' {
  return findings.length === 0
    ? ''
    : notice('info', html`<div class="findings">${findingList(findings)}</div>`);
}
