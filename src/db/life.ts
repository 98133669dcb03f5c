import { sql, type Kysely, type Transaction } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { SessionKind } from '../domain/messages.ts';
import { nextStep, type LifeFacts, type NextStep } from '../domain/next-step.ts';
import type { Policy } from '../domain/policy.ts';
import type { StandingFacts } from '../domain/phases.ts';
import type { ReviewEnd } from '../domain/review.ts';
import type { CloseReason, Tables } from './tables.ts';

/** A session with everything its life depends on: policy in force, tags, holds, running review. */
export interface Life extends LifeFacts, StandingFacts {
  readonly sessionId: string;
  readonly projectId: string;
  readonly subjectId: string | null;
  readonly topicId: number | null;
  readonly kind: SessionKind;
  readonly openedAt: Date;
  readonly closeReason: CloseReason | null;
  readonly archivedAt: Date | null;
  readonly archiveDueAt: Date | null;
  readonly extendedUntil: Date | null;
  readonly tags: readonly string[];
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly timeZone: string;
}

type Row = Omit<Life, 'review' | 'holdEnds' | 'spam'> & {
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
  return toLife(sessionId, (await select(sessionId, now, false).execute(db)).rows[0]);
}

/** The same with the session's row locked: whoever changes a session's life goes through here. */
export async function lockLife(tx: Transaction<Tables>, sessionId: string, now: Date): Promise<Life> {
  return toLife(sessionId, (await select(sessionId, now, true).execute(tx)).rows[0]);
}

/** What the workflow of a session does next, and when. */
export async function readNextStep(db: Kysely<Tables>, sessionId: string, now: Date): Promise<NextStep> {
  return nextStepOf(await readLife(db, sessionId, now));
}

/** The next step as these facts have it. */
export function nextStepOf(life: Life): NextStep {
  return nextStep(life, life.policy, life.timeZone);
}

function select(sessionId: string, now: Date, lock: boolean) {
  return sql<Row>`
    select s.id as "sessionId", s.project_id as "projectId", s.subject_id as "subjectId",
      s.topic_id as "topicId", s.kind, s.opened_at as "openedAt", s.phase, s.last_activity_at as "lastActivityAt",
      s.closed_at as "closedAt", s.close_reason as "closeReason", s.reopen_until as "reopenUntil",
      s.archive_due_at as "archiveDueAt", s.archive_began_at as "archiveBeganAt",
      s.archived_at as "archivedAt", s.keep_until as "keepUntil", s.extended_until as "extendedUntil",
      s.deletion_began_at as "deletionBeganAt", s.review_round as round,
      array(select t.tag from session_tag t where t.session_id = s.id order by t.tag) as tags,
      (select coalesce(jsonb_agg(h.ends_at), '[]') from hold h where h.session_id = s.id
        and h.released_at is null and (h.ends_at is null or h.ends_at > ${now})) as "holdEnds",
      r.due_at as "reviewDueAt", r.on_silence as "reviewOnSilence", r.ended as "reviewEnded",
      policy.document as policy, policy.version as "policyVersion", p.time_zone as "timeZone"
    from session s
    join project p on p.id = s.project_id
    join lateral (
      select document, version from policy where project_id = s.project_id order by version desc limit 1
    ) policy on true
    left join review r on r.session_id = s.id and r.round = s.review_round
    where s.id = ${sessionId}
    ${lock ? sql`for update of s` : sql``}`;
}

function toLife(sessionId: string, row: Row | undefined): Life {
  if (!row)
    throw new AppError(
      'not_found',
      `There is no session ${sessionId}. Look it up with: retention session list`,
    );
  const { reviewDueAt, reviewOnSilence, reviewEnded, holdEnds, ...rest } = row;
  return {
    ...rest,
    spam: rest.tags.includes('spam'),
    holdEnds: holdEnds.map((end) => (end === null ? null : new Date(end))),
    review: reviewDueAt && { dueAt: reviewDueAt, onSilence: reviewOnSilence, ended: reviewEnded },
  };
}
