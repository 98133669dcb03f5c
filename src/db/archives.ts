import { sql, type Insertable, type Kysely, type Transaction } from 'kysely';
import type { AuthorRole } from '../domain/messages.ts';
import type { ArchiveRow, ArchiveTable, Tables } from './tables.ts';

export type NewManifest = Insertable<ArchiveTable>;

/**
 * Marks a session's archive as begun, from when it takes no more messages, and counts the attempt. The
 * caller holds the session's lock.
 */
export async function beginArchiving(
  tx: Transaction<Tables>,
  sessionId: string,
  now: Date,
): Promise<{ attempt: number; subjectIds: string[] }> {
  const { rows } = await sql<{ attempt: number; subjectIds: string[] }>`
    update session set archive_began_at = coalesce(archive_began_at, ${now}), archive_attempt = archive_attempt + 1
    where id = ${sessionId}
    returning archive_attempt as attempt,
      array(select distinct subject_id from message where session_id = ${sessionId}) as "subjectIds"`.execute(
    tx,
  );
  const [row] = rows;
  return { attempt: row?.attempt ?? 1, subjectIds: row?.subjectIds ?? [] };
}

/**
 * Removes a session's messages with their revisions and attachments.
 *
 * @returns which attempt at archiving it is in, and how much there was to remove
 */
export async function takeLiveRows(
  tx: Transaction<Tables>,
  sessionId: string,
): Promise<{ attempt: number; messages: number; revisions: number; attachments: number }> {
  const { rows } = await sql<{ attempt: number; messages: number; revisions: number; attachments: number }>`
    with removed as (delete from message where session_id = ${sessionId})
    select archive_attempt as attempt,
      (select count(*) from message where session_id = s.id) as messages,
      (select count(*) from revision r join message m on m.id = r.message_id where m.session_id = s.id) as revisions,
      (select count(*) from attachment a join message m on m.id = a.message_id where m.session_id = s.id) as attachments
    from session s where s.id = ${sessionId}`.execute(tx);
  return rows[0] ?? { attempt: 0, messages: 0, revisions: 0, attachments: 0 };
}

/** Records what was written and read back: this row, not the object, says what was archived. */
export async function insertManifest(
  tx: Transaction<Tables>,
  manifests: readonly NewManifest[],
): Promise<void> {
  if (manifests.length > 0) await tx.insertInto('archive').values(manifests).execute();
}

/** The objects of a session that are not deleted. */
export async function manifestsOf(db: Kysely<Tables>, sessionId: string): Promise<ArchiveRow[]> {
  return db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('deleted_at', 'is', null)
    .orderBy('attachment_id', (order) => order.nullsFirst())
    .execute();
}

/** The objects of a session of which no deletion is on record yet; none once one is. */
export async function untouchedManifests(
  db: Kysely<Tables>,
  sessionId: string,
  intent: string,
): Promise<ArchiveRow[]> {
  return db
    .selectFrom('archive')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`not exists (select from audit_entry where op_id = ${intent})`)
    .execute();
}

/** A message with its revisions and attachments, still sealed. */
export interface LiveMessage {
  readonly id: string;
  readonly seq: number;
  readonly authorRole: AuthorRole;
  readonly staffId: string | null;
  readonly subjectId: string;
  readonly kind: string;
  readonly replyTo: string | null;
  readonly telegramMessageId: number | null;
  readonly staffMessageId: number | null;
  readonly sentAt: Date;
  readonly revisions: readonly { readonly revision: number; readonly sealed: Buffer; readonly at: Date }[];
  readonly attachments: readonly {
    readonly id: string;
    readonly kind: string;
    readonly sizeBytes: number | null;
    readonly sealed: Buffer;
  }[];
}

/** Sealed bytes travel inside JSON as base64. */
type Packed<T> = Omit<T, 'sealed' | 'at'> & { sealed: string; at: string };

/**
 * A session's messages in the order they came in, in batches, so that a session of any length is read
 * with flat memory. Without a subject: everybody's.
 */
export async function* readMessages(
  db: Kysely<Tables>,
  sessionId: string,
  subjectId: string | null,
  batch = 500,
): AsyncIterable<LiveMessage[]> {
  let after = 0;
  for (;;) {
    const { rows } = await sql<
      Omit<LiveMessage, 'revisions' | 'attachments'> & {
        revisions: Packed<LiveMessage['revisions'][number]>[];
        attachments: Packed<LiveMessage['attachments'][number]>[];
      }
    >`
      select m.id, m.seq, m.author_role as "authorRole", m.staff_id as "staffId", m.subject_id as "subjectId",
        m.kind, m.reply_to as "replyTo", m.telegram_message_id as "telegramMessageId",
        m.staff_message_id as "staffMessageId", m.sent_at as "sentAt",
        (select jsonb_agg(jsonb_build_object('revision', r.revision, 'at', r.at,
          'sealed', encode(r.sealed, 'base64')) order by r.revision)
          from revision r where r.message_id = m.id) as revisions,
        (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'sizeBytes', a.size_bytes,
          'sealed', encode(a.sealed, 'base64')) order by a.id), '[]')
          from attachment a where a.message_id = m.id) as attachments
      from message m
      where m.session_id = ${sessionId} and m.seq > ${after}
        and (${subjectId}::uuid is null or m.subject_id = ${subjectId})
      order by m.seq limit ${batch}`.execute(db);
    if (rows.length === 0) return;
    after = rows.at(-1)?.seq ?? after;
    const last = rows.length < batch;
    yield rows.map((row) => ({
      ...row,
      revisions: row.revisions.map((one) => ({ ...one, at: new Date(one.at), sealed: unpack(one.sealed) })),
      attachments: row.attachments.map((one) => ({ ...one, sealed: unpack(one.sealed) })),
    }));
    if (last) return;
  }
}

function unpack(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
