import type { NextStep } from '../domain/next-step.ts';
import type { Speech } from './texts.ts';

/** One sentence for staff: where a session stands, what happens next and when (in UTC). */
export function nextStepText({ say }: Speech, next: NextStep): string {
  const date =
    next.at === null ? '' : `${new Date(next.at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  switch (next.step) {
    case 'close-if-idle':
      return say('next-close-if-idle', { date });
    case 'archive':
      return next.at ? say('next-archive', { date }) : say('next-archive-now');
    case 'open-review':
      return next.at ? say('next-open-review', { date }) : say('next-open-review-now');
    case 'end-review':
      return say('next-end-review', { round: next.round, date });
    case 'delete':
      return next.at ? say('next-delete', { date }) : say('next-delete-now');
    case 'wait':
      if (next.paused && !next.held) return say('next-paused');
      if (next.restricted) return say('next-restricted');
      return next.at === null ? say('next-held') : say('next-held-until', { date });
    case 'end':
      return say('next-end');
  }
}
