import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { SessionKind } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';
import { datedRows, toSql, type Condition, type Driver } from './search-conditions.ts';
import { ofOwnRows, waysTo } from './search-ways.ts';
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
    insert into search_index (session_id, subject_id, opened_at, terms)
    select a.session_id, a.subject_id, s.opened_at, array(
      select unnest(a.terms::int4[])
      union select unnest(m.terms) from merged m where m.session_id = a.session_id and m.subject_id = a.subject_id
      order by 1)
    from added a join session s on s.id = a.session_id`.execute(tx);
}

/** Merges what each person brought to a session into one row: no more is to come for now. The caller holds its lock. */
export async function mergeTerms(tx: Transaction<Tables>, sessionId: string): Promise<void> {
  await sql`
    with several as (
      select subject_id from search_index where session_id = ${sessionId} group by subject_id having count(*) > 1),
    merged as (
      delete from search_index where session_id = ${sessionId} and subject_id in (select subject_id from several)
      returning subject_id, terms)
    insert into search_index (session_id, subject_id, opened_at, terms)
    select ${sessionId}, subject_id, (select opened_at from session where id = ${sessionId}),
      array_agg(distinct term order by term)
    from merged, unnest(terms) term group by subject_id`.execute(tx);
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

/** Tells the index when sessions were opened that an import has given another beginning. */
export async function redateTerms(tx: Transaction<Tables>, sessionIds: readonly string[]): Promise<void> {
  await sql`
    update search_index i set opened_at = s.opened_at from session s
    where s.id = i.session_id and i.session_id = any(${sessionIds}::uuid[])
      and i.opened_at is distinct from s.opened_at`.execute(tx);
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
  const { scored, after } = search;
  const found: Candidate[] = [];
  // Score by score, so that a full page of the best needs none of the others, of which there may be many.
  for (let score = after?.score ?? scored.length; score >= 0 && found.length < search.limit; score -= 1) {
    const limit = search.limit - found.length;
    const where = all(search.where, scored, score);
    found.push(...(await oneScore(db, { ...search, where, score, limit })));
  }
  return found;
}

function all(where: Condition, scored: readonly Condition[], score: number): Condition {
  if (scored.length === 0) return where;
  const met: Condition[] = score === scored.length ? [...scored] : [{ kind: 'score', of: scored, is: score }];
  return { kind: 'and', of: [where, ...met] };
}

/** The newest of those that have a score. */
async function oneScore(db: Kysely<Tables>, page: PageOfScore): Promise<Candidate[]> {
  const { driver, walks } = await waysTo(db, page);
  for (const steps of walks) {
    const found = await readPage(db, page, { from: newestSessions(page, steps) });
    if (found.length === page.limit) return found;
  }
  return readPage(db, page, driver ? lookedUp(page, driver) : { from: sql`session s` });
}

type PageOfScore = CandidateSearch & { readonly score: number };

/** Where a page is read from, as `s`. */
interface Source {
  readonly from: RawBuilder<unknown>;
  /** Sessions come by themselves in the order of these; else they are sorted. */
  readonly ordered?: { readonly at: RawBuilder<unknown>; readonly id: RawBuilder<unknown> };
  /** What all of them meet. */
  readonly met?: Driver;
}

/** Sessions from the beginning of the page on, the newest first, that are not out by what their own rows say. */
function newestSessions({ where, after, score }: PageOfScore, steps: number): RawBuilder<unknown> {
  return sql`(select * from session s where ${ofOwnRows(where)} ${beyond(after, score, SESSION)}
    order by opened_at desc, id desc limit ${sql.lit(steps)}) s`;
}

/** The sessions that meet a part, the newest first, one by one: only as many as a page takes are looked at. */
function lookedUp({ after, score }: PageOfScore, driver: Driver): Source {
  const found = { at: sql`found.opened_at`, id: sql`found.session_id` };
  const from = sql`(
      select * from (select distinct session_id, opened_at from (${datedRows(driver)}) one) found
      where true ${beyond(after, score, found)} order by opened_at desc, session_id desc) found
    cross join lateral (select * from session where id = found.session_id offset 0) s`;
  return { from, ordered: found, met: driver };
}

const SESSION = { at: sql`s.opened_at`, id: sql`s.id` };

async function readPage(
  db: Kysely<Tables>,
  { where, asked, after, score, limit }: PageOfScore,
  { from, ordered = SESSION, met }: Source,
): Promise<Candidate[]> {
  const meets = asked.map((condition) => sql`(${toSql(condition)})`);
  // Values are part of the text: a plan for any words would not know the rare ones from the frequent.
  const { rows } = await sql<Candidate>`
    select page.*, array(select tag from session_tag t where t.session_id = page.id order by tag) as tags
    from (
      select s.id, s.project_id as "projectId", s.kind, s.phase, s.opened_at as "openedAt", s.opened_at::text as place,
        s.closed_at as "closedAt", s.restricted_at is not null as restricted, ${sql.lit(score)}::int as score,
        array[${sql.join(meets)}]::boolean[] as meets
      from ${from}
      where s.phase <> 'deleted' and (s.erasure_id is null or s.restricted_at is not null)
        and (${toSql(where, met)}) ${beyond(after, score, ordered)}
      order by ${ordered.at} desc, ${ordered.id} desc limit ${sql.lit(limit)}) page`.execute(db);
  return rows;
}

function beyond(
  after: SearchCursor | null,
  score: number,
  order: NonNullable<Source['ordered']>,
): RawBuilder<unknown> {
  return after?.score === score
    ? sql`and (${order.at}, ${order.id}) < (${at(after)}, ${sql.lit(after.id)}::uuid)`
    : sql``;
}

function at({ openedAt }: SearchCursor): RawBuilder<unknown> {
  return sql`${sql.lit(openedAt)}::timestamptz`;
}

/** Where the page after this candidate begins. */
export function cursorAfter({ score, place, id }: Candidate): SearchCursor {
  return { score, openedAt: place, id };
}
