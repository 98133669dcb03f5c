import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Erasure requests, what they restrict, and their events. */
export const erasures: Migration = {
  async up(db: Kysely<unknown>) {
    await requests(db);
    await marks(db);
    await events(db);
    await contact(db);
    await silence(db);
    await sql`grant select, insert, update, delete on erasure to retention_service`.execute(db);
  },
};

async function requests(db: Kysely<unknown>) {
  await sql`
    create table erasure (
      id uuid primary key,
      -- What the customer can quote.
      number text not null unique,
      project_id text not null references project,
      -- Outlives the subject's row, and says nothing without it.
      subject_id uuid not null,
      -- A keyed pseudonym of project and Telegram id, which finds the person again after a restore.
      pseudonym text not null,
      origin text not null check (origin in ('customer', 'staff', 'inactivity', 'account-gone')),
      state text not null check (state in
        ('requested', 'filed', 'confirmed', 'restricted', 'done', 'refused', 'expired', 'withdrawn')),
      jurisdiction text,
      regulation text not null,
      -- SHA-256 of the one-time word in the button.
      nonce_hash bytea,
      confirmable_until timestamptz,
      filed_by text,
      proof text,
      refusal_ground text,
      received_at timestamptz not null,
      legal_deadline_at timestamptz not null,
      confirmed_at timestamptz,
      target_at timestamptz,
      deadline_at timestamptz,
      keys_destroyed_at timestamptz,
      removed_at timestamptz,
      verified_at timestamptz,
      receipt_queued_at timestamptz,
      completed_at timestamptz,
      grounds_reviewed_at timestamptz,
      resumed_at timestamptz,
      alarmed_hours int not null default 0,
      -- The legal deadline moves once, for a ground that the customer is told.
      extended_at timestamptz,
      extension_ground text,
      counts jsonb not null default '{}',
      -- The one message in the customer's chat that shows how far it is.
      progress_message_id bigint
    )`.execute(db);
  await sql`
    create unique index erasure_running on erasure (subject_id)
    where state in ('requested', 'filed', 'confirmed')`.execute(db);
  await sql`create index erasure_of_project on erasure (project_id, received_at)`.execute(db);
}

/** What an erasure marks in one transaction, from when on nobody sees it. */
async function marks(db: Kysely<unknown>) {
  await sql`
    alter table participant
      add erasure_id uuid references erasure,
      -- The child workflow that removes it; null while a ground keeps it.
      add erasure_batch int,
      add restricted_ground text check (restricted_ground in ('hold', 'legal')),
      -- When the legal minimum ends; a hold has no date of its own.
      add restricted_until timestamptz`.execute(db);
  await sql`
    create index participant_erasure on participant (erasure_id, erasure_batch) where erasure_id is not null`.execute(
    db,
  );
  await sql`
    alter table session
      -- Set where the erasure takes the whole session.
      add erasure_id uuid references erasure,
      -- Kept against an erasure request: readable by compliance alone, and without a review.
      add restricted_at timestamptz,
      drop constraint session_close_reason_check,
      add constraint session_close_reason_check check (close_reason in
        ('agent', 'customer', 'idle', 'spam', 'import', 'api', 'erasure'))`.execute(db);
}

/** A customer who wants no more contact gets none but what they ask for themselves. */
async function contact(db: Kysely<unknown>) {
  await sql`alter table subject add unsubscribed_at timestamptz`.execute(db);
}

/** Events of erasures travel as those of sessions do, in order per erasure. */
async function events(db: Kysely<unknown>) {
  await sql`
    alter table outbox
      alter session_id drop not null,
      add erasure_id uuid references erasure,
      add stream uuid not null generated always as (coalesce(session_id, erasure_id)) stored,
      add check ((session_id is null) <> (erasure_id is null))`.execute(db);
  await sql`drop index outbox_pending`.execute(db);
  await sql`create index outbox_pending on outbox (stream, id) where delivered_at is null`.execute(db);
}

/** What erasing after long silence goes by. */
async function silence(db: Kysely<unknown>) {
  await sql`
    alter table subject
      -- When the customer blocked the bot; null while they have not.
      add blocked_at timestamptz,
      -- When they were told that silence will erase their data; any sign of life clears it.
      add inactivity_warned_at timestamptz`.execute(db);
}
