import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A review round with how many messages it is about. */
export interface ReviewFacts {
  readonly dueAt: Date;
  readonly onSilence: 'delete' | 'hold';
  readonly ended: string | null;
  readonly endedBy: string | null;
  readonly messages: number;
}

export async function reviewOf(
  db: Kysely<Tables>,
  sessionId: string,
  round: number,
): Promise<ReviewFacts | undefined> {
  const { rows } = await sql<ReviewFacts>`
    select due_at as "dueAt", on_silence as "onSilence", ended, ended_by as "endedBy",
      (select coalesce(sum(messages), 0)::int from archive where session_id = r.session_id) as messages
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
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

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
}

/** Reviews that wait for a decision, the most urgent first. */
export async function pendingReviews(
  db: Kysely<Tables>,
  filter: { projectId?: string; limit: number },
): Promise<PendingReview[]> {
  const { rows } = await sql<PendingReview>`
    select r.session_id as "sessionId", s.project_id as "projectId", r.round, r.opened_at as "openedAt",
      r.due_at as "dueAt", r.on_silence as "onSilence",
      (select coalesce(sum(messages), 0)::int from archive a where a.session_id = s.id) as messages,
      array(select tag from session_tag t where t.session_id = s.id order by tag) as tags
    from review r join session s on s.id = r.session_id and s.review_round = r.round
    where r.ended is null and s.phase = 'review'
      and (${filter.projectId ?? null}::text is null or s.project_id = ${filter.projectId ?? null})
    order by r.due_at, r.session_id limit ${filter.limit}`.execute(db);
  return rows;
}
