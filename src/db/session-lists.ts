import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import { dueInWeek } from './deletions-due.ts';
import type { Hold } from './holds.ts';
import { workDone, type DoneWork } from './lateness.ts';
import { holdsOn } from './life.ts';
import type { PageEnd, Placed } from './pages.ts';
import type { SessionLine } from './sessions.ts';
import type { Tables } from './tables.ts';

/** What a list of a project's sessions is narrowed by, and to whom it is shown. */
export interface SessionListFilter {
  readonly projectId: string;
  /** Those that stand in one of these; in any, where none is named. */
  readonly phases: readonly Phase[];
  readonly tag?: string | undefined;
  readonly held?: boolean | undefined;
  readonly restricted?: boolean | undefined;
  /** Closed, and not archived by when it is due. */
  readonly late?: boolean | undefined;
  readonly done?: DoneWork | undefined;
  /** Of which the archive holds something. */
  readonly stored?: boolean | undefined;
  readonly untagged?: boolean | undefined;
  /** Whose time is over in this week, by this rule. */
  readonly due?: { readonly week: Date; readonly rule?: string | undefined } | undefined;
  /** Opened at this instant or later, and before that one. */
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
  /** Whether the reader may see what is kept by law against an erasure. */
  readonly seesRestricted: boolean;
  readonly after: PageEnd | null;
  readonly limit: number;
  readonly now: Date;
}

/** A line of the list; with when work was due and done, where the list is of work. */
export type ListedSession = Placed<SessionLine> & {
  readonly restricted: boolean;
  readonly workDueAt: Date | null;
  readonly workDoneAt: Date | null;
};

/**
 * Sessions by date, newest first, or by when work was done on them, the latest first; nothing of what was written
 * in them.
 */
export async function listOfSessions(
  db: Kysely<Tables>,
  filter: SessionListFilter,
): Promise<ListedSession[]> {
  const { now, limit } = filter;
  const own = [...(filter.tag === undefined ? [] : [await carrying(db, filter.tag)]), ...counted(filter)];
  const which = filter.done
    ? pageOfWork(filter, filter.done, own)
    : filter.held
      ? await heldSessions(db, filter, own)
      : pageOf(filter, own);
  const { rows } = await sql<ListedSession>`
    select s.id, s.project_id as "projectId", s.topic_id as "topicId", s.kind, s.phase,
      s.opened_at as "openedAt", page.at::text as place, s.closed_at as "closedAt",
      s.keep_until as "keepUntil", case when s.phase = 'review' and r.ended is null then r.due_at end as "reviewDueAt",
      page.due_at as "workDueAt", case when page.due_at is not null then page.at end as "workDoneAt",
      s.restricted_at is not null as restricted, exists (select from ${holdsOn('s', now)} h) as held,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from (${which}) page join session s on s.id = page.id
    left join review r on r.session_id = s.id and r.round = s.review_round
    order by page.at desc, s.id desc limit ${limit}`.execute(db);
  return rows;
}

/** A condition on session `s`, and whether few sessions meet it, which are looked up rather than walked to. */
interface Which {
  readonly sql: RawBuilder<unknown>;
  readonly few: boolean;
}

/** So many sessions are looked up and sorted sooner than as many found by walking through all by date. */
const FEW = 10_000;

/**
 * Sessions that carry a tag. PostgreSQL guesses badly how many pages a walk by date takes (measured with half a
 * million sessions: up to eight seconds for a rare tag, two for a frequent one), so it is told which way to go.
 */
