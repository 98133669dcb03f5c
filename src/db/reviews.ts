import { sql, type Kysely } from 'kysely';
import type { ReviewEnd } from '../domain/review.ts';
import type { Tables } from './tables.ts';

/** A review round with how many messages it is about. */
export interface ReviewFacts {
  readonly openedAt: Date;
  readonly dueAt: Date;
  readonly onSilence: 'delete' | 'hold';
  readonly ended: ReviewEnd | null;
  readonly endedBy: string | null;
  readonly endedAt: Date | null;
  /** Whoever approved first, where it takes two. */
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly messages: number;
  /** The rule that set the date which brought it here. */
  readonly keepRule: string | null;
}

export async function reviewOf(
  db: Kysely<Tables>,
  sessionId: string,
  round: number,
): Promise<ReviewFacts | undefined> {
  const { rows } = await sql<ReviewFacts>`
    select r.opened_at as "openedAt", due_at as "dueAt", on_silence as "onSilence", ended, ended_by as "endedBy",
      ended_at as "endedAt", approved_by as "approvedBy", approved_at as "approvedAt",
      (select coalesce(sum(messages), 0)::int from archive where session_id = r.session_id) as messages,
      (select keep_rule from session where id = r.session_id) as "keepRule"
    from review r where session_id = ${sessionId} and round = ${round}`.execute(db);
  return rows[0];
}

/** Where a review round is shown in Telegram. */
export async function cardsOf(
  db: Kysely<Tables>,
  sessionId: string,
  round: number,
): Promise<{ chatId: number; messageId: number }[]> {
  return db
    .selectFrom('review_card')
    .select(['chat_id as chatId', 'message_id as messageId'])
    .where('session_id', '=', sessionId)
    .where('round', '=', round)
    .execute();
}

/** Remembers where a chat shows a round; a card that is shown again takes the place of the older one. */
export async function saveCard(
  db: Kysely<Tables>,
  card: { sessionId: string; round: number; chatId: number; messageId: number },
): Promise<void> {
  await db
    .insertInto('review_card')
    .values({
      session_id: card.sessionId,
      round: card.round,
      chat_id: card.chatId,
      message_id: card.messageId,
    })
    .onConflict((conflict) =>
      conflict.columns(['session_id', 'round', 'chat_id']).doUpdateSet({ message_id: card.messageId }),
    )
    .execute();
}

/**
 * What makes round `r` of session `s` one that waits for a decision. What an erasure takes, or leaves restricted,
 * goes without one.
 */
export const WAITS = sql`r.ended is null and s.phase = 'review'
  and s.restricted_at is null and s.deletion_began_at is null`;

/** A review that waits for a decision. */
export interface PendingReview {
  readonly sessionId: string;
  readonly projectId: string;
  readonly round: number;
  readonly openedAt: Date;
  readonly dueAt: Date;
  readonly onSilence: 'delete' | 'hold';
  readonly messages: number;
  readonly tags: string[];
  /** Whoever approved first, where it takes two. */
  readonly approvedBy: string | null;
}

/** Reviews that wait for a decision, the most urgent first. */
export async function pendingReviews(
  db: Kysely<Tables>,
  filter: { projectId?: string; limit: number },
): Promise<PendingReview[]> {
  const { rows } = await sql<PendingReview>`
    select r.session_id as "sessionId", s.project_id as "projectId", r.round, r.opened_at as "openedAt",
      r.due_at as "dueAt", r.on_silence as "onSilence", r.approved_by as "approvedBy",
      (select coalesce(sum(messages), 0)::int from archive a where a.session_id = s.id) as messages,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where ${WAITS}
      and (${filter.projectId ?? null}::text is null or s.project_id = ${filter.projectId ?? null})
    order by r.due_at, r.session_id limit ${filter.limit}`.execute(db);
  return rows;
}

/**
 * The most urgent review of a project that waits for a decision, or the one after another in the same order;
 * after the last, the first again.
 */
export async function nextReview(
  db: Kysely<Tables>,
  projectId: string,
  after?: string,
): Promise<{ sessionId: string; round: number } | undefined> {
  const { rows } = await sql<{ sessionId: string; round: number }>`
    with waiting as (
      select r.session_id, r.round, r.due_at, coalesce((r.due_at, r.session_id) > (
        select due_at, session_id from review
        where session_id = ${after ?? null}::uuid order by round desc limit 1), true) as later
      from review r join session s on s.id = r.session_id and s.review_round = r.round
      where s.project_id = ${projectId} and ${WAITS}
        and s.id is distinct from ${after ?? null}::uuid)
    select session_id as "sessionId", round from waiting
    order by later desc, due_at, session_id limit 1`.execute(db);
  return rows[0];
}
