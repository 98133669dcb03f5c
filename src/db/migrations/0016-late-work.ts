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
    await sql`create index review_opened on review (opened_at)`.execute(db);
    await sql`create index review_ended on review (ended_at) where ended is not null`.execute(db);
  },
};