async function carrying(db: Kysely<Tables>, tag: string): Promise<Which> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select from session_tag where tag = ${tag} limit ${FEW}) counted`.execute(
    db,
  );
  return (rows[0]?.count ?? 0) < FEW
    ? { sql: sql`s.id = any(array(select session_id from session_tag where tag = ${tag}))`, few: true }
    : {
        // Not `exists`, which PostgreSQL turns into a join of all of them.
        sql: sql`coalesce((select true from session_tag t where t.session_id = s.id and t.tag = ${tag}), false)`,
        few: false,
      };
}

/** What the overview counts. */
function counted({ projectId, due, now }: SessionListFilter): Which[] {
  if (!due) return [];
  return [{ sql: sql`s.id = any(array(${dueInWeek(projectId, { ...due, now })}))`, few: true }];
}

/** Work in the order in which it was done, which its indexes have: a month's may be tens of thousands. */
function pageOfWork(filter: SessionListFilter, done: DoneWork, which: readonly Which[]): RawBuilder<unknown> {
  const held = filter.held ? [sql`exists (select from ${holdsOn('s', filter.now)} h)`] : [];
  const own = which.map((one) => one.sql);
  return sql`
    select s.id, work.done_at as at, work.due_at
    from (${workDone(filter.projectId, done)}) work join session s on s.id = work.session_id
    where ${sql.join([meets(filter, sql`work.done_at`), ...held, ...own], sql` and `)}
    order by work.done_at desc, s.id desc limit ${filter.limit}`;
}

function pageOf(filter: SessionListFilter, which: readonly Which[]): RawBuilder<unknown> {
  const conditions = sql.join([meets(filter, sql`s.opened_at`), ...which.map((one) => one.sql)], sql` and `);
  // An expression keeps PostgreSQL from walking by date.
  const newest = which.some(({ few }) => few) ? sql`s.opened_at + interval '0'` : sql`s.opened_at`;
  return sql`
    select s.id, s.opened_at as at, null::timestamptz as due_at from session s
    where ${conditions} order by ${newest} desc, s.id desc limit ${filter.limit}`;
}

/** As the overview counts them. Spam is not archived; it goes after a period of its own. */
function lateArchive(now: Date): RawBuilder<unknown> {
  return sql`s.phase = 'closed' and s.archive_due_at <= ${now}
    and not exists (select from session_tag t where t.session_id = s.id and t.tag = 'spam')`;
}

// Looked at session by session on the walk by date: as joins they would be made of all sessions first.
const STORED = sql`coalesce((select true from archive a
  where a.session_id = s.id and a.deleted_at is null limit 1), false)`;
const UNTAGGED = sql`coalesce((select false from session_tag t where t.session_id = s.id limit 1), true)`;

/** What is asked for besides tags and holds, in a list by `at`; each part left out where nothing asks for it. */
function meets(filter: SessionListFilter, at: RawBuilder<unknown>): RawBuilder<unknown> {
  const { phases, restricted, late, stored, untagged, from, before, after, now } = filter;
  const [only, ...others] = phases;
  return sql.join(
    [
      sql`s.project_id = ${filter.projectId}`,
      sql`(s.erasure_id is null or s.restricted_at is not null or s.phase = 'deleted')`,
      ...(filter.seesRestricted ? [] : [sql`s.restricted_at is null`]),
      ...(restricted ? [sql`s.restricted_at is not null`] : []),
      ...(late ? [lateArchive(now)] : []),
      ...(stored ? [STORED] : []),
      ...(untagged ? [UNTAGGED] : []),
      ...(filter.held ? [sql`s.phase <> 'deleted'`] : []),
      ...(only === undefined
        ? []
        : [others.length === 0 ? sql`s.phase = ${only}` : sql`s.phase = any(${phases}::text[])`]),
      ...(from ? [sql`s.opened_at >= ${from}`] : []),
      ...(before ? [sql`s.opened_at < ${before}`] : []),
      ...(after ? [sql`(${at}, s.id) < (${after.at}::timestamptz, ${after.id}::uuid)`] : []),
    ],
    sql` and `,
  );
}

/**
 * The sessions that holds are on, found from the holds: few sessions of many are held, and a walk through all of
 * them by date could take as long as there are sessions. Each wider hold gives no more than one page.
 */
async function heldSessions(
  db: Kysely<Tables>,
  filter: SessionListFilter,
  own: readonly Which[],
): Promise<RawBuilder<unknown>> {
  const inForce = sql`project_id = ${filter.projectId} and released_at is null
    and (ends_at is null or ends_at > ${filter.now})`;
  const { rows: wider } = await sql<Pick<Hold, 'tag' | 'opened_from' | 'opened_before'>>`
    select distinct tag, opened_from, opened_before from hold where ${inForce} and scope = 'query'`.execute(
    db,
  );
  const ofTheirOwn = sql`s.id = any(array(select session_id from hold where ${inForce} and scope = 'session'))`;
  const ofCustomers = sql`s.id = any(array(select p.session_id from participant p
    where p.subject_id in (select subject_id from hold where ${inForce} and scope = 'subject')))`;
  const pages = [ofTheirOwn, ofCustomers].map((one) => pageOf(filter, [...own, { sql: one, few: true }]));
  for (const { tag, opened_from: from, opened_before: before } of wider) {
    const tagged = tag === null ? [] : [await carrying(db, tag)];
    const days = [
      ...(from ? [{ sql: sql`s.opened_at >= ${from}`, few: false }] : []),
      ...(before ? [{ sql: sql`s.opened_at < ${before}`, few: false }] : []),
    ];
    pages.push(pageOf(filter, [...own, ...tagged, ...days]));
  }
  return sql.join(
    pages.map((page) => sql`(${page})`),
    sql` union `,
  );
}
