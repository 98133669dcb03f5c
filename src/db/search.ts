import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { SessionKind } from '../domain/messages.ts';
import type { Phase } from '../domain/phases.ts';
import { indexRows, joined, toSql, type Condition } from './search-conditions.ts';
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

/** Merges what each person brought to a session into one row: no more is to come for now. The caller holds its lock. */
export async function mergeTerms(tx: Transaction<Tables>, sessionId: string): Promise<void> {
  await sql`
    with several as (
      select subject_id from search_index where session_id = ${sessionId} group by subject_id having count(*) > 1),
    merged as (
      delete from search_index where session_id = ${sessionId} and subject_id in (select subject_id from several)
      returning subject_id, terms)
    insert into search_index (session_id, subject_id, terms)
    select ${sessionId}, subject_id, array_agg(distinct term order by term)
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

/** A walk goes on for so many times as far as it is expected to, before it is given up. */
const PATIENCE = 4;

/** The newest of those that have a score. */
async function oneScore(db: Kysely<Tables>, page: PageOfScore): Promise<Candidate[]> {
  const { driver, walk } = await waysTo(db, page);
  if (!driver) return readPage(db, page, sql`session`);
  if (walk < Infinity) {
    const found = await readPage(db, page, newestSessions(page, Math.ceil(walk)));
    if (found.length === page.limit) return found;
  }
  return readPage(db, page, sql`session`, driver);
}

type PageOfScore = CandidateSearch & { readonly score: number };

/** Sessions from the beginning of the page on, the newest first. */
function newestSessions({ where, after, score }: PageOfScore, steps: number): RawBuilder<unknown> {
  return sql`(select * from session s where ${inProjects(where)} ${beyond(after, score)}
    order by opened_at desc, id desc limit ${sql.lit(steps)})`;
}

async function readPage(
  db: Kysely<Tables>,
  { where, asked, after, score, limit }: PageOfScore,
  from: RawBuilder<unknown>,
  driver?: Condition,
): Promise<Candidate[]> {
  const met = asked.map((condition) => sql`(${toSql(condition)})`);
  // An expression keeps PostgreSQL from walking by date.
  const newest = driver ? sql`s.opened_at + interval '0'` : sql`s.opened_at`;
  // Values are part of the text: a plan for any words would not know the rare ones from the frequent.
  const { rows } = await sql<Candidate>`
    select page.*, array(select tag from session_tag t where t.session_id = page.id order by tag) as tags
    from (
      select s.id, s.project_id as "projectId", s.kind, s.phase, s.opened_at as "openedAt", s.opened_at::text as place,
        s.closed_at as "closedAt", s.restricted_at is not null as restricted, ${sql.lit(score)}::int as score,
        array[${sql.join(met)}]::boolean[] as meets
      from ${from} s
      where s.phase <> 'deleted' and (s.erasure_id is null or s.restricted_at is not null)
        and (${toSql(where, driver)}) ${beyond(after, score)}
      order by ${newest} desc, s.id desc limit ${sql.lit(limit)}) page`.execute(db);
  return rows;
}

function beyond(after: SearchCursor | null, score: number): RawBuilder<unknown> {
  return after?.score === score
    ? sql`and (s.opened_at, s.id) < (${at(after)}, ${sql.lit(after.id)}::uuid)`
    : sql``;
}

/**
 * The rarest terms that a session has to have, by which all that have them can be looked up; and how far to walk
 * through sessions by date before that, where a page is likely full sooner. PostgreSQL weighs this badly by
 * itself: it walks through all sessions where few match.
 */
async function waysTo(
  db: Kysely<Tables>,
  { where, limit }: PageOfScore,
): Promise<{ driver?: Condition; walk: number }> {
  const terms = partsOf(where).flatMap((part) => (part.kind === 'terms' ? [part] : []));
  const [sessions = 1, ...rows] = await Promise.all(
    [sql`select from session s where ${inProjects(where)}`, ...terms.map(indexRows)].map((read) =>
      estimate(db, read),
    ),
  );
  const fewest = Math.min(...rows);
  const driver = terms[rows.indexOf(fewest)];
  const walk = rows.reduce((steps, some) => steps * Math.max(1, sessions / some), limit);
  return { ...(driver && { driver }), walk: walk < fewest ? PATIENCE * walk : Infinity };
}

function inProjects(where: Condition): RawBuilder<unknown> {
  return joined(
    'and',
    partsOf(where).flatMap((part) => (part.kind === 'projects' ? [toSql(part)] : [])),
  );
}

/** How many rows PostgreSQL expects, by its statistics of how frequent each term is; at least one. */
async function estimate(db: Kysely<Tables>, read: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`
    explain (format json) ${read}`.execute(db);
  return Math.max(1, rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 1);
}

/** What all has to be met. */
function partsOf(condition: Condition): Condition[] {
  return condition.kind === 'and' ? condition.of.flatMap(partsOf) : [condition];
}

function at({ openedAt }: SearchCursor): RawBuilder<unknown> {
  return sql`${sql.lit(openedAt)}::timestamptz`;
}

/** Where the page after this candidate begins. */
export function cursorAfter({ score, place, id }: Candidate): SearchCursor {
  return { score, openedAt: place, id };
}
