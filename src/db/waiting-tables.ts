import type { GeneratedAlways } from 'kysely';

/** An update that was confirmed to Telegram and is not handled yet. */
export interface WaitingUpdateTable {
  bot_id: number;
  update_id: number;
  seq: GeneratedAlways<number>;
  batch_id: string;
  sealed: Buffer;
  put_by_at: Date;
}

/** What waits for its turn. */
export interface WaitingTables {
  waiting_update: WaitingUpdateTable;
}
