import type { TableEntry } from './data-map.ts';

/** What waits for its turn. */
export const WAITING_TABLES: Readonly<Record<string, TableEntry>> = {
  waiting_update: {
    rows: 'once handled',
    because:
      'What somebody wrote a moment ago, put by because much waits before it: as at Telegram, nobody has read yet whose it is. ' +
      'It goes within a second of being handled. What was written before an erasure and is handled after it is a new session, about which the person is asked. ' +
      'Its key is destroyed with the last of those sealed together. Where the bot does not run it stays, and an alarm says so.',
    columns: { 'opaque id': 'batch_id', 'sealed text': 'sealed', nobody: 'bot_id update_id seq put_by_at' },
  },
};
