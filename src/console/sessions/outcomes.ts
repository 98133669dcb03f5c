import type { ReviewEnd } from '../../domain/review.ts';

/** How a round of review ended, in words. */
export const OUTCOMES: Readonly<Record<ReviewEnd, string>> = {
  approve: 'deletion approved',
  extend: 'kept longer',
  relabel: 'relabelled',
  hold: 'put on hold',
  'silence-delete': 'deleted, as nobody decided',
  'silence-hold': 'put on hold, as nobody decided',
  interrupted: 'cut short by a hold',
};
