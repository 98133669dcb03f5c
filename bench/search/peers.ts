import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';

/** What is asked of a peer. */
export interface Asked {
  readonly words: readonly string[];
  readonly more?: 'tag' | 'range';
}

/** Plaintext search in PostgreSQL, one row a message, with its own kind of index. */
export interface Peer {
  readonly name: string;
  /** Twenty messages that hold all the words, newest first. */
  messages(asked: Asked): Promise<unknown>;
  /** The same page as ours: twenty sessions, newest first, each with its tags and its words in context. */
  sessions(asked: Asked): Promise<unknown>;
  /** The sessions it finds for a word. */
  sessionsWith(word: string): Promise<Set<string>>;
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
  await sql`create index plain_session on plain (session_id)`.execute(owner);
  await sql`create index plain_time on plain (sent_at desc)`.execute(owner);
  await sql`create index plain_tsv on plain using gin (tsv)`.execute(owner);
  await sql`create extension if not exists pg_trgm`.execute(owner);
  await sql`create index plain_trgm on plain using gin (body gin_trgm_ops)`.execute(owner);
  await sql`vacuum analyze`.execute(owner);
}

export function peersOf(owner: Kysely<Tables>): Peer[] {
  const fullText = (words: readonly string[]) => sql`plainto_tsquery('simple', ${sql.lit(words.join(' '))})`;
  return [
    {
      name: 'full-text search',
      holds: (word: string) => sql`tsv @@ ${fullText([word])}`,
      // Any of the words.
      inContext: (words: readonly string[]) =>
        sql`ts_headline('simple', body, ${sql.join(
          words.map((word) => fullText([word])),
          sql` || `,
        )}, 'MaxWords=25, MinWords=10')`,
    },
    {
      name: 'pg_trgm',
      holds: (word: string) => sql`body ilike ${sql.lit(`%${word}%`)}`,
      inContext: ([word = '']: readonly string[]) =>
        sql`substring(body from greatest(1, position(${sql.lit(word)} in lower(body)) - 40) for 160)`,
    },
  ].map(({ name, holds, inContext }) => ({
    name,
    messages: ({ words, more }) =>
      sql`
        select id, session_id, body from plain
        where ${all([...words.map(holds), ...(more ? [OF_MESSAGES[more]] : [])])}
        order by sent_at desc limit 20`.execute(owner),
    sessions: ({ words, more }) => {
      const parts = words.map((word) => sql`s.id in (select session_id from plain where ${holds(word)})`);
      return sql`
        select page.*, array(select tag from session_tag t where t.session_id = page.id order by tag) as tags,
          array(select ${inContext(words)} from plain where session_id = page.id and (${any(words.map(holds))})
            order by sent_at limit 3) as found
        from (
          select s.id, s.project_id, s.kind, s.phase, s.opened_at, s.closed_at from session s
          where s.phase <> 'deleted' and ${all([...parts, ...(more ? [OF_SESSIONS[more]] : [])])}
          order by s.opened_at desc, s.id desc limit 20) page`.execute(owner);
    },
    sessionsWith: (word) => sessionsWhere(owner, holds(word)),
  }));
}

const all = (parts: readonly RawBuilder<unknown>[]) => sql.join(parts, sql` and `);
const any = (parts: readonly RawBuilder<unknown>[]) => sql.join(parts, sql` or `);

const OF_MESSAGES = {
  tag: sql`session_id in (select session_id from session_tag where tag = 'complaint')`,
  range: sql`sent_at >= '2025-06-01Z' and sent_at < '2025-09-01Z'`,
};
const OF_SESSIONS = {
  tag: sql`s.id in (select session_id from session_tag where tag = 'complaint')`,
  range: sql`s.last_activity_at >= '2025-06-01Z' and s.opened_at < '2025-09-01Z'`,
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
