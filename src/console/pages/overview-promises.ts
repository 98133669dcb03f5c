import { html } from 'hono/html';
import type { Kept, Overview } from '../../domain/overview.ts';
import { number } from '../views/amounts.ts';
import { leading } from '../views/pieces.ts';
import type { Html } from '../views/html.ts';

/** An archive within 24 hours, or an erasure within so many. */
export type Promised = 'archive' | '24' | '48';
/** Where those are listed that were done, and of them those that took longer. */
export interface PromiseLists {
  readonly done?: string | undefined;
  readonly late?: string | undefined;
}

/**
 * What was promised, and how much of it was kept.
 *
 * @param lists where a promise's work is listed, for whoever may go there
 */
export function promises(facts: Overview, lists: (promise: Promised) => PromiseLists): Html {
  return html`<ul class="gauges">
    ${gauge('Archived within 24 hours', facts.archivedInTime, 'the last 30 days', lists('archive'))}
    ${gauge('Erased within 24 hours', facts.erasedWithin24h, 'the last 90 days', lists('24'))}
    ${gauge('Erased within 48 hours', facts.erasedWithin48h, 'the last 90 days', lists('48'))}
  </ul>`;
}

function gauge(label: string, { kept, of }: Kept, span: string, lists: PromiseLists): Html {
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
          : html`${number(kept)} of ${leading(number(of), lists.done)} in
            ${span}${kept < of ? html`; ${leading(`${number(of - kept)} took longer`, lists.late)}` : ''}`
      }</small
    >
  </li>`;
}
