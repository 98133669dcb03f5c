import { sql, type Kysely, type Transaction } from 'kysely';
import { putDelivery } from './deliveries.ts';
import type { Life } from './life.ts';
import type { Tables } from './tables.ts';

/** Names the beginning of a deletion, which is recorded once with what there was. */
export function deletionIntent(sessionId: string): string {
  return `deletion-intent:${sessionId}`;
}

/** What there is of a session to delete, archived or still live. */
export async function measure(tx: Kysely<Tables>, sessionId: string): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`
    with archived as (
      select coalesce(sum(messages), 0)::int as messages, coalesce(sum(revisions), 0)::int as revisions,
        coalesce(sum(attachments), 0)::int as attachments, count(*)::int as objects,
        coalesce(sum(size_bytes), 0)::bigint as bytes
      from archive where session_id = ${sessionId} and deleted_at is null)
    select a.objects, a.bytes,
      a.messages + (select count(*) from message where session_id = ${sessionId}) as messages,
      a.revisions + (select count(*) from revision r join message m on m.id = r.message_id
        where m.session_id = ${sessionId}) as revisions,
      a.attachments + (select count(*) from attachment t join message m on m.id = t.message_id
        where m.session_id = ${sessionId}) as attachments
    from archived a`.execute(tx);
  return rows[0] ?? {};
}

/** The subjects of a session who have nothing else here, and so go with it. */
export async function subjectsEndingWith(db: Kysely<Tables>, sessionId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select subject_id as id from participant p where session_id = ${sessionId}
      and not exists (select from participant o where o.subject_id = p.subject_id and o.session_id != p.session_id)`.execute(
    db,
  );
  return rows.map((row) => row.id);
}

/**
 * Removes every row of a session but its tombstone, which holds no personal data, and the subjects who
 * have nothing else here. The caller holds the session's lock.
 */
export async function markDeleted(tx: Transaction<Tables>, life: Life, now: Date): Promise<void> {
  const { sessionId, projectId } = life;
  await sql`
    with entries as (delete from message where session_id = ${sessionId}),
      tags as (delete from session_tag where session_id = ${sessionId}),
      vetoes as (delete from tag_veto where session_id = ${sessionId}),
      sends as (delete from delivery where session_id = ${sessionId}),
      -- Why it was held may name somebody; that it was held is in the audit.
      holds as (delete from hold where session_id = ${sessionId}),
      manifests as (update archive set deleted_at = ${now} where session_id = ${sessionId})
    update session set phase = 'deleted', deleted_at = ${now}, subject_id = null, topic_id = null,
      card_message_id = null, dated_events = '{}', attachment_kinds = '{}'
    where id = ${sessionId}`.execute(tx);
  const subjects = await tx
    .deleteFrom('participant')
    .where('session_id', '=', sessionId)
    .returning('subject_id')
    .execute();
  if (subjects.length > 0)
    await removeSubjects(
      tx,
      subjects.map((row) => row.subject_id),
    );
  await removeTopic(tx, life, now);
  await showCard(tx, { sessionId, projectId, round: life.round }, now);
}

/** Removes those of the subjects who take part in nothing any more. */
async function removeSubjects(tx: Transaction<Tables>, ids: readonly string[]) {
  await tx
    .deleteFrom('subject')
    .where('id', 'in', ids)
    // A hold on a person holds what they may write later, too.
    .where(sql<boolean>`not exists (select from hold where subject_id = subject.id and released_at is null)`)
    // The row of somebody being erased goes last, once the receipt is with them.
    .where(
      sql<boolean>`not exists (select from erasure where subject_id = subject.id and state = 'confirmed')`,
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('participant')
            .select('session_id')
            .whereRef('participant.subject_id', '=', 'subject.id'),
        ),
      ),
    )
    .execute();
}

/** Telegram's own copy for staff goes: the topic with all its messages. The caller holds the session's lock. */
export async function removeTopic(tx: Transaction<Tables>, life: Life, now: Date) {
  if (life.topicId === null) return;
  const { staff_chat_id: chatId } = await tx
    .selectFrom('project')
    .select('staff_chat_id')
    .where('id', '=', life.projectId)
    .executeTakeFirstOrThrow();
  if (chatId === null) return;
  await putDelivery(tx, {
    projectId: life.projectId,
    target: 'staff',
    content: { kind: 'delete-topic', chatId, topicId: life.topicId },
    now,
  });
  await tx
    .updateTable('session')
    .set({ topic_id: null, card_message_id: null })
    .where('id', '=', life.sessionId)
    .execute();
}

async function showCard(
  tx: Transaction<Tables>,
  session: { sessionId: string; projectId: string; round: number },
  now: Date,
) {
  if (session.round === 0) return;
  await putDelivery(tx, {
    projectId: session.projectId,
    sessionId: session.sessionId,
    target: 'supervisors',
    content: { kind: 'review-card', round: session.round },
    now,
  });
}
