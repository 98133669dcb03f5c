import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Translations that were made, sealed, and where they were shown. */
export const translations: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table translation (
        -- Live or archived: no row of the message may be left.
        message_id uuid not null,
        revision int not null,
        language text not null,
        session_id uuid not null,
        subject_id uuid not null,
        sealed bytea not null,
        translator text not null,
        staff_message_id bigint,
        telegram_message_id bigint,
        made_at timestamptz not null,
        primary key (message_id, revision, language),
        -- Goes with the person's part of the session, whatever removes that.
        foreign key (session_id, subject_id) references participant on delete cascade
      )`.execute(db);
    await sql`create index translation_session on translation (session_id, subject_id)`.execute(db);
    // A stream of its own: a translation that takes its time holds up no message.
    await sql`
      alter table delivery drop constraint delivery_target_check,
        add constraint delivery_target_check
          check (target in ('customer', 'staff', 'supervisors', 'digest', 'translation'))`.execute(db);
    await sql`grant select, insert, update, delete on translation to retention_service`.execute(db);
  },
};
