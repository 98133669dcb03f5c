import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The first tables: projects and people, sessions and their entries, reviews, archives, audit, queues. */
export const sessions: Migration = {
  // Kysely<unknown>, so that a migration stays as it is when the table types move on.
  async up(db: Kysely<unknown>) {
    await people(db);
    await conversations(db);
    await decisions(db);
    await audit(db);
    await queues(db);
    await grants(db);
  },
};

async function people(db: Kysely<unknown>) {
  await sql`
    create table project (
      id text primary key check (id ~ '^[a-z][a-z0-9-]{0,30}$'),
      name text not null,
      time_zone text not null,
      language text not null,
      notice_version text not null,
      staff_chat_id bigint,
      created_at timestamptz not null
    )`.execute(db);
  await sql`
    create table policy (
      project_id text not null references project,
      version int not null,
      document jsonb not null,
      author text not null,
      reason text not null,
      applied_at timestamptz not null,
      primary key (project_id, version)
    )`.execute(db);
  await sql`
    create table staff (
      id uuid primary key,
      project_id text not null references project,
      telegram_user_id bigint not null,
      roles text[] not null,
      created_at timestamptz not null,
      unique (project_id, telegram_user_id)
    )`.execute(db);
  // The only table that knows a customer's Telegram id.
  await sql`
    create table subject (
      id uuid primary key,
      project_id text not null references project,
      telegram_user_id bigint not null,
      language text,
      profile_sealed bytea,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      unique (project_id, telegram_user_id)
    )`.execute(db);
  await sql`
    create table consent (
      subject_id uuid not null references subject on delete cascade,
      notice_version text not null,
      choice text not null check (choice in ('agreed', 'declined')),
      decided_at timestamptz not null,
      primary key (subject_id, notice_version)
    )`.execute(db);
}

async function conversations(db: Kysely<unknown>) {
  await sql`
    create table session (
      id uuid primary key,
      project_id text not null references project,
      kind text not null check (kind in ('private', 'group', 'business')),
      -- The customer of a private session; a group has participants only.
      subject_id uuid references subject on delete set null,
      previous_session_id uuid,
      phase text not null check (phase in ('open', 'closed', 'archived', 'review', 'deleted')),
      opened_at timestamptz not null,
      last_activity_at timestamptz not null,
      closed_at timestamptz,
      close_reason text check (close_reason in ('agent', 'customer', 'idle', 'spam', 'import', 'api')),
      reopen_until timestamptz,
      archive_due_at timestamptz,
      archive_began_at timestamptz,
      archive_attempt int not null default 0,
      archived_at timestamptz,
      keep_until timestamptz,
      -- A supervisor's extension: no later decision brings the date before it.
      extended_until timestamptz,
      policy_version int,
      review_round int not null default 0,
      deletion_began_at timestamptz,
      deleted_at timestamptz,
      -- The topic and the card of this session in the staff group.
      topic_id bigint,
      card_message_id bigint,
      foreign key (project_id, policy_version) references policy (project_id, version),
      check (phase = 'open' or closed_at is not null),
      check (phase not in ('archived', 'review') or keep_until is not null)
    )`.execute(db);
  await sql`create unique index session_one_open on session (project_id, subject_id)
    where phase = 'open' and kind = 'private' and subject_id is not null`.execute(db);
  await sql`create index session_of_subject on session (subject_id)`.execute(db);
  await sql`create index session_due on session (phase, keep_until)`.execute(db);
  await sql`create index session_topic on session (project_id, topic_id) where topic_id is not null`.execute(
    db,
  );
  await sql`
    create table participant (
      session_id uuid not null references session,
      subject_id uuid not null references subject on delete cascade,
      primary key (session_id, subject_id)
    )`.execute(db);
  await sql`create index participant_subject on participant (subject_id)`.execute(db);
  await sql`
    create table message (
      id uuid primary key,
      -- The order in which entries came in; an archive is cut by it, never by time.
      seq bigint generated always as identity,
      session_id uuid not null references session,
      -- The subject under whose key the message is sealed: a customer's own, or whom staff answered.
      subject_id uuid not null references subject,
      author_role text not null check (author_role in ('customer', 'agent', 'bot', 'system')),
      staff_id uuid references staff,
      kind text not null,
      telegram_message_id bigint,
      -- Its copy (or original) in the staff topic.
      staff_message_id bigint,
      reply_to uuid,
      sent_at timestamptz not null
    )`.execute(db);
  await sql`create unique index message_order on message (session_id, seq)`.execute(db);
  await sql`create index message_subject on message (subject_id)`.execute(db);
  await sql`create index message_of_chat on message (session_id, telegram_message_id)`.execute(db);
  await sql`create index message_of_topic on message (session_id, staff_message_id)`.execute(db);
  await sql`
    create table revision (
      message_id uuid not null references message on delete cascade,
      revision smallint not null,
      sealed bytea not null,
      at timestamptz not null,
      primary key (message_id, revision)
    )`.execute(db);
  await sql`
    create table attachment (
      id uuid primary key,
      message_id uuid not null references message on delete cascade,
      kind text not null,
      size_bytes bigint,
      sealed bytea not null
    )`.execute(db);
  await sql`create index attachment_message on attachment (message_id)`.execute(db);
  await sql`
    create table session_tag (
      session_id uuid not null references session,
      tag text not null,
      origin text not null check (origin in ('manual', 'automatic')),
      added_by text not null,
      added_at timestamptz not null,
      primary key (session_id, tag)
    )`.execute(db);
}

