import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Telegram numbers updates from 1, so this place in the inbox is free for the bot's own mark. */
const MARK = -1;

/** When a bot last asked for updates, as far as it left a mark; otherwise when one last came in. */
export async function lastPolled(tx: Transaction<Tables>, botId: number): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select coalesce(
      (select received_at from inbox where bot_id = ${botId} and update_id = ${MARK}),
      (select max(received_at) from inbox where bot_id = ${botId})) as at`.execute(tx);
  return rows[0]?.at ?? undefined;
}

/** Marks that a bot has asked for updates. */
export async function markPolled(db: Kysely<Tables>, botId: number, now: Date): Promise<void> {
  await sql`
    insert into inbox (bot_id, update_id, kind, outcome, received_at)
    values (${botId}, ${MARK}, 'mark', 'polled', ${now})
    on conflict (bot_id, update_id) do update set received_at = excluded.received_at`.execute(db);
}
