import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import type { Life } from '../db/life.ts';
import {
  attachmentContext,
  attachmentKindsOf,
  findMessage,
  revisionContext,
  type SealedMessage,
} from '../db/messages.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { AttachmentContent, AuthorRole, MessageContent } from '../domain/messages.ts';
import type { Answer } from '../domain/phases.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import { reopen } from './lifecycle.ts';
import { record } from './record.ts';

/** A message as it came from outside, not yet sealed. */
export interface IncomingMessage {
  readonly kind: string;
  readonly content: MessageContent;
  readonly attachments: readonly { kind: string; sizeBytes: number | null; content: AttachmentContent }[];
  readonly telegramMessageId: number;
  readonly replyToMessageId?: number;
  /** Telegram's own name for the album it is part of. */
  readonly album?: string;
  readonly sentAt: Date;
}

/** The larger of Telegram's two bounds: what a bot may download. */
export const LARGEST_KEPT_BYTES = 20 * 1024 * 1024;

/** Where a message was written: in the customer's chat, or in the staff topic. */
export type WrittenIn = 'chat' | 'topic';

/** Brings a session on by a message: reopens it, or moves its last activity, and notes what files came. */
export async function takeIn(
  tx: Transaction<Tables>,
  life: Life,
  answer: Answer,
  message: { actor: Actor; attachments: IncomingMessage['attachments']; now: Date },
): Promise<void> {
  const { actor, now } = message;
  const kinds = attachmentKindsOf([
    ...life.attachmentKinds.map((kind) => ({ kind })),
    ...message.attachments,
  ]);
  const isNew = kinds.length > life.attachmentKinds.length;
  if (answer === 'reopen') {
    await reopen(tx, life, now);
    await record(tx, life, {
      actor,
      action: 'session.reopened',
      now,
      event: { kind: 'reopened' },
      status: 'reopened',
    });
  }
  // Reopening has moved the last activity already.
  if (answer === 'reopen' && !isNew) return;
  await tx
    .updateTable('session')
    .set({ last_activity_at: now, ...(isNew && { attachment_kinds: kinds }) })
    .where('id', '=', life.sessionId)
    .execute();
}

/** Seals a message and its attachments, and resolves what it replies to. */
export async function seal(
  tx: Transaction<Tables>,
  vault: Vault,
  key: DataKey,
  entry: {
    sessionId: string;
    subjectId: string;
    authorRole: AuthorRole;
    staffId?: string | null;
    /** Absent: customers write in their chat, staff in the topic. */
    writtenIn?: WrittenIn;
    message: IncomingMessage;
  },
): Promise<SealedMessage> {
  const { sessionId, subjectId, authorRole, staffId, message } = entry;
  const id = randomUUID();
  const inChat = (entry.writtenIn ?? (authorRole === 'customer' ? 'chat' : 'topic')) === 'chat';
  const chatOf = inChat ? 'telegramMessageId' : 'staffMessageId';
  const repliedTo = message.replyToMessageId
    ? await findMessage(tx, { sessionId, [chatOf]: message.replyToMessageId })
    : undefined;
  return {
    message: {
      id,
      session_id: sessionId,
      subject_id: subjectId,
      author_role: authorRole,
      staff_id: staffId ?? null,
      kind: message.kind,
      telegram_message_id: inChat ? message.telegramMessageId : null,
      staff_message_id: inChat ? null : message.telegramMessageId,
      reply_to: repliedTo?.id ?? null,
      album: message.album ?? null,
      sent_at: message.sentAt,
    },
    sealed: vault.seal(key, revisionContext(id, 1), JSON.stringify(message.content)),
    attachments: message.attachments.map((attachment) => {
      const attachmentId = randomUUID();
      const sealed = vault.seal(key, attachmentContext(attachmentId), JSON.stringify(attachment.content));
      return { id: attachmentId, kind: attachment.kind, sizeBytes: attachment.sizeBytes, sealed };
    }),
  };
}

/** The parts of an album come one by one, within moments: it is relayed when it is likely whole. */
const ALBUM_PAUSE_MS = 1000;

/** Queues a message for the other side, and a note to both if a file in it is too large to be kept. */
export async function relayNew(
  tx: Transaction<Tables>,
  session: { sessionId: string; projectId: string },
  target: 'customer' | 'staff',
  entry: { messageId: string; message: IncomingMessage; now: Date },
): Promise<void> {
  const { messageId, message, now } = entry;
  const { sessionId, projectId } = session;
  const content = { kind: 'relay', messageId, revision: 1 } as const;
  const notBefore = message.album ? new Date(now.getTime() + ALBUM_PAUSE_MS) : now;
  await putDelivery(tx, { projectId, sessionId, target, content, now, notBefore });
  if (!message.attachments.some(({ sizeBytes }) => (sizeBytes ?? 0) > LARGEST_KEPT_BYTES)) return;
  for (const side of ['staff', 'customer'] as const)
    await putDelivery(tx, {
      ...{ projectId, sessionId, target: side, now },
      content: { kind: 'message-note', messageId, note: 'file-too-large' },
    });
}

/** Queues a message, or a revision of it, for the other side. */
export async function relay(
  tx: Transaction<Tables>,
  session: { sessionId: string; projectId: string },
  target: 'customer' | 'staff',
  message: { messageId: string; revision: number },
  now: Date,
): Promise<void> {
  const { sessionId, projectId } = session;
  await putDelivery(tx, { projectId, sessionId, target, content: { kind: 'relay', ...message }, now });
}
