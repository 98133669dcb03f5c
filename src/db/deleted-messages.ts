import { sql, type Kysely, type Transaction } from 'kysely';
import { removeTopic } from './deletion.ts';
import { putDelivery } from './deliveries.ts';
import type { Life } from './life.ts';
import { addTerms, type NewTerms } from './search.ts';
import type { Tables } from './tables.ts';

/** Messages by their ids in the chat of a business account with a customer. */
export interface DeletedInChat {
  readonly connectionId: string;
  readonly subjectId: string;
  readonly telegramMessageIds: readonly number[];
}

/** The live sessions that hold any of these messages. */
export async function liveSessionsWith(db: Kysely<Tables>, deleted: DeletedInChat): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct s.id from session s join message m on m.session_id = s.id
    where s.kind = 'business' and s.business_connection_id = ${deleted.connectionId}
      and s.subject_id = ${deleted.subjectId}
      and m.telegram_message_id = any(${deleted.telegramMessageIds}::bigint[])
    order by s.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The archived sessions that may hold them, the newest first. */
export async function archivedSessionsOf(
  db: Kysely<Tables>,
  { connectionId, subjectId }: Omit<DeletedInChat, 'telegramMessageIds'>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session
    where kind = 'business' and business_connection_id = ${connectionId} and subject_id = ${subjectId}
      and phase in ('archived', 'review') and deletion_began_at is null
    order by opened_at desc`.execute(db);
  return rows.map(({ id }) => id);
}

/** What was removed of a session. */
export interface Removed {
  /** How many of those that were named, without what was said of them by reactions. */
  readonly named?: number;
  readonly messages: number;
  readonly revisions: number;
  readonly attachments: number;
  /** Their copies in the staff topic, and the translations of those. */
  readonly staffMessageIds: readonly number[];
}

/** How many live messages of a session these are. The caller holds its lock. */
export async function countLive(
  tx: Transaction<Tables>,
  sessionId: string,
  telegramMessageIds: readonly number[],
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from message
    where session_id = ${sessionId} and telegram_message_id = any(${telegramMessageIds}::bigint[])`.execute(
    tx,
  );
  return rows[0]?.count ?? 0;
}

/** Removes live messages with their revisions, attachments, reactions and translations. The caller holds the session's lock. */
export async function removeLive(
  tx: Transaction<Tables>,
  sessionId: string,
  telegramMessageIds: readonly number[],
): Promise<Removed> {
  const { rows } = await sql<Removed>`
    with named as (select id from message
        where session_id = ${sessionId} and telegram_message_id = any(${telegramMessageIds}::bigint[])),
      -- What was said of a message by a reaction goes with it.
      gone as (select id, staff_message_id from message where session_id = ${sessionId}
        and (id in (select id from named) or (kind in ('reaction', 'poll_answer') and reply_to in (select id from named)))),
      removed as (delete from message where id in (select id from gone)),
      untranslated as (delete from translation where message_id in (select id from gone)
        returning staff_message_id)
    select (select count(*) from named)::int as named, (select count(*) from gone)::int as messages,
      (select count(*) from revision where message_id in (select id from gone))::int as revisions,
      (select count(*) from attachment where message_id in (select id from gone))::int as attachments,
      array(select staff_message_id from gone where staff_message_id is not null
        union select staff_message_id from relay_byline where message_id in (select id from gone)
        union select staff_message_id from untranslated where staff_message_id is not null
        order by 1) as "staffMessageIds"`.execute(tx);
  return rows[0] ?? { messages: 0, revisions: 0, attachments: 0, staffMessageIds: [] };
}

/**
 * Removes what staff see in Telegram of one subject's part in a session of several: their copies from the topic
 * while the session is live. Later nobody knows which they were, so the whole topic goes; what the others
 * wrote is in the archive. The caller holds the session's lock.
 */
export async function removeTopicShare(
  tx: Transaction<Tables>,
  life: Life,
  subjectId: string,
  now: Date,
): Promise<void> {
  const { sessionId, projectId } = life;
  if (life.phase !== 'open' && life.phase !== 'closed') {
    await removeTopic(tx, life, now);
    return;
  }
  const { rows } = await sql<{ chatId: number | null; messageIds: number[] }>`
    select p.staff_chat_id as "chatId", array(
      select staff_message_id from message
        where session_id = ${sessionId} and subject_id = ${subjectId} and staff_message_id is not null
      union select b.staff_message_id from relay_byline b join message m on m.id = b.message_id
        where m.session_id = ${sessionId} and m.subject_id = ${subjectId}
      union select staff_message_id from translation
        where session_id = ${sessionId} and subject_id = ${subjectId} and staff_message_id is not null
      order by 1) as "messageIds"
    from project p where p.id = ${projectId}`.execute(tx);
  const { chatId = null, messageIds = [] } = rows[0] ?? {};
  if (chatId === null || messageIds.length === 0) return;
  // Without the session: what waits for it may be removed with the subject's part.
  const content = { kind: 'delete-copies', chatId, messageIds } as const;
  await putDelivery(tx, { projectId, target: 'staff', content, now });
}

/** Removes the translations of messages. @returns where they stand in the staff topic */
export async function removeTranslations(
  tx: Transaction<Tables>,
  messageIds: readonly string[],
): Promise<number[]> {
  const rows = await tx
    .deleteFrom('translation')
    .where('message_id', 'in', messageIds)
    .returning('staff_message_id as staffMessageId')
    .execute();
  return rows.flatMap(({ staffMessageId }) => staffMessageId ?? []);
}

/** Puts what one subject's part of a session is found by in place of what it was found by. */
export async function replaceShareTerms(
  tx: Transaction<Tables>,
  share: { sessionId: string; subjectId: string },
  terms: readonly NewTerms[],
): Promise<void> {
  await tx
    .deleteFrom('search_index')
    .where('session_id', '=', share.sessionId)
    .where('subject_id', '=', share.subjectId)
    .execute();
  await addTerms(tx, terms);
}
