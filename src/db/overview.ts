import { sql, type Kysely } from 'kysely';
import type { Overview } from '../domain/overview.ts';
import { countDeletionsDue } from './deletions-due.ts';
import { readLateness } from './lateness.ts';
import { holdsOn } from './life.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** A project's overview with the time it was counted at. */
export interface CountedOverview {
  readonly projectId: string;
  readonly facts: Overview;
  readonly countedAt: Date;
}

/** How these projects stood when they were last counted; one that never was is left out. */
export async function readOverviews(
  db: Kysely<Tables>,
  projectIds: readonly string[],
): Promise<CountedOverview[]> {
  return db
    .selectFrom('overview')
    .select(['project_id as projectId', 'facts', 'counted_at as countedAt'])
    .where('project_id', 'in', [...projectIds, ''])
    .orderBy('project_id')
    .execute();
}

/**
 * Counting may take so small a part of the time: a project whose counting takes two seconds is counted
 * every hundred.
 */
const SHARE = 50;
const LEAST_MS = 60_000;

/**
 * Counts anew the projects whose overview is due. Of two processes at once, one does it.
 *
 * @returns how many were counted
 */
export async function renewOverviews(db: Kysely<Tables>, now: Date): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows: locked } = await sql<{ mine: boolean }>`
      select pg_try_advisory_xact_lock(hashtext('retention overview')) as mine`.execute(tx);
    if (!locked[0]?.mine) return 0;
    const { rows: due } = await sql<{ id: string }>`
      select p.id from project p left join overview o on o.project_id = p.id
      where o.counted_at is null
        or o.counted_at <= ${now}::timestamptz - greatest(${LEAST_MS}, o.took_ms * ${SHARE}) * interval '1 ms'
      order by p.id`.execute(tx);
    for (const { id } of due) await renew(tx, id, now);
    return due.length;
  });
}

async function renew(db: Kysely<Tables>, projectId: string, now: Date): Promise<void> {
  const began = performance.now();
  const facts = JSON.stringify(await countOverview(db, projectId, now));
  const tookMs = Math.round(performance.now() - began);
  await db
    .insertInto('overview')
    .values({ project_id: projectId, facts, counted_at: now, took_ms: tookMs })
    .onConflict((conflict) =>
      conflict.column('project_id').doUpdateSet({ facts, counted_at: now, took_ms: tookMs }),
    )
    .execute();
}

/** Counts how a project stands. Takes about two seconds for a million sessions. */
export async function countOverview(db: Kysely<Tables>, projectId: string, now: Date): Promise<Overview> {
  const { rows: sessions } = await countSessions(db, projectId, now);
  const { rows: erasures } = await countErasures(db, projectId, now);
  const { rows: deletionsDue } = await countDeletionsDue(db, projectId, now);
  const { rows: storage } = await countStorage(db, projectId);
  const { rows: keptByRule } = await countKeptByRule(db, projectId, now);
  const { storedBytes } = await db
    .selectFrom('archive as a')
    .innerJoin('session as s', 's.id', 'a.session_id')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<string>('a.size_bytes'), sql<string>`0`).as('storedBytes'))
    .where('s.project_id', '=', projectId)
    .where('a.deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  const [ofSessions] = sessions;
  const [ofErasures] = erasures;
  if (!ofSessions || !ofErasures) throw new Error('an aggregate without groups gives one row');
  const lateness = await readLateness(db, new Date(now.getTime() - MONTH_MS), projectId);
  return {
    ...{ ...ofSessions, ...ofErasures, deletionsDue, keptByRule, storage, storedBytes: Number(storedBytes) },
    lateness: lateness.map(({ kind, done, late, median, p99 }) => ({ kind, done, late, median, p99 })),
    auditVerified: await lastVerified(db),
  };
}

const MONTH_MS = 30 * 86_400_000;

async function lastVerified(db: Kysely<Tables>): Promise<Overview['auditVerified']> {
  const found = await db
    .selectFrom('audit_entry')
    .select(['object_id', 'at'])
    .where('action', '=', 'audit.verified')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return found ? { until: Number(found.object_id), at: found.at.toISOString() } : null;
}

