import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { RuleFacts, SessionFacts } from '../domain/decision.ts';
import { nextStep, type LifeFacts, type NextStep } from '../domain/next-step.ts';
import type { Policy } from '../domain/policy.ts';
import type { StandingFacts } from '../domain/phases.ts';
import type { ReviewEnd } from '../domain/review.ts';
import type { CloseReason, Tables } from './tables.ts';

/** A session with everything its life depends on: policy in force, tags, holds, running review. */
export interface Life extends LifeFacts, StandingFacts, RuleFacts {
  readonly sessionId: string;
  readonly subjectId: string | null;
  readonly topicId: number | null;
  readonly openedAt: Date;
  readonly closeReason: CloseReason | null;
  readonly archivedAt: Date | null;
  readonly archiveDueAt: Date | null;
  readonly extendedUntil: Date | null;
  readonly majorityAt: Date | null;
  readonly events: Readonly<Record<string, Date>>;
  /** How many subjects take part. */
  readonly participants: number;
  /** When the breaker paused the project's deletions, if it did. */
  readonly deletionsPausedAt: Date | null;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly timeZone: string;
  /** The database's own clock, when these facts were read. */
  readonly databaseNow: Date;
}

type Row = Omit<Life, 'review' | 'holdEnds' | 'spam' | 'events'> & {
  events: Record<string, string>;
  holdEnds: (string | null)[];
  reviewDueAt: Date | null;
  reviewOnSilence: 'delete' | 'hold';
  reviewEnded: ReviewEnd | null;
};

/**
 * Reads a session's life in one statement. Holds that ended before `now` do not count.
 *
 * @throws AppError `not_found`
 */
export async function readLife(db: Kysely<Tables>, sessionId: string, now: Date): Promise<Life> {
  return known(sessionId, (await select(sql`s.id = ${sessionId}`, now).execute(db)).rows[0]);
}

/**
 * Locks a session's row, in a statement of its own: one that waits for the lock sees nothing that was
 * committed meanwhile, so holds, tags and counts have to be read after it.
 */
export async function lockSession(tx: Transaction<Tables>, sessionId: string): Promise<void> {
  await sql`select from session where id = ${sessionId} for update`.execute(tx);
}

/** As `readLife`, with the session's row locked: whoever changes a session's life goes through here. */
export async function lockLife(tx: Transaction<Tables>, sessionId: string, now: Date): Promise<Life> {
  await lockSession(tx, sessionId);
  return readLife(tx, sessionId, now);
}

/** Every session of a subject that is not deleted, locked in the order of their ids. */
export async function lockLivesOf(tx: Transaction<Tables>, subjectId: string, now: Date): Promise<Life[]> {
  const theirs = sql`s.phase <> 'deleted'
    and s.id in (select session_id from participant where subject_id = ${subjectId}) order by s.id`;
  await sql`select from session s where ${theirs} for update of s`.execute(tx);
  return (await select(theirs, now).execute(tx)).rows.map(toLife);
}

/** What the workflow of a session does next, and when. */
export async function readNextStep(db: Kysely<Tables>, sessionId: string, now: Date): Promise<NextStep> {
  return nextStepOf(await readLife(db, sessionId, now));
}

/** The next step as these facts have it. */
export function nextStepOf(life: Life): NextStep {
  return nextStep(life, life.policy, life.timeZone);
}

