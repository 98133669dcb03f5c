import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import type { ErasureState } from '../domain/erasure-steps.ts';
import type { Approval } from './approvals.ts';
import type { Erasure } from './erasures.ts';
import type { ExportRow } from './exports-tables.ts';
import type { Hold } from './holds.ts';
import { holdsOn } from './life.ts';
import { WAITS, type PendingReview } from './reviews.ts';
import type { SessionLine } from './sessions.ts';
import type { Tables } from './tables.ts';

/** Where a page ended: the date it is sorted by, to PostgreSQL's own precision, and the id. */
export interface PageEnd {
  readonly at: string;
  readonly id: string;
}

/** One page of a project's list. */
export interface PageOf {
  readonly projectId: string;
  readonly limit: number;
  readonly after: PageEnd | null;
}

/** A row with its place in the list. */
export type Placed<T> = T & { readonly place: string };

/** Rows after the end of the page before, in a list that is sorted by a date and then by id. */
function beyond(at: RawBuilder<unknown>, id: RawBuilder<unknown>, after: PageEnd | null, way: '<' | '>') {
  if (!after) return sql`true`;
  return sql`(${at}, ${id}) ${sql.raw(way)} (${after.at}::timestamptz, ${after.id}::uuid)`;
}

/** Sessions, newest first. */
export async function pageOfSessions(
  db: Kysely<Tables>,
  page: PageOf & {
    phase?: Phase | undefined;
    tag?: string | undefined;
    /** Whether the reader may see what is kept by law against an erasure. */
    seesRestricted: boolean;
    /** Whether they see what is not live any more. */
    seesArchived: boolean;
    now: Date;
  },
): Promise<Placed<SessionLine>[]> {
  const { projectId, phase = null, tag = null } = page;
  const { rows } = await sql<Placed<SessionLine>>`
    select s.id, s.project_id as "projectId", s.topic_id as "topicId", s.kind, s.phase,
      s.opened_at as "openedAt", s.opened_at::text as place, s.closed_at as "closedAt",
      s.keep_until as "keepUntil", case when s.phase = 'review' and r.ended is null then r.due_at end as "reviewDueAt",
      exists (select from ${holdsOn('s', page.now)} h) as held,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from session s left join review r on r.session_id = s.id and r.round = s.review_round
    where s.project_id = ${projectId} and (s.erasure_id is null or s.restricted_at is not null or s.phase = 'deleted')
      and (${page.seesRestricted}::boolean or s.restricted_at is null)
      and (${page.seesArchived}::boolean or s.phase in ('open', 'closed'))
      and (${phase}::text is null or s.phase = ${phase})
      and (${tag}::text is null or exists (select from session_tag t where t.session_id = s.id and t.tag = ${tag}))
      and ${beyond(sql`s.opened_at`, sql`s.id`, page.after, '<')}
    order by s.opened_at desc, s.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Reviews that wait for a decision, the most urgent first: none of what an erasure took, or keeps by law. */
export async function pageOfReviews(db: Kysely<Tables>, page: PageOf): Promise<Placed<PendingReview>[]> {
  const { rows } = await sql<Placed<PendingReview>>`
    select r.session_id as "sessionId", s.project_id as "projectId", r.round, r.opened_at as "openedAt",
      r.due_at as "dueAt", r.due_at::text as place, r.on_silence as "onSilence",
      (select coalesce(sum(messages), 0)::int from archive a where a.session_id = s.id) as messages,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where ${WAITS} and s.project_id = ${page.projectId}
      and ${beyond(sql`r.due_at`, sql`r.session_id`, page.after, '>')}
    order by r.due_at, r.session_id limit ${page.limit}`.execute(db);
  return rows;
}

/** Holds in force, the oldest first; with those that ended where all are asked for. */
export async function pageOfHolds(
  db: Kysely<Tables>,
  page: PageOf & { all: boolean; now: Date },
): Promise<Placed<Hold>[]> {
  const { rows } = await sql<Placed<Hold>>`
    select h.*, h.placed_at::text as place from hold h
    where h.project_id = ${page.projectId}
      and (${page.all} or (h.released_at is null and (h.ends_at is null or h.ends_at > ${page.now})))
      and ${beyond(sql`h.placed_at`, sql`h.id`, page.after, '>')}
    order by h.placed_at, h.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Erasures, the newest first. */
export async function pageOfErasures(
  db: Kysely<Tables>,
  page: PageOf & { state?: ErasureState | undefined },
): Promise<Placed<Erasure>[]> {
  const { state = null } = page;
  const { rows } = await sql<Placed<Erasure>>`
    select e.*, e.received_at::text as place from erasure e
    where e.project_id = ${page.projectId} and (${state}::text is null or e.state = ${state})
      and ${beyond(sql`e.received_at`, sql`e.id`, page.after, '<')}
    order by e.received_at desc, e.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Requests for a second person, the oldest first; with the decided ones where all are asked for. */
export async function pageOfApprovals(
  db: Kysely<Tables>,
  page: PageOf & { all: boolean },
): Promise<Placed<Approval>[]> {
  const { rows } = await sql<Placed<Approval>>`
    select a.*, a.requested_at::text as place from approval a
    where a.project_id = ${page.projectId} and (${page.all} or a.outcome is null)
      and ${beyond(sql`a.requested_at`, sql`a.id`, page.after, '>')}
    order by a.requested_at, a.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Exports, the newest first. Those that are gone are counts alone. */
export async function pageOfExports(db: Kysely<Tables>, page: PageOf): Promise<Placed<ExportRow>[]> {
  const { rows } = await sql<Placed<ExportRow>>`
    select e.*, e.requested_at::text as place from export e
    where e.project_id = ${page.projectId} and ${beyond(sql`e.requested_at`, sql`e.id`, page.after, '<')}
    order by e.requested_at desc, e.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** The tables of what a path can name by its id. */
export type NamedTable = 'session' | 'hold' | 'approval' | 'subject' | 'export' | 'export_schedule';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The project that something belongs to; `undefined` where there is no such thing. */
export async function projectOf(
  db: Kysely<Tables>,
  table: NamedTable,
  id: string,
): Promise<string | undefined> {
  if (!UUID.test(id)) return undefined;
  const { rows } = await sql<{ project_id: string }>`
    select project_id from ${sql.table(table)} where id = ${id}`.execute(db);
  return rows[0]?.project_id;
}

/** The project that an erasure belongs to, by the number that a customer quotes. */
export async function projectOfErasure(db: Kysely<Tables>, number: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('erasure')
    .select('project_id')
    .where('number', '=', number.toUpperCase())
    .executeTakeFirst();
  return row?.project_id;
}

/** The request of an erasure that waits for a second person. */
export async function waitingErasureApproval(
  db: Kysely<Tables>,
  erasureId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('approval')
    .select('id')
    .where('kind', '=', 'erasure')
    .where('object_id', '=', erasureId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  return row?.id;
}

/** The numbers of the erasures that requests for a second person are about, by the erasure's id. */
export async function erasureNumbers(
  db: Kysely<Tables>,
  approvals: readonly Pick<Approval, 'kind' | 'object_id'>[],
): Promise<ReadonlyMap<string, string>> {
  const ids = approvals.filter(({ kind }) => kind === 'erasure').map(({ object_id: id }) => id);
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('erasure').select(['id', 'number']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, number }) => [id, number]));
}
