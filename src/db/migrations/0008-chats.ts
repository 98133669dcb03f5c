import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Group chats with customers, and business connections. */
export const chats: Migration = {
  async up(db: Kysely<unknown>) {
    await places(db);
    await sessions(db);
    await sql`
      grant select, insert, update, delete on group_chat, business_connection, sent_poll, relay_byline to retention_service`.execute(
      db,
    );
  },
};

async function places(db: Kysely<unknown>) {
  await sql`
    create table group_chat (
      id uuid primary key,
      project_id text not null references project,
      -- Another one once the group has become a supergroup.
      telegram_chat_id bigint not null,
      -- The version of the privacy notice it was shown.
      notice_version text,
      joined_at timestamptz not null,
      left_at timestamptz,
      unique (project_id, telegram_chat_id)
    )`.execute(db);
  await sql`
    create table business_connection (
      id uuid primary key,
      project_id text not null references project,
      telegram_id text not null,
      -- Whose account it is: one of the staff, never a customer.
      owner_telegram_id bigint not null,
      enabled boolean not null,
      can_reply boolean not null,
      rights text[] not null,
      connected_at timestamptz not null,
      changed_at timestamptz not null,
      unique (project_id, telegram_id)
    )`.execute(db);
}

async function sessions(db: Kysely<unknown>) {
  await sql`
    alter table session
      add column group_chat_id uuid references group_chat,
      add column business_connection_id uuid references business_connection`.execute(db);
  await sql`create unique index session_one_open_group on session (group_chat_id)
    where phase = 'open' and kind = 'group' and group_chat_id is not null`.execute(db);
  await sql`create unique index session_one_open_business on session (business_connection_id, subject_id)
    where phase = 'open' and kind = 'business' and subject_id is not null`.execute(db);
  await sql`create index session_of_group on session (group_chat_id, opened_at desc)
    where group_chat_id is not null`.execute(db);
  await sql`alter table message add column album text`.execute(db);
  await sql`create index message_of_album on message (session_id, album) where album is not null`.execute(db);
  // A reaction in the staff group says which message, and not in which topic.
  await sql`create index message_of_staff on message (staff_message_id)
    where staff_message_id is not null`.execute(db);
  // Telegram tells of an answer by the poll's id alone.
  await sql`
    create table sent_poll (
      poll_id text primary key,
      message_id uuid not null references message on delete cascade
    )`.execute(db);
  // The line above a copy that says who sent it, where the copy cannot say it itself.
  await sql`
    create table relay_byline (
      message_id uuid primary key references message on delete cascade,
      staff_message_id bigint not null
    )`.execute(db);
  await sql`create index sent_poll_message on sent_poll (message_id)`.execute(db);
}