function select(which: RawBuilder<unknown>, now: Date) {
  return sql<Row>`
    select s.id as "sessionId", s.project_id as "projectId", s.subject_id as "subjectId",
      s.topic_id as "topicId", s.kind, s.opened_at as "openedAt", s.phase, s.last_activity_at as "lastActivityAt",
      s.closed_at as "closedAt", s.close_reason as "closeReason", s.reopen_until as "reopenUntil",
      s.archive_due_at as "archiveDueAt", s.archive_began_at as "archiveBeganAt",
      s.archived_at as "archivedAt", s.keep_until as "keepUntil", s.extended_until as "extendedUntil",
      s.deletion_began_at as "deletionBeganAt", s.review_round as round,
      s.restricted_at as "restrictedAt", s.erasure_id is not null and s.restricted_at is null as erased,
      s.attachment_kinds as "attachmentKinds", s.dated_events as events,
      array(select t.tag from session_tag t where t.session_id = s.id order by t.tag) as tags,
      (select coalesce(jsonb_agg(h.ends_at), '[]') from ${holdsOn('s', now)} h) as "holdEnds",
      people.participants, people.jurisdictions, people.languages, people.authorized, people.majority as "majorityAt",
      r.due_at as "reviewDueAt", r.on_silence as "reviewOnSilence", r.ended as "reviewEnded",
      policy.document as policy, policy.version as "policyVersion", p.time_zone as "timeZone",
      p.deletions_paused_at as "deletionsPausedAt", clock_timestamp() as "databaseNow"
    from session s
    join project p on p.id = s.project_id
    join lateral (
      select document, version from policy where project_id = s.project_id order by version desc limit 1
    ) policy on true
    cross join lateral ${subjectFacts()} people
    left join review r on r.session_id = s.id and r.round = s.review_round
    where ${which}`;
}

/** The holds in force on a session: its own, and those on its subjects or on what a query finds. */
export function holdsOn(session: string, now: Date): RawBuilder<unknown> {
  const s = sql.raw(session);
  const inForce = sql`released_at is null and (ends_at is null or ends_at > ${now})`;
  return sql`(
    select id, ends_at from hold where session_id = ${s}.id and ${inForce}
    union all
    select id, ends_at from hold q where q.project_id = ${s}.project_id and q.scope <> 'session' and ${inForce}
      and (q.subject_id is null or exists (
        select from participant where session_id = ${s}.id and subject_id = q.subject_id))
      and (q.tag is null or exists (select from session_tag where session_id = ${s}.id and tag = q.tag))
      and (q.opened_from is null or ${s}.opened_at >= q.opened_from)
      and (q.opened_before is null or ${s}.opened_at < q.opened_before))`;
}

/** What rules look at in the subjects of session `s` of project `p`. */
export function subjectFacts(): RawBuilder<unknown> {
  return sql`(
    select count(*)::int as participants,
      coalesce(array_agg(distinct coalesce(su.jurisdiction, p.jurisdiction)), array[p.jurisdiction]) as jurisdictions,
      coalesce(array_agg(distinct su.language) filter (where su.language is not null), '{}') as languages,
      coalesce(bool_and(su.authorized_at is not null), false)
        or exists (select from session_tag where session_id = s.id and tag = 'authorized') as authorized,
      max(su.majority_on) as majority
    from participant pa join subject su on su.id = pa.subject_id where pa.session_id = s.id)`;
}

/** What a decision on a session's date is made from; `null` while it is open. */
export function decisionFacts(life: Life): SessionFacts | null {
  const { closedAt } = life;
  return closedAt && { ...life, closedAt };
}

function known(sessionId: string, row: Row | undefined): Life {
  if (row) return toLife(row);
  throw new AppError(
    'not_found',
    `There is no session ${sessionId}. Look it up with: retention session list`,
    { refusal: 'session-unknown' },
  );
}

function toLife(row: Row): Life {
  const { reviewDueAt, reviewOnSilence, reviewEnded, holdEnds, events, ...rest } = row;
  return {
    ...rest,
    spam: rest.tags.includes('spam'),
    events: Object.fromEntries(Object.entries(events).map(([name, at]) => [name, new Date(at)])),
    holdEnds: holdEnds.map((end) => (end === null ? null : new Date(end))),
    review: reviewDueAt && { dueAt: reviewDueAt, onSilence: reviewOnSilence, ended: reviewEnded },
  };
}
