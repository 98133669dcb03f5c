import { sql, type Kysely } from 'kysely';
import type { Phase } from '../domain/phases.ts';
import { readLateness, type Lateness } from './lateness.ts';
import { WAITS } from './reviews.ts';
import { queueStatus, type QueueStatus } from './status.ts';
import type { Tables } from './tables.ts';
import { waitingStatus } from './waiting-updates.ts';
import { OVERDUE_KINDS, overdueAudit, overdueOf, type OverdueKind } from './watchdog.ts';

/** It is checked daily, so further back than this there is nothing to look for. */
const ENTRIES_LOOKED_AT = 200_000;

/** How the newest check of the whole audit log ended; `undefined` before the first. */
export async function lastAuditCheck(
  db: Kysely<Tables>,
): Promise<{ at: Date; outcome: 'good' | 'damaged' } | undefined> {
  const row = await db
    .selectFrom('audit_entry')
    .select(['at', 'action'])
    .where('action', 'in', ['audit.verified', 'audit.damaged'])
    .where('object_kind', '=', 'audit')
    .where(
      'seq',
      '>',
      sql<number>`(select coalesce(max(seq), 0) from audit_entry) - ${ENTRIES_LOOKED_AT}::bigint`,
    )
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { at: row.at, outcome: row.action === 'audit.verified' ? 'good' : 'damaged' };
}

/** What is read at every look: each from a partial index or a small table. */
export interface LightFacts {
  readonly outbox: QueueStatus;
  readonly deliveries: QueueStatus;
  readonly webhooks: QueueStatus;
  readonly updates: QueueStatus;
  readonly disabledWebhooks: number;
  readonly reviews: readonly { projectId: string; waiting: number; nearestDueAt: Date | null }[];
  readonly erasures: readonly {
    projectId: string;
    state: string;
    open: number;
    oldestAt: Date;
    nearestDeadlineAt: Date;
  }[];
  readonly approvals: readonly { projectId: string; kind: string; waiting: number }[];
  readonly holds: readonly { projectId: string; inForce: number }[];
  readonly paused: readonly { projectId: string; paused: boolean }[];
  readonly audit: {
    readonly size: number;
    readonly signed: number;
    readonly anchored: number;
    readonly signedAt: Date | null;
    readonly anchoredHeadAt: Date | null;
  };
}

/** Reads what is cheap to read however many sessions there are. */
export async function readLightFacts(db: Kysely<Tables>, now: Date): Promise<LightFacts> {
  const [queues, webhooks, updates, reviews, erasures, approvals, holds, paused, audit] = await Promise.all([
    queueStatus(db),
    webhookQueue(db),
    waitingStatus(db),
    sql<LightFacts['reviews'][number]>`
      select s.project_id as "projectId", count(*)::int as waiting, min(r.due_at) as "nearestDueAt"
      from review r join session s on s.id = r.session_id and s.review_round = r.round
      where ${WAITS} group by 1`.execute(db),
    sql<LightFacts['erasures'][number]>`
      select project_id as "projectId", state, count(*)::int as open, min(received_at) as "oldestAt",
        min(coalesce(deadline_at, legal_deadline_at)) as "nearestDeadlineAt"
      from erasure where state in ('requested', 'filed', 'confirmed') group by 1, 2`.execute(db),
    sql<LightFacts['approvals'][number]>`
      select project_id as "projectId", kind, count(*)::int as waiting from approval
      where outcome is null group by 1, 2`.execute(db),
    sql<LightFacts['holds'][number]>`
      select project_id as "projectId", count(*)::int as "inForce" from hold
      where released_at is null and (ends_at is null or ends_at > ${now}) group by 1`.execute(db),
    sql<LightFacts['paused'][number]>`
      select id as "projectId", deletions_paused_at is not null as paused from project`.execute(db),
    sql<LightFacts['audit']>`
      select (select size from audit_tree) as size, head.size as signed, head.at as "signedAt",
        kept.size as anchored, kept.at as "anchoredHeadAt"
      from (select coalesce(max(size), 0) as size, max(at) as at from audit_checkpoint) head,
        (select coalesce(max(size), 0) as size, max(at) as at from audit_checkpoint
          where anchored_at is not null) kept`.execute(db),
  ]);
  return {
    ...queues,
    ...webhooks,
    updates,
    reviews: reviews.rows,
    erasures: erasures.rows,
    approvals: approvals.rows,
    holds: holds.rows,
    paused: paused.rows,
    audit: audit.rows[0] ?? { size: 0, signed: 0, anchored: 0, signedAt: null, anchoredHeadAt: null },
  };
}

