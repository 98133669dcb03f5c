import { sql, type Kysely, type Transaction } from 'kysely';
import type { ErasurePart } from './erasures.ts';
import type { ArchiveRow, Tables } from './tables.ts';

type Share = Pick<ErasurePart, 'sessionId' | 'subjectId'>;

/** The objects of one subject in one session that are not deleted. */
export async function archiveShare(
  db: Kysely<Tables>,
  { sessionId, subjectId }: Share,
): Promise<ArchiveRow[]> {
  return db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('subject_id', '=', subjectId)
    .where('deleted_at', 'is', null)
    .execute();
}

/** What there is of one subject in one session, archived or still live. */
export async function measureShare(db: Kysely<Tables>, share: Share): Promise<Record<string, number>> {
  const { sessionId, subjectId } = share;
  const { rows } = await sql<Record<string, number>>`
    with archived as (
      select coalesce(sum(messages), 0)::int as messages, coalesce(sum(revisions), 0)::int as revisions,
        coalesce(sum(attachments), 0)::int as attachments, count(*)::int as objects,
        coalesce(sum(size_bytes), 0)::bigint as bytes
      from archive where session_id = ${sessionId} and subject_id = ${subjectId} and deleted_at is null),
    live as (select id from message where session_id = ${sessionId} and subject_id = ${subjectId})
    select a.objects, a.bytes,
      a.messages + (select count(*) from live) as messages,
      a.revisions + (select count(*) from revision where message_id in (select id from live)) as revisions,
      a.attachments + (select count(*) from attachment where message_id in (select id from live)) as attachments
    from archived a`.execute(db);
  return rows[0] ?? {};
}

/** Removes every row of one subject in one session. */
export async function removeShare(tx: Transaction<Tables>, share: Share, now: Date): Promise<void> {
  const { sessionId, subjectId } = share;
  await sql`
    with entries as (delete from message where session_id = ${sessionId} and subject_id = ${subjectId}),
      sends as (delete from delivery where session_id = ${sessionId} and subject_id = ${subjectId}),
      manifests as (update archive set deleted_at = ${now}
        where session_id = ${sessionId} and subject_id = ${subjectId}),
      owner as (update session set subject_id = null where id = ${sessionId} and subject_id = ${subjectId})
    delete from participant where session_id = ${sessionId} and subject_id = ${subjectId}`.execute(tx);
}
