import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** An update as the inbox remembers it: that it came and what became of it, not what was in it. */
export interface InboxRow {
  readonly botId: number;
  readonly updateId: number;
  readonly kind: string;
  readonly outcome: string;
  readonly now: Date;
}

/** Records an update as handled; `false` if it was before. */
export async function recordUpdate(tx: Kysely<Tables>, row: InboxRow): Promise<boolean> {
  const inserted = await tx
    .insertInto('inbox')
    .values({
      bot_id: row.botId,
      update_id: row.updateId,
      kind: row.kind,
      outcome: row.outcome,
      received_at: row.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Whether an update was handled before. */
export async function wasHandled(db: Kysely<Tables>, botId: number, updateId: number): Promise<boolean> {
  const row = await db
    .selectFrom('inbox')
    .select('bot_id')
    .where('bot_id', '=', botId)
    .where('update_id', '=', updateId)
    .executeTakeFirst();
  return row !== undefined;
}
