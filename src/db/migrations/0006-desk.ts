import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the staff desk keeps: notes, bans, transfers, cards and queued topics. */
export const desk: Migration = {
  async up(db: Kysely<unknown>) {
    await customers(db);
    await sessionsAtTheDesk(db);
    await bans(db);
  },
};

/** What the staff topic of a session shows, and how its answers are sent. */
async function sessionsAtTheDesk(db: Kysely<unknown>) {
  await sql`
    alter table session
      -- Sending, remembering and pinning the card are three steps, and a crash can come between any two.
      add card_pinned boolean not null default false,
      -- Answers reach the customer without a sound.
      add silent boolean not null default false,
      add assigned_to uuid references staff`.execute(db);
}

/** Customers from whom nothing more is taken; whoever is banned is told so once. */
async function bans(db: Kysely<unknown>) {
  await sql`
    alter table subject
      add banned_at timestamptz,
      add ban_told_at timestamptz`.execute(db);
}

/** What a customer chose to be written to in, and which privacy notice they have seen. */
async function customers(db: Kysely<unknown>) {
  await sql`
    alter table subject
      add chosen_language text check (chosen_language ~ '^[a-z]{2}$'),
      add notice_shown text`.execute(db);
}
