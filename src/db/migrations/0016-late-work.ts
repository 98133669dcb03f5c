import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What was done since an instant, and what of it was late, without reading all sessions that there ever were. */
export const lateWork: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create index session_archived_late on session (project_id, archived_at)
      where archived_at > archive_due_at`.execute(db);
    await sql`
      create index session_deleted on session (project_id, deleted_at)
      where deleted_at is not null`.execute(db);
    // When it should have been opened; absent for later rounds, which follow a hold or a decision.
    await sql`alter table review add column opening_due_at timestamptz`.execute(db);
    await sql`
      update review r set opening_due_at = greatest(s.keep_until, s.archived_at) from session s
      where s.id = r.session_id and r.round = 1 and s.extended_until is null and s.keep_until <= r.opened_at`.execute(
      db,
    );
    await sql`create index review_opened on review (opened_at)`.execute(db);
    await sql`
      create index review_opened_late on review (opened_at)
      where opened_at - opening_due_at > interval '1 hour'`.execute(db);
    await sql`create index review_ended on review (ended_at) where ended is not null`.execute(db);
  },
};
