import type { TableEntry } from './data-map.ts';

/** The cache of translations. */
export const TRANSLATIONS_TABLES: Readonly<Record<string, TableEntry>> = {
  translation: {
    rows: 'with the session',
    because:
      'Sealed with the keys of the text they translate; they go with the person’s part of the session.',
    columns: {
      'opaque id': 'message_id session_id subject_id',
      'sealed text': 'sealed',
      'message id': 'staff_message_id telegram_message_id',
      nobody: 'revision language translator made_at',
    },
  },
};
