import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { SessionKind } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';
import { indexRows, toSql, type Condition } from './search-conditions.ts';
import type { Tables } from './tables.ts';

/** The hashed terms that a person's texts bring to a session. */
export interface NewTerms {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly terms: readonly number[];
}

/** Rows of one person in one session are merged when there are so many of them… */
const MERGED_ROWS = 8;
/** …but for those that are this long: else each message of a long session would write all of it again. */
const LARGEST_MERGED = 1024;

/**
 * Adds terms to the index: one statement, however many. A message adds a row of its own, and every eighth
 * merges them; measured, that writes a term 2.2 times in a session of 20 messages, where one row that grows
 * would write it ten times and leave as many dead entries. The caller holds the sessions' locks.
 */
export async function addTerms(tx: Transaction<Tables>, added: readonly NewTerms[]): Promise<void> {
  const rows = added.filter(({ terms }) => terms.length > 0);
  if (rows.length === 0) return;
  await sql`
    with added as (
      select * from unnest(${rows.map((row) => row.sessionId)}::uuid[], ${rows.map((row) => row.subjectId)}::uuid[],
        ${rows.map((row) => `{${row.terms.join(',')}}`)}::text[]) as a(session_id, subject_id, terms)),
    small as (
      select i.ctid as place, count(*) over (partition by i.session_id, i.subject_id) as rows
      from search_index i join added a using (session_id, subject_id)
      where cardinality(i.terms) < ${LARGEST_MERGED}),
    merged as (
      delete from search_index
      where ctid = any(array(select place from small where rows >= ${MERGED_ROWS - 1}))
      returning session_id, subject_id, terms)
    insert into search_index (session_id, subject_id, terms)
    select a.session_id, a.subject_id, array(
      select unnest(a.terms::int4[])
      union select unnest(m.terms) from merged m where m.session_id = a.session_id and m.subject_id = a.subject_id
      order by 1)
    from added a`.execute(tx);
}

/** Puts what a session is found by in place of what it was found by. The caller holds the session's lock. */
export async function replaceTerms(
  tx: Transaction<Tables>,
  sessionId: string,
  terms: readonly NewTerms[],
): Promise<void> {
  await tx.deleteFrom('search_index').where('session_id', '=', sessionId).execute();
  await addTerms(tx, terms);
}

/** Where the next page begins: after this one, in the order of the pages. */
export interface SearchCursor {
  readonly score: number;
  readonly openedAt: string;
  readonly id: string;
}

/** A session that may be what a query asks for: its words are still to be seen. */
export interface Candidate {
  readonly id: string;
  readonly projectId: string;
  readonly kind: SessionKind;
  readonly phase: Phase;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly restricted: boolean;
  readonly tags: readonly string[];
  /** When it was opened, to PostgreSQL's own precision: a page ends between two sessions of one moment. */
  readonly place: string;
  /** How many of the wanted terms it has. */
  readonly score: number;
  /** Whether it meets each of the asked conditions. */
  readonly meets: readonly boolean[];
}

export interface CandidateSearch {
  readonly where: Condition;
  /** Each adds one to the score; none where all candidates would have the same. */
  readonly scored: readonly Condition[];
  readonly asked: readonly Condition[];
  readonly after: SearchCursor | null;
  readonly limit: number;
}

/**
 * Sessions that the index and the dimensions find, those with more of the terms first, then the newest.
 * What an erasure has taken is never among them.
 */
export async function findCandidates(db: Kysely<Tables>, search: CandidateSearch): Promise<Candidate[]> {
  const { after } = search;
  const driver = await rarest(db, search.where);
  const score = scoreOf(search.scored);
  const beyond = after
    ? search.scored.length > 0
      ? sql`where (score, "openedAt", id) < (${sql.lit(after.score)}, ${at(after)}, ${sql.lit(after.id)}::uuid)`
      : sql`and (s.opened_at, s.id) < (${at(after)}, ${sql.lit(after.id)}::uuid)`
    : sql``;
  const asked = search.asked.map((condition) => sql`(${toSql(condition)})`);
  // Values are part of the text: a plan for any words would not know the rare ones from the frequent.
  const found = sql`
    select s.id, s.project_id as "projectId", s.kind, s.phase, s.opened_at as "openedAt", s.opened_at::text as place,
      s.closed_at as "closedAt", s.restricted_at is not null as restricted, ${score} as score
      ${search.asked.length > 0 ? sql`, array[${sql.join(asked)}]` : sql`, array[]::boolean[]`} as meets
    from session s
    where s.phase <> 'deleted' and (s.erasure_id is null or s.restricted_at is not null)
      and (${toSql(search.where, driver)})`;
  const limit = sql`limit ${sql.lit(search.limit)}`;
  // An expression keeps PostgreSQL from walking by date.
  const newest = driver ? sql`s.opened_at + interval '0'` : sql`s.opened_at`;
  const page =
    search.scored.length > 0
      ? sql`select * from (${found}) scored ${beyond} order by score desc, "openedAt" desc, id desc ${limit}`
      : sql`${found} ${beyond} order by ${newest} desc, s.id desc ${limit}`;
  const { rows } = await sql<Candidate>`
    select page.*, array(select tag from session_tag t where t.session_id = page.id order by tag) as tags
    from (${page}) page`.execute(db);
  return rows;
}

/** So many rows of the index are looked up and sorted sooner than as many found by walking through sessions. */
const FEW = 2000;
/** With several words, few sessions may have all, and walking would be long. */
const FEW_OF_SEVERAL = 10_000;

/**
 * The rarest terms that a session has to have, where they are in few rows of the index. PostgreSQL cannot know
 * how rare a hash is, and would walk through all sessions by date where few of them match.
 */
async function rarest(db: Kysely<Tables>, where: Condition): Promise<Condition | undefined> {
  const parts = where.kind === 'and' ? flat(where.of) : [where];
  const terms = parts.flatMap((part) => (part.kind === 'terms' ? [part] : []));
  if (terms.length === 0) return undefined;
  const few = terms.length === 1 ? FEW : FEW_OF_SEVERAL;
  const counts = terms.map(
    (part) => sql`(select count(*)::int from (${indexRows(part)} limit ${sql.lit(few)}) rows)`,
  );
  const { rows } = await sql<{ counts: number[] }>`select array[${sql.join(counts)}] as counts`.execute(db);
  const found = rows[0]?.counts ?? [];
  const least = Math.min(...found);
  return least < few ? terms[found.indexOf(least)] : undefined;
}

function flat(conditions: readonly Condition[]): Condition[] {
  return conditions.flatMap((one) => (one.kind === 'and' ? flat(one.of) : [one]));
}

function scoreOf(scored: readonly Condition[]): RawBuilder<unknown> {
  if (scored.length === 0) return sql`0`;
  return sql.join(
    scored.map((condition) => sql`case when ${toSql(condition)} then 1 else 0 end`),
    sql` + `,
  );
}

function at({ openedAt }: SearchCursor): RawBuilder<unknown> {
  return sql`${sql.lit(openedAt)}::timestamptz`;
}

/** Where the page after this candidate begins. */
export function cursorAfter({ score, place, id }: Candidate): SearchCursor {
  return { score, openedAt: place, id };
}