async function decisions(db: Kysely<unknown>) {
  await sql`
    create table hold (
      id uuid primary key,
      session_id uuid not null references session,
      reason text not null,
      author text not null,
      placed_at timestamptz not null,
      ends_at timestamptz,
      released_at timestamptz,
      released_by text
    )`.execute(db);
  await sql`create index hold_session on hold (session_id) where released_at is null`.execute(db);
  await sql`
    create table review (
      session_id uuid not null references session,
      round int not null,
      opened_at timestamptz not null,
      due_at timestamptz not null,
      on_silence text not null check (on_silence in ('delete', 'hold')),
      ended text check (ended in
        ('approve', 'extend', 'relabel', 'hold', 'silence-delete', 'silence-hold', 'interrupted')),
      ended_by text,
      ended_at timestamptz,
      primary key (session_id, round)
    )`.execute(db);
  // Where a review round is shown in Telegram, so that every card is renewed when it is decided.
  await sql`
    create table review_card (
      session_id uuid not null,
      round int not null,
      chat_id bigint not null,
      message_id bigint not null,
      primary key (session_id, round, chat_id),
      foreign key (session_id, round) references review on delete cascade
    )`.execute(db);
  await sql`create index review_running on review (due_at) where ended is null`.execute(db);
  await sql`
    create table archive (
      id uuid primary key,
      session_id uuid not null references session,
      subject_id uuid not null,
      attachment_id uuid,
      store text not null,
      object_name text not null,
      generation text not null,
      size_bytes bigint not null,
      sha256 text not null,
      content_sha256 text not null,
      schema_version int not null,
      key_id uuid not null,
      messages int not null,
      revisions int not null,
      attachments int not null,
      written_at timestamptz not null,
      deleted_at timestamptz,
      unique (store, object_name)
    )`.execute(db);
  await sql`create index archive_session on archive (session_id)`.execute(db);
  await sql`create index archive_subject on archive (subject_id)`.execute(db);
}

async function audit(db: Kysely<unknown>) {
  await sql`
    create table audit_entry (
      seq bigint generated always as identity primary key,
      at timestamptz not null,
      actor_kind text not null,
      actor_id text not null,
      actor_role text,
      workflow_id text,
      run_id text,
      activity text,
      action text not null,
      object_kind text not null,
      object_id text not null,
      project_id text,
      counts jsonb not null,
      reason text,
      op_id text unique
    )`.execute(db);
  await sql`create index audit_object on audit_entry (object_id, seq)`.execute(db);
  await sql`
    create function audit_entry_is_append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'audit entries are never changed or removed';
    end $$`.execute(db);
  await sql`
    create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_entry_is_append_only()`.execute(db);
}

async function queues(db: Kysely<unknown>) {
  // Remembers that an update came, not what was in it: a redelivery after an erasure finds its key here.
  await sql`
    create table inbox (
      bot_id bigint not null,
      update_id bigint not null,
      kind text not null,
      outcome text not null,
      received_at timestamptz not null,
      primary key (bot_id, update_id)
    )`.execute(db);
  await sql`
    create table outbox (
      id bigint generated always as identity primary key,
      session_id uuid not null references session,
      event text not null,
      event_id uuid not null unique,
      payload jsonb not null,
      created_at timestamptz not null,
      attempts int not null default 0,
      next_attempt_at timestamptz not null,
      delivered_at timestamptz
    )`.execute(db);
  await sql`create index outbox_pending on outbox (session_id, id) where delivered_at is null`.execute(db);
  await sql`
    create table delivery (
      id bigint generated always as identity primary key,
      project_id text not null references project,
      session_id uuid references session,
      subject_id uuid references subject on delete cascade,
      target text not null check (target in ('customer', 'staff', 'supervisors')),
      kind text not null,
      payload jsonb not null,
      created_at timestamptz not null,
      attempts int not null default 0,
      next_attempt_at timestamptz not null,
      done_at timestamptz,
      outcome text
    )`.execute(db);
  await sql`create index delivery_pending on delivery (project_id, target, session_id, id) where done_at is null`.execute(
    db,
  );
  await sql`create index delivery_session on delivery (session_id)`.execute(db);
  // Whoever waits for new rows hears of them without a statement of its own for each insert.
  await sql`
    create function announce() returns trigger language plpgsql as $$
    begin
      perform pg_notify(tg_table_name, '');
      return null;
    end $$`.execute(db);
  for (const table of ['outbox', 'delivery'])
    await sql`
      create trigger announce after insert on ${sql.table(table)}
      for each statement execute function announce()`.execute(db);
  await sql`
    create table import_progress (
      project_id text not null references project,
      -- A keyed pseudonym of the chat, so that a second import changes nothing even after an erasure.
      chat_key text not null,
      last_message_id bigint not null,
      session_id uuid,
      primary key (project_id, chat_key)
    )`.execute(db);
}

/** The service works with the least it needs; nobody but the owner can touch what the audit says. */
async function grants(db: Kysely<unknown>) {
  await sql`grant usage on schema public to retention_service`.execute(db);
  await sql`
    grant select, insert, update, delete on
      project, policy, staff, subject, consent, session, participant, message, revision, attachment,
      session_tag, hold, review, review_card, archive, inbox, outbox, delivery, import_progress
    to retention_service`.execute(db);
  await sql`grant select, insert on audit_entry to retention_service`.execute(db);
}
