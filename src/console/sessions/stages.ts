import { html } from 'hono/html';
import type { Life } from '../../db/life.ts';
import type { SessionDetails } from '../../db/session-details.ts';
import type { Phase } from '../../domain/phases.ts';
import type { Html } from '../views/html.ts';
import { when } from '../views/pieces.ts';

const LABELS: readonly (readonly [Phase, string])[] = [
  ['open', 'Opened'],
  ['closed', 'Closed'],
  ['archived', 'Archived'],
  ['review', 'In review'],
  ['deleted', 'Deleted'],
];

/** The life of a session from left to right: what is behind it with its time, and where it stands. */
export function stageBar(life: Life, details: SessionDetails): Html {
  const times: Record<Phase, Date | null> = {
    open: life.openedAt,
    closed: life.closedAt,
    archived: life.archivedAt,
    // A session that went back to the archive has been in review, and is not now.
    review: life.phase === 'archived' ? null : (details.reviews.at(-1)?.opened_at ?? null),
    deleted: details.deletedAt,
  };
  return html`<ol class="stages" aria-label="Where the session stands">
    ${LABELS.map(([phase, label]) => {
      const at = times[phase];
      const current = life.phase === phase;
      return html`<li
        class="${current ? 'now' : at ? 'past' : 'ahead'}"
        ${current ? html`aria-current="step"` : ''}
      >
        <strong>${label}</strong> ${at ? when(at, life.timeZone) : html`<span class="muted">–</span>`}
      </li>`;
    })}
  </ol>`;
}
