import type { TableEntry } from './data-map.ts';

/** What sessions are found by, and searches that staff keep. */
export const SEARCH_TABLES: Readonly<Record<string, TableEntry>> = {
  saved_search: {
    rows: 'kept',
    because:
      'A query that staff wrote, sealed under a key of its own; it is theirs to remove. One that names an erased person goes with them.',
    columns: {
      'opaque id': 'id',
      'words of staff': 'name query_sealed',
      staff: 'owner',
      nobody: 'created_at',
    },
  },
  search_index: {
    rows: 'with the session',
    because: 'Keyed hashes of words; they go with the person’s part of the session.',
    columns: { 'opaque id': 'session_id subject_id', 'keyed pseudonym': 'terms', nobody: 'opened_at' },
  },
  search_rebuild: {
    rows: 'kept',
    because: 'How far an index made anew has come.',
    columns: { 'opaque id': 'cursor', nobody: 'project_id sessions done started_at finished_at' },
  },
};
