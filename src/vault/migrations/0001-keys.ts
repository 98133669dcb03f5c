import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const keys: Migration = {
  // Kysely<unknown>, so that the migration stays as it is when the table types move on.
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table key_encryption_key (
        id text primary key,
        provider text not null,
        created_at timestamptz not null default now(),
        retired_at timestamptz
      )`.execute(db);
    await sql`
      create table data_key (
        id uuid primary key,
        session_id uuid,
        subject_id uuid not null,
        kek_id text not null references key_encryption_key,
        wrapped bytea not null,
        created_at timestamptz not null default now(),
        unique nulls not distinct (session_id, subject_id)
      )`.execute(db);
    await sql`create index data_key_subject on data_key (subject_id)`.execute(db);
    await sql`create index data_key_kek on data_key (kek_id)`.execute(db);
    await sql`
      create table destroyed_key (
        id uuid primary key,
        session_id uuid,
        subject_id uuid not null,
        destroyed_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index destroyed_key_scope on destroyed_key (session_id, subject_id)`.execute(db);
  },
};
