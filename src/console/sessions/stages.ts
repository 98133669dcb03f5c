import { html } from 'hono/html';
import type { Life } from '../../db/life.ts';
import type { SessionDetails } from '../../db/session-details.ts';
import type { Phase } from '../../domain/phases.ts';
import type { Html } from '../views/html.ts';
import { day, when } from '../views/pieces.ts';

const LABELS: readonly (readonly [Phase, string])[] = [
  ['open', 'Opened'],
  ['closed', 'Closed'],
  ['archived', 'Archived'],
  ['review', 'In review'],
  ['deleted', 'Deleted'],
];

/** The life of a session from left to right: what is behind it, where it stands, and what lies ahead and when. */
export function stageBar(life: Life, details: SessionDetails): Html {
  const ahead = datesAhead(life, details);
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
        <strong>${label}</strong>
        ${at ? when(at, life.timeZone) : (ahead[phase] ?? html`<span class="muted">–</span>`)}
      </li>`;
    })}
  </ol>`;
}

/** When each phase to come begins, as far as that is known: a hold or a decision can still change it. */
function datesAhead(life: Life, { reviews }: SessionDetails): Partial<Record<Phase, Html>> {
  const on = (words: string, at: Date | null | undefined) =>
    at ? { words: html`<span class="muted">${words} ${day(at, life.timeZone)}</span>` } : undefined;
  if (life.phase === 'deleted' || life.restrictedAt) return {};
  if (life.phase === 'review') {
    const round = reviews.at(-1);
    if (!round || round.ended !== null || round.on_silence !== 'delete' || life.holdEnds.length > 0)
      return {};
    const deleted = on('by silence', round.due_at);
    return deleted ? { deleted: deleted.words } : {};
  }
  const archived = life.phase === 'closed' && !life.spam ? on('by', life.archiveDueAt) : undefined;
  const review = life.phase === 'archived' ? on('on', life.keepUntil) : undefined;
  return { ...(archived && { archived: archived.words }), ...(review && { review: review.words }) };
}
