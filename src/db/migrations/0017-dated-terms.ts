import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When the session of a row of the index was opened: those that hold a word are sorted without their sessions. */
export const datedTerms: Migration = {
  async up(db: Kysely<unknown>) {
    // Absent where a row was written before; then the session tells.
    await sql`alter table search_index add column opened_at timestamptz`.execute(db);
  },
};
