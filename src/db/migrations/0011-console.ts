import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Accounts, sign-ins and web sessions of the console. */
export const consoleAccess: Migration = {
  async up(db: Kysely<unknown>) {
    await accounts(db);
    await signIns(db);
    await staffWithAccounts(db);
    await sql`
      grant select, insert, update, delete
      on account, account_link, recovery_code, web_session, pending_sign_in, sign_in_limit
      to retention_service`.execute(db);
  },
};

async function accounts(db: Kysely<unknown>) {
  await sql`
    create table account (
      id uuid primary key,
      login text not null unique check (login = lower(login)),
      -- Who a provider says this is; both or neither.
      issuer text,
      subject text,
      telegram_user_id bigint unique,
      password_hash text,
      totp_sealed bytea,
      -- The last time step whose code was taken: a code works once.
      totp_step bigint not null default 0,
      administrator boolean not null default false,
      created_at timestamptz not null,
      disabled_at timestamptz,
      signed_in_at timestamptz,
      unique (issuer, subject),
      check ((issuer is null) = (subject is null))
    )`.execute(db);
  await sql`
    create table recovery_code (
      account_id uuid not null references account on delete cascade,
      code_hash bytea not null,
      used_at timestamptz,
      primary key (account_id, code_hash)
    )`.execute(db);
  await sql`
    create table account_link (
      token_hash bytea primary key,
      account_id uuid not null references account on delete cascade,
      -- The secret that the page showed, until its first code comes back.
      totp_sealed bytea,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    )`.execute(db);
  await sql`create index account_link_account on account_link (account_id)`.execute(db);
}

async function signIns(db: Kysely<unknown>) {
  await sql`
    create table web_session (
      id uuid primary key,
      token_hash bytea not null unique,
      account_id uuid not null references account on delete cascade,
      method text not null check (method in ('password', 'provider')),
      browser text not null,
      created_at timestamptz not null,
      seen_at timestamptz not null,
      -- When the person last proved who they are, for acts that ask again.
      confirmed_at timestamptz not null,
      flash jsonb,
      -- A secret of a new authenticator, until its first code comes back.
      totp_sealed bytea
    )`.execute(db);
  await sql`create index web_session_account on web_session (account_id)`.execute(db);
  await sql`
    create table pending_sign_in (
      state_hash bytea primary key,
      -- The browser that asked; another one may not end it.
      browser_hash bytea not null,
      purpose text not null check (purpose in ('sign-in', 'step-up', 'link')),
      nonce text not null,
      code_verifier text not null,
      return_to text not null,
      link_hash bytea,
      session_id uuid,
      expires_at timestamptz not null
    )`.execute(db);
  // As the library of the limits wants it; the keys are hashes.
  await sql`
    create table sign_in_limit (
      key varchar(255) primary key,
      points int not null default 0,
      expire bigint
    )`.execute(db);
}

/** A member of staff is known by a Telegram id, by an account, or by both. */
async function staffWithAccounts(db: Kysely<unknown>) {
  await sql`
    alter table staff
      alter column telegram_user_id drop not null,
      add column account_id uuid references account,
      -- What the project's file gives and what the console gives; roles is both together.
      add column file_roles text[] not null default '{}',
      add column console_roles text[] not null default '{}',
      add unique (project_id, account_id)`.execute(db);
  await sql`update staff set file_roles = roles`.execute(db);
  await sql`create index staff_account on staff (account_id)`.execute(db);
}
