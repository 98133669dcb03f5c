import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Updates that were fetched and wait for their turn, so that they hold up no other at Telegram. */
export const waitingUpdates: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table waiting_update (
        bot_id bigint not null,
        update_id bigint not null,
        -- The order they came in: their numbers may start lower after an idle week.
        seq bigint generated always as identity,
        -- Those put by together are sealed under one key, which is destroyed with the last of them.
        batch_id uuid not null,
        sealed bytea not null,
        put_by_at timestamptz not null,
        primary key (bot_id, update_id)
      )`.execute(db);
    await sql`create index waiting_update_in_order on waiting_update (bot_id, seq)`.execute(db);
    await sql`create index waiting_update_batch on waiting_update (batch_id)`.execute(db);
    await sql`grant select, insert, delete on waiting_update to retention_service`.execute(db);
  },
};