type SessionFacts = Pick<
  Overview,
  | 'phases'
  | 'held'
  | 'restricted'
  | 'archivedInTime'
  | 'lateArchives'
  | 'reviewsWaiting'
  | 'nearestReviewDueAt'
>;

function countSessions(db: Kysely<Tables>, projectId: string, now: Date) {
  return sql<SessionFacts>`
    with held as materialized (
      select s.id from session s where s.project_id = ${projectId} and s.phase <> 'deleted'
        -- Most sessions are under no hold, and one look at all the holds tells which may be.
        and (s.id in (select session_id from hold where released_at is null)
          or exists (select from hold q where q.project_id = ${projectId} and q.scope <> 'session'
            and q.released_at is null))
        and exists (select from ${holdsOn('s', now)} h))
    select
      jsonb_build_object(
        'open', count(*) filter (where s.phase = 'open'),
        'closed', count(*) filter (where s.phase = 'closed'),
        'archived', count(*) filter (where s.phase = 'archived'),
        'review', count(*) filter (where s.phase = 'review'),
        'deleted', count(*) filter (where s.phase = 'deleted')) as phases,
      (select count(*) from held)::int as held,
      count(*) filter (where s.restricted_at is not null and s.phase <> 'deleted')::int as restricted,
      jsonb_build_object(
        'kept', count(*) filter (where s.archived_at > ${now}::timestamptz - interval '30 days'
          and s.archived_at <= s.archive_due_at),
        'of', count(*) filter (where s.archived_at > ${now}::timestamptz - interval '30 days'
          and s.archive_due_at is not null)) as "archivedInTime",
      count(*) filter (where s.phase = 'closed' and s.archive_due_at <= ${now} and not exists
        (select from session_tag t where t.session_id = s.id and t.tag = 'spam'))::int as "lateArchives",
      (select count(*) from review r join session s on s.id = r.session_id and s.review_round = r.round
        where ${WAITS} and s.project_id = ${projectId})::int as "reviewsWaiting",
      (select to_json(min(r.due_at)) #>> '{}' from review r
        join session s on s.id = r.session_id and s.review_round = r.round
        where ${WAITS} and s.project_id = ${projectId}) as "nearestReviewDueAt"
    from session s where s.project_id = ${projectId}`.execute(db);
}

type ErasureFacts = Pick<
  Overview,
  'erasedWithin24h' | 'erasedWithin48h' | 'erasuresRunning' | 'erasuresPastTarget'
>;

function countErasures(db: Kysely<Tables>, projectId: string, now: Date) {
  return sql<ErasureFacts>`
    with done as (
      select verified_at - confirmed_at as took from erasure
      where project_id = ${projectId} and verified_at > ${now}::timestamptz - interval '90 days')
    select
      (select jsonb_build_object('kept', count(*) filter (where took <= interval '24 hours'), 'of', count(*))
        from done) as "erasedWithin24h",
      (select jsonb_build_object('kept', count(*) filter (where took <= interval '48 hours'), 'of', count(*))
        from done) as "erasedWithin48h",
      count(*) filter (where state = 'confirmed')::int as "erasuresRunning",
      count(*) filter (where state = 'confirmed' and target_at <= ${now})::int as "erasuresPastTarget"
    from erasure where project_id = ${projectId}`.execute(db);
}

function countKeptByRule(db: Kysely<Tables>, projectId: string, now: Date) {
  return sql<NonNullable<Overview['keptByRule']>[number]>`
    select coalesce(keep_rule, 'base') as rule, count(*)::int as sessions,
      (count(*) filter (where keep_until <= ${now}::timestamptz + interval '30 days'))::int as "endingSoon"
    from session where project_id = ${projectId} and phase in ('archived', 'review')
    group by 1 order by 1`.execute(db);
}

function countStorage(db: Kysely<Tables>, projectId: string) {
  return sql<Overview['storage'][number]>`
    with kept as (
      select a.session_id, sum(a.size_bytes) as bytes from archive a
      join session s on s.id = a.session_id
      where s.project_id = ${projectId} and a.deleted_at is null group by a.session_id)
    select t.tag, count(*)::int as sessions, sum(kept.bytes)::float8 as bytes
    from kept left join session_tag t on t.session_id = kept.session_id
    group by t.tag order by 3 desc`.execute(db);
}
