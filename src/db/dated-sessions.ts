import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Policy } from '../domain/policy.ts';
import { beginPlan, type DatedSession, type PolicyPlan } from '../domain/policy-plan.ts';
import type { ReviewEnd } from '../domain/review.ts';
import { subjectFacts } from './life.ts';
import type { Tables } from './tables.ts';

/** A session of the archive with its date, its review and all that a new date is decided from. */
export interface ArchivedSession extends DatedSession {
  readonly round: number;
  /** How its latest review round ended; `null` while it runs, and where there was none. */
  readonly reviewEnded: ReviewEnd | null;
}

/** Rows for one round trip; more only makes the first wait longer. */
const BATCH = 4000;

/** What a policy would change in a project, counted over every session of the archive as it stands now. */
export async function planPolicy(
  db: Kysely<Tables>,
  planned: { projectId: string; policy: Policy; now: Date },
): Promise<PolicyPlan> {
  const { projectId, policy, now } = planned;
  const plan = beginPlan(policy, now);
  // One snapshot for all batches: the counts add up, whatever happens meanwhile.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      for await (const batch of archivedSessions(tx, projectId))
        for (const session of batch) plan.add(session);
      return plan.result(await notArchived(tx, projectId));
    });
}

/** Every session of a project's archive, in batches by id; the next is fetched while one is worked on. */
async function* archivedSessions(
  tx: Transaction<Tables>,
  projectId: string,
): AsyncIterable<ArchivedSession[]> {
  const after = (id: string) =>
    select(tx, sql`s.project_id = ${projectId} and s.id > ${id}`, sql`limit ${BATCH}`);
  let next: Promise<ArchivedSession[]> | undefined = after('00000000-0000-0000-0000-000000000000');
  while (next) {
    const batch: ArchivedSession[] = await next;
    const last = batch.at(-1);
    next = last && batch.length === BATCH ? after(last.sessionId) : undefined;
    // Whoever stops early never asks for it.
    next?.catch(() => undefined);
    if (batch.length > 0) yield batch;
  }
}

/** The same for sessions that the caller has locked. */
export async function archivedSessionsById(
  tx: Transaction<Tables>,
  ids: readonly string[],
): Promise<ArchivedSession[]> {
  return select(tx, sql`s.id = any(${ids})`, sql``);
}

async function notArchived(
  tx: Transaction<Tables>,
  projectId: string,
): Promise<{ open: number; closed: number }> {
  const { rows } = await sql<{ open: number; closed: number }>`
    select count(*) filter (where phase = 'open') as open, count(*) filter (where phase = 'closed') as closed
    from session where project_id = ${projectId} and phase in ('open', 'closed')`.execute(tx);
  return rows[0] ?? { open: 0, closed: 0 };
}

type Row = Omit<ArchivedSession, 'events'> & { events: Record<string, string> };

async function select(
  tx: Transaction<Tables>,
  which: RawBuilder<unknown>,
  limit: RawBuilder<unknown>,
): Promise<ArchivedSession[]> {
  const { rows } = await sql<Row>`
    select s.id as "sessionId", s.project_id as "projectId", s.kind, s.phase, s.closed_at as "closedAt",
      s.last_activity_at as "lastActivityAt", s.keep_until as "keepUntil", s.keep_rule as "keepRule",
      s.extended_until as "extendedUntil", s.attachment_kinds as "attachmentKinds", s.dated_events as events,
      array(select t.tag from session_tag t where t.session_id = s.id) as tags,
      people.jurisdictions, people.languages, people.authorized, people.majority as "majorityAt",
      p.time_zone as "timeZone", s.review_round as round, r.ended as "reviewEnded"
    from session s
    join project p on p.id = s.project_id
    cross join lateral ${subjectFacts()} people
    left join review r on s.phase = 'review' and r.session_id = s.id and r.round = s.review_round
    where ${which} and s.phase in ('archived', 'review') and s.deletion_began_at is null
    order by s.id ${limit}`.execute(tx);
  return rows.map(({ events, ...row }) => ({
    ...row,
    events: Object.fromEntries(Object.entries(events).map(([name, at]) => [name, new Date(at)])),
  }));
}
