import { sql, type Insertable, type Kysely } from 'kysely';
import type { QueueStatus } from './status.ts';
import type { Tables } from './tables.ts';
import type { WaitingUpdateTable } from './waiting-tables.ts';

/** An update that was put by, as it lies in its row. */
export interface WaitingRow {
  readonly seq: number;
  readonly updateId: number;
  readonly sealed: Buffer;
}

/** Puts updates by, in this order. One that lies there already stays as it is. */
export async function insertWaiting(
  db: Kysely<Tables>,
  rows: readonly Insertable<WaitingUpdateTable>[],
): Promise<void> {
  await db
    .insertInto('waiting_update')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Up to `limit` of a bot's, in the order they came in. */
export async function listWaiting(
  db: Kysely<Tables>,
  { botId, after, limit }: { botId: number; after: number; limit: number },
): Promise<WaitingRow[]> {
  return db
    .selectFrom('waiting_update')
    .select(['seq', 'update_id as updateId', 'sealed'])
    .where('bot_id', '=', botId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function findWaiting(
  db: Kysely<Tables>,
  botId: number,
  updateId: number,
): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('waiting_update')
    .select('sealed')
    .where('bot_id', '=', botId)
    .where('update_id', '=', updateId)
    .executeTakeFirst();
  return row?.sealed;
}

/** Those that were handled, and whose process ended before it removed them. */
export async function listHandledWaiting(db: Kysely<Tables>, botId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('waiting_update as w')
    .innerJoin('inbox as i', (join) =>
      join.onRef('i.bot_id', '=', 'w.bot_id').onRef('i.update_id', '=', 'w.update_id'),
    )
    .select('w.update_id as updateId')
    .where('w.bot_id', '=', botId)
    .execute();
  return rows.map(({ updateId }) => updateId);
}

/** The batches of which these are the last. */
export async function batchesEndedBy(
  db: Kysely<Tables>,
  botId: number,
  updateIds: readonly number[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select batch_id as id from waiting_update
    where batch_id in (select batch_id from waiting_update
      where bot_id = ${botId} and update_id = any(${updateIds}::bigint[]))
    group by batch_id
    having bool_and(bot_id = ${botId} and update_id = any(${updateIds}::bigint[]))`.execute(db);
  return rows.map(({ id }) => id);
}

/** The batches in which something waits that was put by at this time or before. */
export async function batchesPutByUntil(db: Kysely<Tables>, at: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('waiting_update')
    .select('batch_id')
    .distinct()
    .where('put_by_at', '<=', at)
    .execute();
  return rows.map((row) => row.batch_id);
}

export async function deleteWaiting(
  db: Kysely<Tables>,
  botId: number,
  updateIds: readonly number[],
): Promise<void> {
  await sql`
    delete from waiting_update
    where bot_id = ${botId} and update_id = any(${updateIds}::bigint[])`.execute(db);
}

/** How many wait for their turn, of all bots, and since when. */
export async function waitingStatus(db: Kysely<Tables>): Promise<QueueStatus> {
  const { rows } = await sql<QueueStatus>`
    select count(*)::int as waiting, min(put_by_at) as "oldestAt" from waiting_update`.execute(db);
  return rows[0] ?? { waiting: 0, oldestAt: null };
}

/** What waits for bots that are none of these, and so is handled by nobody. */
export async function waitingOfOthers(
  db: Kysely<Tables>,
  botIds: readonly number[],
): Promise<{ botId: number; waiting: number }[]> {
  const { rows } = await sql<{ botId: number; waiting: number }>`
    select bot_id as "botId", count(*)::int as waiting from waiting_update
    where bot_id <> all(${botIds}::bigint[]) group by 1 order by 1`.execute(db);
  return rows;
}
