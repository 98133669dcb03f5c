import { sql, type Kysely } from 'kysely';
import type { AuthorRole } from '../domain/messages.ts';
import type { Tables } from './tables.ts';

/** A revision of a live message, sealed, with where it belongs. */
export interface SealedRevision {
  readonly sessionId: string;
  readonly messageId: string;
  readonly revision: number;
  readonly sealed: Buffer;
  readonly authorRole: AuthorRole;
  readonly sentAt: Date;
}

export interface SealedAttachment {
  readonly sessionId: string;
  readonly messageId: string;
  readonly id: string;
  readonly sealed: Buffer;
}

/** What erasures have marked is not read any more. */
const SEEN = sql`m.subject_id <> all(array(select p.subject_id from participant p
  where p.session_id = m.session_id and p.erasure_id is not null and p.restricted_ground is null))`;

/** Every revision of the live messages of sessions, in their order. */
export async function sealedRevisions(
  db: Kysely<Tables>,
  sessionIds: readonly string[],
): Promise<SealedRevision[]> {
  const { rows } = await sql<SealedRevision>`
    select m.session_id as "sessionId", m.id as "messageId", r.revision, r.sealed,
      m.author_role as "authorRole", m.sent_at as "sentAt"
    from message m join revision r on r.message_id = m.id
    where m.session_id = any(${sessionIds}::uuid[]) and ${SEEN}
    order by m.session_id, m.seq, r.revision`.execute(db);
  return rows;
}

/** The attachments of the live messages of sessions. */
export async function sealedAttachments(
  db: Kysely<Tables>,
  sessionIds: readonly string[],
): Promise<SealedAttachment[]> {
  const { rows } = await sql<SealedAttachment>`
    select m.session_id as "sessionId", m.id as "messageId", a.id, a.sealed
    from message m join attachment a on a.message_id = m.id
    where m.session_id = any(${sessionIds}::uuid[]) and ${SEEN}`.execute(db);
  return rows;
}

/** The entries of sessions in the stores, and how large they are. */
export async function entryObjectsOf(db: Kysely<Tables>, sessionIds: readonly string[]) {
  return db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', 'in', [...sessionIds])
    .where('attachment_id', 'is', null)
    .where('deleted_at', 'is', null)
    .where(
      sql<boolean>`not exists (select from participant p where p.session_id = archive.session_id
        and p.subject_id = archive.subject_id and p.erasure_id is not null and p.restricted_ground is null)`,
    )
    .orderBy('session_id')
    .execute();
}
