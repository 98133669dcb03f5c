import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Digests, reminders and quiet hours of those who decide. */
export const supervision: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table review add column approved_by text, add column approved_at timestamptz,
        add check ((approved_by is null) = (approved_at is null))`.execute(db);
    await sql`
      create table review_reminder (
        session_id uuid not null,
        round int not null,
        hours int not null,
        queued_at timestamptz not null,
        primary key (session_id, round, hours),
        foreign key (session_id, round) references review on delete cascade
      )`.execute(db);
    await sql`
      create table review_bulk (
        id uuid primary key,
        project_id text not null references project,
        rule text not null,
        rounds jsonb not null,
        asked_by text not null,
        asked_at timestamptz not null
      )`.execute(db);
    await sql`
      create table digest (
        project_id text not null references project,
        day text not null,
        queued_at timestamptz not null,
        primary key (project_id, day)
      )`.execute(db);
    await sql`
      create table alarm (
        id bigint generated always as identity primary key,
        kind text not null,
        about text not null,
        since timestamptz not null,
        told_at timestamptz not null,
        cleared_at timestamptz
      )`.execute(db);
    await sql`create unique index alarm_lasting on alarm (kind, about) where cleared_at is null`.execute(db);
    await sql`
      create table store_health (
        store text primary key,
        failing_since timestamptz,
        checked_at timestamptz not null
      )`.execute(db);
    // A stream of its own: a digest that waits for the morning holds up no alarm.
    await sql`
      alter table delivery drop constraint delivery_target_check,
        add constraint delivery_target_check
          check (target in ('customer', 'staff', 'supervisors', 'digest'))`.execute(db);
    await sql`
      grant select, insert, update, delete on review_reminder, review_bulk, digest, alarm, store_health
      to retention_service`.execute(db);
  },
};
