import { html } from 'hono/html';
import type { Kept, Overview } from '../../domain/overview.ts';
import { number } from '../views/amounts.ts';
import type { Html } from '../views/html.ts';

/** An archive after 24 hours, or an erasure after so many. */
export type Promised = 'archive' | '24' | '48';

/**
 * What was promised, and how much of it was kept.
 *
 * @param slower where those are listed that took longer
 */
export function promises(facts: Overview, slower: (than: Promised) => string | undefined): Html {
  return html`<ul class="gauges">
    ${gauge('Archived within 24 hours', facts.archivedInTime, 'the last 30 days', slower('archive'))}
    ${gauge('Erased within 24 hours', facts.erasedWithin24h, 'the last 90 days', slower('24'))}
    ${gauge('Erased within 48 hours', facts.erasedWithin48h, 'the last 90 days', slower('48'))}
  </ul>`;
}

/** @param lateAt where those are listed that took longer */
function gauge(label: string, { kept, of }: Kept, span: string, lateAt?: string): Html {
  const share = of === 0 ? null : kept / of;
  // 999 of 1,000 is not "100 %".
  const shown = share === null ? '–' : `${Math.floor(share * 1000) / 10} %`;
  return html`<li>
    <span class="figure">${shown}</span> ${label}
    ${share === null ? '' : html`<meter min="0" max="1" low="0.99" high="0.999" optimum="1" value="${share}" aria-label="${label}">${shown}</meter>`}
    <small
      >${
        of === 0
          ? `Nothing to measure in ${span}.`
          : html`${number(kept)} of ${number(of)} in
            ${span}${
              kept < of && lateAt ? html`; <a href="${lateAt}">${number(of - kept)} took longer</a>` : ''
            }`
      }</small
    >
  </li>`;
}
