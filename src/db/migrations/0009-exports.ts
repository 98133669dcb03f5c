import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Exports, their parts and their schedules. */
export const exportRuns: Migration = {
  async up(db: Kysely<unknown>) {
    await schedules(db);
    await exportsTable(db);
    await contents(db);
    await sql`
      grant select, insert, update, delete on export_schedule, export, export_session, export_subject, export_object
      to retention_service`.execute(db);
  },
};

async function schedules(db: Kysely<unknown>) {
  await sql`
    create table export_schedule (
      id uuid primary key,
      project_id text not null references project,
      requester_kind text not null,
      requester_id text not null,
      reason text not null,
      format text not null,
      zipped boolean not null,
      -- Query and scrub rules: a query may name a person.
      criteria_sealed bytea,
      destination text,
      keep_days int not null,
      -- Five fields, in the project's time zone.
      cron text not null,
      time_zone text not null,
      created_at timestamptz not null,
      -- Up to where the last run reached: the next one begins there.
      covered_until timestamptz not null,
      removed_at timestamptz,
      -- When Temporal was told of the row as it is now; null while it was not.
      told_at timestamptz
    )`.execute(db);
}

async function exportsTable(db: Kysely<unknown>) {
  await sql`
    create table export (
      id uuid primary key,
      project_id text not null references project,
      schedule_id uuid references export_schedule,
      requester_kind text not null,
      requester_id text not null,
      reason text not null,
      format text not null,
      zipped boolean not null,
      criteria_sealed bytea,
      destination text,
      store text,
      -- Sessions active in this span alone, for the run of a schedule.
      active_after timestamptz,
      active_until timestamptz,
      state text not null check (state in ('requested', 'planned', 'written', 'done', 'removing', 'removed')),
      -- Why it is removed: it failed, was cancelled or removed by hand, expired, somebody in it is erased, or a session
      -- of it is deleted.
      ending text check (ending in ('failed', 'cancelled', 'removed', 'expired', 'erasure', 'deletion')),
      failure text,
      plan_page text,
      attempt int not null default 0,
      sessions int not null default 0,
      held_back int not null default 0,
      done_sessions int not null default 0,
      messages int not null default 0,
      bytes bigint not null default 0,
      keep_days int not null,
      requested_at timestamptz not null,
      finished_at timestamptz,
      expires_at timestamptz not null,
      removed_at timestamptz,
      told_at timestamptz
    )`.execute(db);
  await sql`create index export_untold on export (told_at) where told_at is null`.execute(db);
  await sql`create index export_due on export (expires_at) where removed_at is null`.execute(db);
}

async function contents(db: Kysely<unknown>) {
  await sql`
    create table export_session (
      export_id uuid not null references export,
      session_id uuid not null references session on delete cascade,
      position int not null,
      -- Sessions that are written as one piece, such as a person's in one chat.
      unit int,
      primary key (export_id, session_id)
    )`.execute(db);
  await sql`create index export_session_session on export_session (session_id)`.execute(db);
  await sql`create index export_session_unit on export_session (export_id, unit, position)`.execute(db);
  await sql`
    create table export_subject (
      export_id uuid not null references export,
      subject_id uuid not null references subject on delete cascade,
      primary key (export_id, subject_id)
    )`.execute(db);
  await sql`create index export_subject_subject on export_subject (subject_id)`.execute(db);
  await sql`
    create table export_object (
      export_id uuid not null references export,
      kind text not null check (kind in ('part', 'file')),
      number int not null,
      store text not null,
      object_name text not null,
      generation text not null,
      -- The name of the file within the export.
      path text not null,
      size_bytes bigint not null,
      content_sha256 text not null,
      -- A part reaches up to this unit, and holds so much.
      last_unit int,
      sessions int not null default 0,
      messages int not null default 0,
      removed_at timestamptz,
      primary key (export_id, kind, number)
    )`.execute(db);
}
