import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tokens, idempotency keys and webhooks of the API. */
export const api: Migration = {
  async up(db: Kysely<unknown>) {
    await tokens(db);
    await repeatedRequests(db);
    await webhooks(db);
    await calls(db);
    await sql`grant select, insert, update on api_token, webhook_endpoint to retention_service`.execute(db);
    await sql`
      grant select, insert, update, delete on idempotency_key, webhook_delivery to retention_service`.execute(
      db,
    );
  },
};

async function tokens(db: Kysely<unknown>) {
  await sql`
    create table api_token (
      id uuid primary key,
      project_id text not null references project,
      name text not null,
      -- The beginning of the token, by which people and the database recognise it.
      prefix text not null unique,
      -- SHA-256 of the whole: it is 256 random bits, which no list of guesses holds.
      secret_sha256 bytea not null,
      roles text[] not null,
      -- The member of staff who answers for it; it may never do more than they may.
      owner uuid references staff,
      created_by text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      revoked_by text,
      last_used_at timestamptz
    )`.execute(db);
  await sql`create index api_token_of_project on api_token (project_id, created_at)`.execute(db);
}

async function repeatedRequests(db: Kysely<unknown>) {
  await sql`
    create table idempotency_key (
      token_id uuid not null references api_token,
      -- HMAC-SHA-256 under the token, of what the client sent as its key and of the request.
      key_sha256 bytea not null,
      request_sha256 bytea not null,
      -- Null while the request is at work.
      status int,
      response text,
      created_at timestamptz not null,
      primary key (token_id, key_sha256)
    )`.execute(db);
  await sql`create index idempotency_key_age on idempotency_key (created_at)`.execute(db);
}

async function webhooks(db: Kysely<unknown>) {
  await sql`
    create table webhook_endpoint (
      id uuid primary key,
      project_id text not null references project,
      url text not null,
      events text[] not null,
      created_by text not null,
      created_at timestamptz not null,
      disabled_at timestamptz,
      disabled_because text,
      removed_at timestamptz
    )`.execute(db);
  await sql`
    create index webhook_endpoint_of_project on webhook_endpoint (project_id) where removed_at is null`.execute(
    db,
  );
  await sql`
    create table webhook_delivery (
      id bigint primary key generated always as identity,
      -- The same in every attempt, so that the receiver can tell a repetition.
      message_id uuid not null unique default gen_random_uuid(),
      endpoint_id uuid not null references webhook_endpoint,
      event text not null,
      object_id text not null,
      request_id text,
      occurred_at timestamptz not null,
      created_at timestamptz not null default now(),
      attempts int not null default 0,
      next_attempt_at timestamptz not null default now(),
      done_at timestamptz,
      -- 'delivered', or why it never will be.
      outcome text,
      last_answer text
    )`.execute(db);
  await sql`
    create index webhook_delivery_pending on webhook_delivery (next_attempt_at) where done_at is null`.execute(
    db,
  );
  await sql`create index webhook_delivery_of_endpoint on webhook_delivery (endpoint_id, id)`.execute(db);
}

/**
 * What endpoints are told of is what the audit records, and in the transaction that records it: so no act
 * can forget to tell, and none is told of that did not happen.
 */
async function calls(db: Kysely<unknown>) {
  await sql`
    create function audit_entry_calls_webhooks() returns trigger language plpgsql as $$
    declare
      told text := case new.action
        when 'session.archived' then 'session.archived'
        when 'review.opened' then 'review.due'
        when 'session.deleted' then 'session.deleted'
        when 'session.erased' then 'session.deleted'
        when 'erasure.completed' then 'erasure.done'
      end;
    begin
      insert into webhook_delivery (endpoint_id, event, object_id, request_id, occurred_at)
      select id, told, new.object_id, new.request_id, new.at from webhook_endpoint
      where project_id = new.project_id and removed_at is null and disabled_at is null
        and told = any(events);
      return null;
    end $$`.execute(db);
  await sql`
    create trigger audit_entry_webhooks after insert on audit_entry for each row
    when (new.action in
      ('session.archived', 'review.opened', 'session.deleted', 'session.erased', 'erasure.completed'))
    execute function audit_entry_calls_webhooks()`.execute(db);
}
