import { sql, type Kysely } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';

/** Plaintext search in PostgreSQL, one row a message, with its own kind of index. */
export interface Peer {
  readonly name: string;
  /** A page of twenty messages that hold a word, newest first; further conditions are added as SQL. */
  page(words: readonly string[], more?: 'tag' | 'range'): Promise<number>;
  /** The sessions it finds for a word. */
  sessions(word: string): Promise<Set<string>>;
}

export async function createPlain(owner: Kysely<Tables>): Promise<void> {
  await sql`create table plain (id uuid primary key, session_id uuid not null, sent_at timestamptz not null, body text not null)`.execute(
    owner,
  );
}

/** Builds the indexes of the peers after loading, which makes them smaller than they would grow to be. */
export async function buildPeers(owner: Kysely<Tables>): Promise<void> {
  await sql`alter table plain add tsv tsvector generated always as (to_tsvector('simple', body)) stored`.execute(
    owner,
  );
  await sql`create index plain_time on plain (sent_at desc)`.execute(owner);
  await sql`create index plain_tsv on plain using gin (tsv)`.execute(owner);
  await sql`create extension if not exists pg_trgm`.execute(owner);
  await sql`create index plain_trgm on plain using gin (body gin_trgm_ops)`.execute(owner);
  await sql`vacuum analyze`.execute(owner);
}

export function peersOf(owner: Kysely<Tables>): Peer[] {
  const byWords = (word: string) => sql`tsv @@ plainto_tsquery('simple', ${sql.lit(word)})`;
  const byPart = (word: string) => sql`body ilike ${sql.lit(`%${word}%`)}`;
  return [
    { name: 'full-text search', condition: byWords },
    { name: 'pg_trgm', condition: byPart },
  ].map(({ name, condition }) => ({
    name,
    async page(words, more) {
      const conditions = [...words.map(condition), ...(more ? [MORE[more]] : [])];
      const { rows } = await sql`
        select id, session_id, body from plain where ${sql.join(conditions, sql` and `)}
        order by sent_at desc limit 20`.execute(owner);
      return rows.length;
    },
    sessions: (word) => sessionsWhere(owner, condition(word)),
  }));
}

const MORE = {
  tag: sql`session_id in (select session_id from session_tag where tag = 'complaint')`,
  range: sql`sent_at >= '2025-06-01Z' and sent_at < '2025-09-01Z'`,
};

/** The sessions that really hold a word, by looking at every message. */
export function scan(owner: Kysely<Tables>, word: string, unspaced: boolean): Promise<Set<string>> {
  const condition = unspaced
    ? sql`position(${sql.lit(word)} in body) > 0`
    : sql`body ~* ${sql.lit(`(^|[^[:alnum:]])${word}([^[:alnum:]]|$)`)}`;
  return sessionsWhere(owner, condition);
}

async function sessionsWhere(owner: Kysely<Tables>, condition: ReturnType<typeof sql>): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select distinct session_id as id from plain where ${condition}`.execute(owner);
  return new Set(rows.map(({ id }) => id));
}

/** Bytes of relations by name. */
export async function sizesOf(owner: Kysely<Tables>): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`
    select pg_relation_size('search_index') + coalesce(pg_relation_size(nullif((select reltoastrelid from pg_class
        where relname = 'search_index'), 0)), 0) as "index rows",
      pg_relation_size('search_index_terms') as "index terms",
      pg_relation_size('search_index_session') as "index session",
      (select sum(pg_column_size(term_filter)) from message)::bigint as "filters of messages",
      pg_relation_size('plain_tsv') as "fts index",
      (select sum(pg_column_size(tsv)) from plain)::bigint as "fts column",
      pg_relation_size('plain_trgm') as "trgm index",
      (select sum(octet_length(body)) from plain)::bigint as "plain text"`.execute(owner);
  return rows[0] ?? {};
}
