import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The blind index over what sessions say, saved searches, and how far an index made anew has come. */
export const search: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table search_index (
        session_id uuid not null,
        subject_id uuid not null,
        -- Keyed hashes of words and their stems, in order.
        terms int4[] not null,
        -- Goes with the person's part of the session, whatever removes that.
        foreign key (session_id, subject_id) references participant on delete cascade
      )`.execute(db);
    // No key of its own: nothing names a row, and what messages bring is merged a few rows at a time.
    await sql`create index search_index_session on search_index (session_id)`.execute(db);
    // A short list of pending entries: whoever fills it empties it, and that is somebody's message.
    await sql`
      create index search_index_terms on search_index using gin (terms) with (gin_pending_list_limit = 256)`.execute(
      db,
    );
    await sql`create index session_opened on session (opened_at desc, id desc)`.execute(db);
    await sql`create index session_tag_tag on session_tag (tag, session_id)`.execute(db);
    await sql`
      create table saved_search (
        id uuid primary key,
        owner text not null,
        name text not null,
        query_sealed bytea not null,
        created_at timestamptz not null,
        unique (owner, name)
      )`.execute(db);
    await sql`
      create table search_rebuild (
        project_id text primary key references project,
        -- The last session that was indexed anew, in the order of their ids.
        cursor uuid,
        sessions int not null,
        done int not null default 0,
        started_at timestamptz not null,
        finished_at timestamptz
      )`.execute(db);
    await sql`
      grant select, insert, update, delete on search_index, saved_search, search_rebuild
      to retention_service`.execute(db);
  },
};