async function webhookQueue(db: Kysely<Tables>): Promise<Pick<LightFacts, 'webhooks' | 'disabledWebhooks'>> {
  const { rows } = await sql<QueueStatus & { disabled: number }>`
    select (select count(*)::int from webhook_delivery where done_at is null) as waiting,
      (select min(created_at) from webhook_delivery where done_at is null) as "oldestAt",
      (select count(*)::int from webhook_endpoint where disabled_at is not null and removed_at is null) as disabled`.execute(
    db,
  );
  const { waiting = 0, oldestAt = null, disabled = 0 } = rows[0] ?? {};
  return { webhooks: { waiting, oldestAt }, disabledWebhooks: disabled };
}

/** What takes a look at every session, and so is read now and then. */
export interface HeavyFacts {
  readonly phases: readonly { projectId: string; phase: Phase; sessions: number }[];
  /** Retention over, and no review opened yet. */
  readonly due: readonly { projectId: string; sessions: number }[];
  /** Of what was archived in the last 24 hours. */
  readonly archived: readonly { projectId: string; archived: number; within24Hours: number }[];
  /** Of the last 24 hours, against when it was due. */
  readonly lateness: readonly Lateness[];
  readonly overdue: readonly { kind: OverdueKind; count: number }[];
  readonly exports: readonly { format: string; exports: number; bytes: number }[];
  readonly translations: readonly { translator: string; translations: number }[];
  /** Messages that were shown without the translation they should have had. */
  readonly untranslated: number;
}

const DAY_MS = 86_400_000;

/**
 * @param options.withAnchor whether heads of the audit log are expected at an anchor
 */
export async function readHeavyFacts(
  db: Kysely<Tables>,
  now: Date,
  options: { withAnchor: boolean },
): Promise<HeavyFacts> {
  const since = new Date(now.getTime() - DAY_MS);
  // One after the other: a look for figures takes one connection, not all that the acts need.
  const phases = await sql<HeavyFacts['phases'][number]>`
    select project_id as "projectId", phase, count(*)::int as sessions from session group by 1, 2`.execute(
    db,
  );
  const due = await sql<HeavyFacts['due'][number]>`
    select project_id as "projectId", count(*)::int as sessions from session
    where phase = 'archived' and keep_until <= ${now} group by 1`.execute(db);
  const archived = await sql<HeavyFacts['archived'][number]>`
    select project_id as "projectId", count(*)::int as archived,
      (count(*) filter (where archived_at <= closed_at + interval '24 hours'))::int as "within24Hours"
    from session where archived_at >= ${since} group by 1`.execute(db);
  const exports = await sql<HeavyFacts['exports'][number]>`
    select format, count(*)::int as exports, sum(bytes)::float8 as bytes from export
    where finished_at is not null group by 1`.execute(db);
  const translations = await sql<HeavyFacts['translations'][number]>`
    select translator, count(*)::int as translations from translation group by 1`.execute(db);
  const { rows: missing } = await sql<{ count: number }>`
    select count(*)::int as count from delivery where outcome = 'untranslated'`.execute(db);
  const lateness = await readLateness(db, since);
  return {
    exports: exports.rows,
    translations: translations.rows,
    untranslated: missing[0]?.count ?? 0,
    phases: phases.rows,
    due: due.rows,
    archived: archived.rows,
    lateness,
    overdue: await countOverdue(db, now, options.withAnchor),
  };
}

async function countOverdue(
  db: Kysely<Tables>,
  now: Date,
  withAnchor: boolean,
): Promise<HeavyFacts['overdue']> {
  const counts: { kind: OverdueKind; count: number }[] = [];
  for (const kind of OVERDUE_KINDS)
    counts.push({
      kind,
      count:
        kind === 'audit'
          ? ((await overdueAudit(db, now, withAnchor))?.count ?? 0)
          : (await overdueOf(db, kind, now)).length,
    });
  return counts;
}
