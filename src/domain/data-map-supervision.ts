import type { TableEntry } from './data-map.ts';

/** Digests, reminders and quiet hours of those who decide. */
export const SUPERVISION_TABLES: Readonly<Record<string, TableEntry>> = {
  review_reminder: {
    rows: 'kept',
    because: 'That supervisors were reminded of a review, and of which.',
    columns: { 'opaque id': 'session_id', nobody: 'round hours queued_at' },
  },
  review_bulk: {
    rows: 'kept',
    because: 'What somebody was shown before they approved many deletions at once.',
    columns: { 'opaque id': 'id rounds', staff: 'asked_by', nobody: 'project_id rule asked_at' },
  },
  digest: {
    rows: 'kept',
    because: 'On which days supervisors were told how many reviews wait.',
    columns: { nobody: 'project_id day queued_at' },
  },
  alarm: {
    rows: 'kept',
    because: 'What people were called for, from when to when; an erasure by its opaque id.',
    columns: { nobody: 'id kind since told_at cleared_at', 'opaque id': 'about' },
  },
  store_health: {
    rows: 'kept',
    because: 'Since when a store cannot be reached.',
    columns: { nobody: 'store failing_since checked_at' },
  },
};
