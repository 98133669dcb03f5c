import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How each project stands, counted now and then: a page must not wait for a million rows to be counted. */
export const overview: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table overview (
        project_id text primary key references project,
        facts jsonb not null,
        counted_at timestamptz not null,
        -- How long it took; the next counting waits accordingly.
        took_ms int not null
      )`.execute(db);
    // The watchdog looks for deletions that began and did not end.
    await sql`
      create index session_deleting on session (deletion_began_at)
      where deletion_began_at is not null and phase <> 'deleted'`.execute(db);
    // The list of sessions, by date and by phase; without them a page of it sorts all of a project's sessions.
    await sql`create index session_list on session (project_id, opened_at desc, id desc)`.execute(db);
    await sql`create index session_list_of_phase on session (project_id, phase, opened_at desc, id desc)`.execute(
      db,
    );
    // Restricted sessions are few, and compliance looks for them alone.
    await sql`
      create index session_restricted on session (project_id, opened_at desc, id desc)
      where restricted_at is not null`.execute(db);
    // The queue of reviews reads all that run, and sorts them: from the index alone, without their rows.
    await sql`
      create index session_in_review on session (project_id) include (id, review_round, opened_at, keep_rule)
      where phase = 'review'`.execute(db);
    // What the page of a customer shows of their requests.
    await sql`create index erasure_subject on erasure (subject_id, received_at desc)`.execute(db);
    // The list of exports.
    await sql`create index export_of_project on export (project_id, requested_at desc, id desc)`.execute(db);
    // The pages of the audit log: newest first, of a project, of an action in it, of somebody in it.
    await sql`create index audit_of_project on audit_entry (project_id, seq desc)`.execute(db);
    await sql`create index audit_of_action on audit_entry (project_id, action, seq desc)`.execute(db);
    await sql`create index audit_of_actor on audit_entry (project_id, actor_id, seq desc)`.execute(db);
    // When each archive object was last compared with its manifest, and what was wrong with it then.
    await sql`
      alter table archive add column verified_at timestamptz,
        add column fault text check (fault in ('missing', 'exchanged', 'damaged'))`.execute(db);
    await sql`
      create index archive_compared on archive (coalesce(verified_at, written_at))
      where deleted_at is null and fault is null`.execute(db);
    await sql`create index archive_faulty on archive (session_id) where fault is not null`.execute(db);
    await sql`grant select, insert, update, delete on overview to retention_service`.execute(db);
  },
};
