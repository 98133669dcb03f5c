import { sql, type Kysely } from 'kysely';
import { ATTACHMENT_KINDS, type AttachmentKind, type CustomerChat } from '../domain/messages.ts';
import type { NewMessage, Tables } from './tables.ts';

/** What the text of a revision is bound to when it is sealed. */
export function revisionContext(messageId: string, revision: number): string {
  return `revision:${messageId}:${revision}`;
}

/** What the description of an attachment is bound to when it is sealed. */
export function attachmentContext(attachmentId: string): string {
  return `attachment:${attachmentId}`;
}

/** What a subject's names are bound to when they are sealed. */
export function profileContext(subjectId: string): string {
  return `profile:${subjectId}`;
}

/** The kinds of these attachments, each once, as they are kept on their session. */
export function attachmentKindsOf(attachments: readonly { readonly kind: string }[]): AttachmentKind[] {
  const kinds = new Set(attachments.map(({ kind }) => kind));
  return ATTACHMENT_KINDS.filter((kind) => kinds.has(kind));
}

/** A message with its sealed first revision and attachments, ready to be written. */
export interface SealedMessage {
  readonly message: NewMessage;
  readonly sealed: Buffer;
  readonly attachments: readonly { id: string; kind: string; sizeBytes: number | null; sealed: Buffer }[];
}

/** Writes messages with their first revisions and attachments, whole batches at once. */
export async function insertMessages(tx: Kysely<Tables>, batch: readonly SealedMessage[]): Promise<void> {
  if (batch.length === 0) return;
  await tx
    .insertInto('message')
    .values(batch.map(({ message }) => message))
    .execute();
  await tx
    .insertInto('revision')
    .values(
      batch.map(({ message, sealed }) => ({
        message_id: message.id,
        revision: 1,
        sealed,
        at: message.sent_at,
      })),
    )
    .execute();
  const attachments = batch.flatMap(({ message, attachments }) =>
    attachments.map(({ id, kind, sizeBytes, sealed }) => ({
      id,
      message_id: message.id,
      kind,
      size_bytes: sizeBytes,
      sealed,
    })),
  );
  if (attachments.length > 0) await tx.insertInto('attachment').values(attachments).execute();
}

/** A message that an edit or a reply refers to. */
export interface MessageRef {
  readonly id: string;
  readonly sessionId: string;
  readonly subjectId: string;
  readonly attachments: readonly { readonly kind: string }[];
  readonly lastRevision: number;
}

/**
 * Finds a live message by its id in the customer's chat or in the staff topic. Once a session is
 * archived its messages are not found here any more.
 */
export async function findMessage(
  db: Kysely<Tables>,
  where: {
    /** With whose chat it is; the subject decides in private chats alone. */
    chat?: CustomerChat;
    subjectId?: string;
    sessionId?: string;
    projectId?: string;
    messageId?: string;
    telegramMessageId?: number;
    staffMessageId?: number;
  },
): Promise<MessageRef | undefined> {
  return (
    db
      .selectFrom('message')
      .innerJoin('session', 'session.id', 'message.session_id')
      .select([
        'message.id',
        'message.session_id as sessionId',
        'message.subject_id as subjectId',
        sql<{ kind: string }[]>`array(
        select jsonb_build_object('kind', kind) from attachment where message_id = message.id)`.as(
          'attachments',
        ),
        sql<number>`(select max(revision) from revision where message_id = message.id)`.as('lastRevision'),
      ])
      .$if(where.subjectId !== undefined && where.chat?.kind !== 'group', (query) =>
        query.where('session.subject_id', '=', where.subjectId ?? ''),
      )
      // A private chat and the chats of business accounts count their messages each for itself.
      .$if(where.chat !== undefined, (query) =>
        query.where('session.kind', '=', where.chat?.kind ?? 'private'),
      )
      .$if(where.chat?.kind === 'group', (query) =>
        query.where('session.group_chat_id', '=', where.chat?.id ?? ''),
      )
      .$if(where.chat?.kind === 'business', (query) =>
        query.where('session.business_connection_id', '=', where.chat?.id ?? ''),
      )
      .$if(where.messageId !== undefined, (query) => query.where('message.id', '=', where.messageId ?? ''))
      .$if(where.projectId !== undefined, (query) =>
        query.where('session.project_id', '=', where.projectId ?? ''),
      )
      .$if(where.sessionId !== undefined, (query) => query.where('session.id', '=', where.sessionId ?? ''))
      .$if(where.telegramMessageId !== undefined, (query) =>
        query.where('message.telegram_message_id', '=', where.telegramMessageId ?? 0),
      )
      .$if(where.staffMessageId !== undefined, (query) =>
        query.where('message.staff_message_id', '=', where.staffMessageId ?? 0),
      )
      .orderBy('message.seq', 'desc')
      .executeTakeFirst()
  );
}

/** Records which message in the other chat a relayed message became; `false` where it is gone by now. */
export async function linkCopy(
  db: Kysely<Tables>,
  messageId: string,
  copy: { telegramMessageId: number } | { staffMessageId: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('message')
    .set(
      'telegramMessageId' in copy
        ? { telegram_message_id: copy.telegramMessageId }
        : { staff_message_id: copy.staffMessageId },
    )
    .where('id', '=', messageId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
