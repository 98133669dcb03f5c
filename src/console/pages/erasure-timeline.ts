import { html } from 'hono/html';
import type { Erasure } from '../../db/erasures.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { when } from '../views/pieces.ts';

/** The steps of an erasure in their order, with the time of each that is done. */
export function erasureTimeline(page: ProjectPage, erasure: Erasure): Html {
  const now = erasure.confirmed_at ? stepsOf(erasure).findIndex(({ at }) => at === null) : -1;
  return html`<ol class="timeline">
    ${stepsOf(erasure).map(
      ({ words, at, ended }, place) =>
        html`<li
          class="${at ? (ended ? 'ended' : 'done') : ''}"
          ${place === now ? html`aria-current="step"` : ''}
        >
          <strong>${words}</strong>
          ${at ? when(at, page.project.timeZone) : html`<span class="muted">${place === now ? 'under way' : 'not yet'}</span>`}
        </li>`,
    )}
  </ol>`;
}

interface Step {
  readonly words: string;
  readonly at: Date | null;
  /** The request ended here without an erasure. */
  readonly ended?: boolean;
}

const ENDINGS: Partial<Record<Erasure['state'], string>> = {
  refused: 'Refused',
  expired: 'Expired: nobody confirmed it',
  withdrawn: 'Withdrawn by the customer',
};

function stepsOf(erasure: Erasure): Step[] {
  const { received_at, extended_at, confirmed_at, resumed_at, completed_at } = erasure;
  const begun: Step[] = [
    { words: 'Received', at: received_at },
    ...(extended_at ? [{ words: 'Legal deadline moved', at: extended_at }] : []),
  ];
  const ending = ENDINGS[erasure.state];
  if (ending) return [...begun, { words: ending, at: completed_at, ended: true }];
  return [
    ...begun,
    { words: 'Confirmed, and hidden from everybody', at: confirmed_at },
    // What a hold or a law kept goes through the same steps once that has ended.
    ...(resumed_at ? [{ words: 'What had to stay goes now', at: resumed_at }] : []),
    { words: 'Keys destroyed: nothing can be read any more', at: erasure.keys_destroyed_at },
    { words: 'Objects and rows removed', at: erasure.removed_at },
    { words: 'Every store read back', at: erasure.verified_at },
    { words: 'Receipt on its way to the customer', at: erasure.receipt_queued_at },
    {
      words: erasure.state === 'restricted' ? 'Completed, but for what has to stay' : 'Completed',
      at: erasure.state === 'confirmed' ? null : completed_at,
    },
  ];
}
