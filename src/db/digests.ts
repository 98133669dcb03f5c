import { sql, type Kysely, type Transaction } from 'kysely';
import { holdsOn } from './life.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** What waits for the supervisors of a project. */
export interface DigestFacts {
  readonly waiting: number;
  /** How many end within a day, three and seven; each counts the ones before it. */
  readonly withinDay: number;
  readonly withinThree: number;
  readonly withinWeek: number;
  /** What silence will do to how many of them. */
  readonly deletes: number;
  readonly holds: number;
  /** Imported sessions, say, of which no card was sent to anybody. */
  readonly withoutCard: number;
  /** Approved by one person, where it takes two. */
  readonly approvedOnce: number;
  /** In review and under hold: they wait for its release and not for a decision. */
  readonly held: number;
  readonly nextDueAt: Date | null;
}

/** A rule that brought sessions into review, with how many of them wait. */
export interface WaitingRule {
  readonly rule: string;
  readonly waiting: number;
}

/** Counts what waits in a project. */
export async function readDigest(db: Kysely<Tables>, projectId: string, now: Date): Promise<DigestFacts> {
  const within = (days: number) =>
    sql`count(*) filter (where due_at <= ${now}::timestamptz + ${days} * interval '1 day')::int`;
  const { rows } = await sql<Omit<DigestFacts, 'held'>>`
    select count(*)::int as waiting, ${within(1)} as "withinDay", ${within(3)} as "withinThree",
      ${within(7)} as "withinWeek", count(*) filter (where on_silence = 'delete')::int as deletes,
      count(*) filter (where on_silence = 'hold')::int as holds,
      count(*) filter (where not shown)::int as "withoutCard",
      count(*) filter (where approved_by is not null)::int as "approvedOnce", min(due_at) as "nextDueAt"
    from (
      select r.due_at, r.on_silence, r.approved_by, exists (
        select from review_card c where c.session_id = r.session_id and c.round = r.round) as shown
      from review r join session s on s.id = r.session_id and s.review_round = r.round
      where s.project_id = ${projectId} and ${WAITS}) waiting`.execute(db);
  const { rows: held } = await sql<{ held: number }>`
    select count(*)::int as held from session s
    where s.project_id = ${projectId} and s.phase = 'review' and s.deletion_began_at is null
      and s.restricted_at is null
      and exists (select from ${holdsOn('s', now)} h)`.execute(db);
  const none = { waiting: 0, withinDay: 0, withinThree: 0, withinWeek: 0, deletes: 0, holds: 0 };
  const facts = rows[0] ?? { ...none, withoutCard: 0, approvedOnce: 0, nextDueAt: null };
  return { ...facts, held: held[0]?.held ?? 0 };
}

/** The rules of the reviews that wait in a project, that of the most first. */
export async function waitingRules(db: Kysely<Tables>, projectId: string): Promise<WaitingRule[]> {
  const { rows } = await sql<WaitingRule>`
    select s.keep_rule as rule, count(*)::int as waiting
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where s.project_id = ${projectId} and ${WAITS} and s.keep_rule is not null
    group by s.keep_rule order by waiting desc, rule`.execute(db);
  return rows;
}

/** Notes that a project's supervisors get the digest of a day. @returns false where they did already */
export async function noteDigest(
  tx: Transaction<Tables>,
  digest: { projectId: string; day: string; now: Date },
): Promise<boolean> {
  const noted = await tx
    .insertInto('digest')
    .values({ project_id: digest.projectId, day: digest.day, queued_at: digest.now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (noted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
