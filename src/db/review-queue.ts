import { sql, type Kysely } from 'kysely';
import type { ReviewEnd } from '../domain/review.ts';
import { holdsOn } from './life.ts';
import { WAITS } from './reviews.ts';
import type { Tables } from './tables.ts';

/** A running review as a list shows it. */
export interface QueuedReview {
  readonly sessionId: string;
  readonly round: number;
  readonly openedAt: Date;
  readonly dueAt: Date;
  readonly onSilence: 'delete' | 'hold';
  readonly keepRule: string | null;
  readonly tags: readonly string[];
  readonly messages: number;
  /** Whoever approved first, where it takes two. */
  readonly approvedBy: string | null;
}

export interface QueueFilter {
  readonly projectId: string;
  readonly rule?: string | undefined;
  readonly tag?: string | undefined;
  readonly dueBefore?: Date | undefined;
  /** The last of the page before. */
  readonly after?: { readonly dueAt: Date; readonly sessionId: string } | undefined;
  readonly limit: number;
}

/** The running reviews of a project, the most urgent first, a page at a time. */
export async function reviewQueue(db: Kysely<Tables>, filter: QueueFilter): Promise<QueuedReview[]> {
  const { projectId, rule, tag, dueBefore, after, limit } = filter;
  const { rows } = await sql<QueuedReview>`
    select r.session_id as "sessionId", r.round, s.opened_at as "openedAt", r.due_at as "dueAt",
      r.on_silence as "onSilence", s.keep_rule as "keepRule", r.approved_by as "approvedBy",
      (select coalesce(sum(messages), 0)::int from archive a where a.session_id = s.id) as messages,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where ${WAITS} and s.project_id = ${projectId}
      and (${rule ?? null}::text is null or s.keep_rule = ${rule ?? null})
      and (${tag ?? null}::text is null
        or exists (select from session_tag t where t.session_id = s.id and t.tag = ${tag ?? null}))
      and (${dueBefore ?? null}::timestamptz is null or r.due_at < ${dueBefore ?? null})
      and (${after?.dueAt ?? null}::timestamptz is null
        or (r.due_at, r.session_id) > (${after?.dueAt ?? null}, ${after?.sessionId ?? null}::uuid))
    order by r.due_at, r.session_id limit ${limit}`.execute(db);
  return rows;
}

/** A review that somebody chose from a list, with what may stand against deciding it now. */
export interface ChosenReview {
  readonly sessionId: string;
  readonly round: number;
  readonly openedAt: Date;
  readonly dueAt: Date;
  readonly held: boolean;
  readonly restricted: boolean;
  readonly approvedBy: string | null;
  readonly ended: ReviewEnd | null;
  readonly endedBy: string | null;
}

/** These rounds, as they stand now; those of another project, or that an erasure took, are left out. */
export async function chosenReviews(
  db: Kysely<Tables>,
  projectId: string,
  chosen: readonly { readonly sessionId: string; readonly round: number }[],
  now: Date,
): Promise<ChosenReview[]> {
  const { rows } = await sql<ChosenReview>`
    select r.session_id as "sessionId", r.round, s.opened_at as "openedAt", r.due_at as "dueAt",
      exists (select from ${holdsOn('s', now)} h) as held, s.restricted_at is not null as restricted,
      r.approved_by as "approvedBy", r.ended, r.ended_by as "endedBy"
    from unnest(${chosen.map(({ sessionId }) => sessionId)}::uuid[], ${chosen.map(({ round }) => round)}::int[])
      as wanted (session_id, round)
    join review r on r.session_id = wanted.session_id and r.round = wanted.round
    join session s on s.id = r.session_id
    where s.project_id = ${projectId} and (s.erasure_id is null or s.restricted_at is not null)
    order by r.due_at, r.session_id`.execute(db);
  return rows;
}
