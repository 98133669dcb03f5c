import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The tree over the audit entries: its leaves and tiles, and the signed heads. */
export const auditTree: Migration = {
  async up(db: Kysely<unknown>) {
    // To the millisecond, as leaves have it: a finer change would be one that no proof sees.
    await sql`
      alter table audit_entry add request_id text, alter column at type timestamptz(3)`.execute(db);
    await sql`create index audit_request on audit_entry (request_id) where request_id is not null`.execute(
      db,
    );
    await sql`create index audit_at on audit_entry (at)`.execute(db);
    await sql`create index audit_workflow on audit_entry (workflow_id) where workflow_id is not null`.execute(
      db,
    );
    await waiting(db);
    await tree(db);
    await cut(db);
    await sql`grant select, insert, delete on audit_pending to retention_service`.execute(db);
    await sql`grant select, insert on audit_leaf to retention_service`.execute(db);
    await sql`grant select, insert, update on audit_tree, audit_tile, audit_checkpoint to retention_service`.execute(
      db,
    );
  },
};

/**
 * Entries get their place in the tree after they are committed: numbers are drawn before, so an entry may
 * become visible after one with a higher number. What waits for its place is listed by the insert itself.
 */
async function waiting(db: Kysely<unknown>) {
  await sql`create table audit_pending (seq bigint primary key)`.execute(db);
  await sql`insert into audit_pending select seq from audit_entry`.execute(db);
  await sql`
    create function audit_entry_is_pending() returns trigger language plpgsql as $$
    begin
      insert into audit_pending select seq from added;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger audit_entry_pending after insert on audit_entry
    referencing new table as added for each statement execute function audit_entry_is_pending()`.execute(db);
}

async function tree(db: Kysely<unknown>) {
  await sql`
    create table audit_tree (
      -- One row: the tree of this installation.
      id boolean primary key default true check (id),
      -- Leaves in the tree, those before the cut included.
      size bigint not null,
      -- The position of the first leaf whose entry is still here, and the tree before it.
      cut_at bigint not null default 0,
      cut_frontier jsonb
    )`.execute(db);
  await sql`insert into audit_tree (size) values (0)`.execute(db);
  await sql`
    -- Which entry has which place; the hashes themselves are the tiles of level 0.
    create table audit_leaf (
      position bigint primary key,
      seq bigint not null unique
    )`.execute(db);
  await sql`
    create trigger audit_leaf_append_only before update or delete or truncate on audit_leaf
    for each statement execute function audit_entry_is_append_only()`.execute(db);
  await sql`
    create table audit_tile (
      level int not null,
      index bigint not null,
      hashes bytea not null,
      primary key (level, index)
    )`.execute(db);
  await sql`
    create table audit_checkpoint (
      id bigint generated always as identity primary key,
      size bigint not null,
      note text not null,
      -- Whether a key handed over to its successor here.
      hand_over boolean not null,
      at timestamptz not null,
      anchored_at timestamptz
    )`.execute(db);
  await sql`create index audit_checkpoint_size on audit_checkpoint (size, id)`.execute(db);
}

/**
 * The log's own retention rule: whole beginnings, up to a signed checkpoint, and never what is younger than
 * 24 months. It runs with the owner's rights, since nobody else can remove an entry.
 */
async function cut(db: Kysely<unknown>) {
  await sql`
    create or replace function audit_entry_is_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('retention.audit_cut', true) = 'on'
        and current_user = (select tableowner from pg_tables where tablename = tg_table_name and schemaname = tg_table_schema)
      then return null; end if;
      raise exception 'audit entries are never changed or removed';
    end $$`.execute(db);
  await sql`
    create function audit_cut(cut_at bigint, frontier jsonb) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      removed bigint;
    begin
      if not exists (select from audit_checkpoint where size = cut_at and anchored_at is not null) then
        raise exception 'the audit log is cut only at a checkpoint that is anchored';
      end if;
      if exists (select from audit_entry e join audit_leaf l on l.seq = e.seq
        where l.position < audit_cut.cut_at and e.at > now() - interval '24 months') then
        raise exception 'entries younger than 24 months stay in the audit log';
      end if;
      perform set_config('retention.audit_cut', 'on', true);
      delete from audit_entry where seq in (select seq from audit_leaf where position < audit_cut.cut_at);
      get diagnostics removed = row_count;
      delete from audit_leaf where position < audit_cut.cut_at;
      perform set_config('retention.audit_cut', 'off', true);
      update audit_tree set cut_at = audit_cut.cut_at, cut_frontier = frontier where audit_tree.cut_at < audit_cut.cut_at;
      return removed;
    end $$`.execute(db);
  await sql`revoke all on function audit_cut from public`.execute(db);
  await sql`grant execute on function audit_cut to retention_service`.execute(db);
}
