import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What single messages may hold: without it every message of a found session is opened. */
export const termFilters: Migration = {
  async up(db: Kysely<unknown>) {
    // Absent where a message was stored before, or edited: then it is opened.
    await sql`alter table message add term_filter bytea`.execute(db);
  },
};
