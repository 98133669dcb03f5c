import { sql, type Kysely, type RawBuilder } from 'kysely';
import { nextErasureStep, type ErasureStep } from '../domain/erasure-steps.ts';
import { nextStep, type LifeFacts, type NextStep } from '../domain/next-step.ts';
import type { Policy } from '../domain/policy.ts';
import { overdueSinceOf, type Expected } from '../domain/reconciling.ts';
import type { ReviewEnd } from '../domain/review.ts';
import { erasureFacts, type Erasure } from './erasures.ts';
import { holdsOn } from './life.ts';
import type { Tables } from './tables.ts';

/** A session as its workflow should know it. */
export interface SessionRow extends Expected {
  readonly id: string;
  readonly projectId: string;
  readonly next: NextStep;
}

/** The same of an erasure. */
export interface ErasureRow extends Expected {
  readonly id: string;
  readonly projectId: string;
  readonly number: string;
  readonly deadlineAt: Date | null;
  readonly next: ErasureStep;
}

/** Which rows: a slice of all ids, by the hexadecimal digits they begin with, or some by id. */
export type Which = { readonly prefix: string } | { readonly ids: readonly string[] };

type Facts = Omit<LifeFacts, 'review' | 'holdEnds' | 'deletionsPausedAt'> & {
  id: string;
  projectId: string;
  deletionBeganAt: Date | null;
  holdEnds: (string | null)[];
  reviewDueAt: Date | null;
  reviewOnSilence: 'delete' | 'hold';
  reviewEnded: ReviewEnd | null;
  reviewEndedAt: Date | null;
  erasing: boolean;
  inTransit: boolean;
};

/**
 * Sessions and what comes next of each. Of a slice those that are not deleted, of named ones all there are.
 * One whose erasure is under way counts as on its way: the erasure's own workflow carries it.
 */
export async function expectedSessions(db: Kysely<Tables>, which: Which, now: Date): Promise<SessionRow[]> {
  const projects = await projectFacts(db);
  const { rows } = await sql<Facts>`
    select s.id, s.project_id as "projectId", s.phase, s.last_activity_at as "lastActivityAt",
      s.closed_at as "closedAt", s.reopen_until as "reopenUntil", s.keep_until as "keepUntil",
      s.deletion_began_at as "deletionBeganAt", s.restricted_at as "restrictedAt",
      s.erasure_id is not null and s.restricted_at is null as erased, s.review_round as round,
      s.erasure_id is not null and s.restricted_at is null and s.phase <> 'deleted' as erasing,
      exists (select from session_tag t where t.session_id = s.id and t.tag = 'spam') as spam,
      (select coalesce(jsonb_agg(h.ends_at), '[]') from ${holdsOn('s', now)} h) as "holdEnds",
      r.due_at as "reviewDueAt", r.on_silence as "reviewOnSilence", r.ended as "reviewEnded",
      r.ended_at as "reviewEndedAt",
      exists (select from outbox o where o.stream = s.id and o.delivered_at is null)
        or exists (select from throttled_event e where e.session_id = s.id) as "inTransit"
    from session s left join review r on r.session_id = s.id and r.round = s.review_round
    where ${within('s.id', which)} ${'prefix' in which ? sql`and s.phase <> 'deleted'` : sql``}`.execute(db);
  return rows.map((row) => sessionRow(row, projects));
}

interface ProjectFacts {
  readonly id: string;
  readonly timeZone: string;
  readonly deletionsPausedAt: Date | null;
  readonly policy: Policy;
}

async function projectFacts(db: Kysely<Tables>): Promise<Map<string, ProjectFacts>> {
  const { rows } = await sql<ProjectFacts>`
    select p.id, p.time_zone as "timeZone", p.deletions_paused_at as "deletionsPausedAt", newest.document as policy
    from project p join lateral (
      select document from policy where project_id = p.id order by version desc limit 1) newest on true`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function sessionRow(row: Facts, projects: ReadonlyMap<string, ProjectFacts>): SessionRow {
  const project = projects.get(row.projectId);
  if (!project) throw new Error(`Project ${row.projectId} has no policy.`);
  const facts: LifeFacts = {
    ...row,
    deletionsPausedAt: project.deletionsPausedAt,
    holdEnds: row.holdEnds.map((end) => (end === null ? null : new Date(end))),
    review: row.reviewDueAt && {
      dueAt: row.reviewDueAt,
      onSilence: row.reviewOnSilence,
      ended: row.reviewEnded,
    },
  };
  const next = nextStep(facts, project.policy, project.timeZone);
  return {
    id: row.id,
    projectId: row.projectId,
    next,
    phase: next.phase,
    at: next.at,
    over: next.step === 'end',
    overdueSince: overdueSinceOf(next, row),
    inTransit: row.inTransit || row.erasing,
  };
}

/** Erasures: of a slice those that are under way, of named ones all there are. */
export async function expectedErasures(db: Kysely<Tables>, which: Which): Promise<ErasureRow[]> {
  const { rows } = await sql<Erasure & { inTransit: boolean }>`
    select e.*, exists (select from outbox o where o.stream = e.id and o.delivered_at is null) as "inTransit"
    from erasure e
    where ${within('e.id', which)}
      ${'prefix' in which ? sql`and e.state in ('requested', 'filed', 'confirmed', 'restricted')` : sql``}`.execute(
    db,
  );
  return rows.map((row) => {
    const next = nextErasureStep(erasureFacts(row));
    return {
      id: row.id,
      projectId: row.project_id,
      number: row.number,
      deadlineAt: row.deadline_at,
      next,
      phase: null,
      at: next.at,
      over: next.step === 'end',
      overdueSince: next.at > 0 ? next.at : (row.deadline_at?.getTime() ?? null),
      inTransit: row.inTransit,
    };
  });
}

function within(column: string, which: Which): RawBuilder<unknown> {
  const id = sql.raw(column);
  if ('ids' in which) return sql`${id} = any(${which.ids}::uuid[])`;
  return sql`${id} between ${uuidFrom(which.prefix, '0')}::uuid and ${uuidFrom(which.prefix, 'f')}::uuid`;
}

function uuidFrom(prefix: string, filler: string): string {
  const hex = prefix.padEnd(32, filler);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** About how many sessions there are, from the planner's own figures: for choosing the size of slices. */
export async function roughSessionCount(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select greatest(reltuples, 0)::bigint as count from pg_class where oid = 'session'::regclass`.execute(db);
  return rows[0]?.count ?? 0;
}

/** When rows and workflows were last compared to the end, if it was since an instant. */
export async function lastReconciled(db: Kysely<Tables>, since: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('audit_entry')
    .select('at')
    .where('at', '>=', since)
    .where('action', '=', 'reconcile.ran')
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}

/**
 * Runs the work unless another process is at the same, which `undefined` says. The lock is the connection's
 * and not a transaction's: an hour of an open transaction would keep dead rows from being cleared away.
 */
export async function unlessReconciling<T>(
  db: Kysely<Tables>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return db.connection().execute(async (one) => {
    const { rows } = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_lock(hashtext('retention reconcile')) as mine`.execute(one);
    if (!rows[0]?.mine) return undefined;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(hashtext('retention reconcile'))`.execute(one);
    }
  });
}
