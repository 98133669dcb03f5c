import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import {
  attachmentContext,
  findMessage,
  insertMessages,
  profileContext,
  revisionContext,
  type SealedMessage,
} from '../db/messages.ts';
import { newestSession } from '../db/sessions.ts';
import { ensureSubject } from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor } from '../domain/events.ts';
import type { AttachmentContent, AuthorRole, MessageContent, SubjectProfile } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { reopen } from './lifecycle.ts';
import { record } from './record.ts';

/** A message as it came from outside, not yet sealed. */
export interface IncomingMessage {
  readonly kind: string;
  readonly content: MessageContent;
  readonly attachments: readonly { kind: string; sizeBytes: number | null; content: AttachmentContent }[];
  readonly telegramMessageId: number;
  readonly replyToMessageId?: number;
  readonly sentAt: Date;
}

/** A customer's message with the update that brought it. */
export interface CustomerMessage extends IncomingMessage {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly from: {
    readonly telegramUserId: number;
    readonly language?: string;
    readonly profile: SubjectProfile;
  };
  readonly now: Date;
}

/** What became of a customer's message. */
export interface ReceiveOutcome {
  readonly outcome: 'stored' | 'duplicate';
  readonly sessionId?: string;
  readonly began?: boolean;
}

/**
 * Stores a customer's message in the session it belongs to: the running one, one reopened within its
 * window, or a new one. Dedupe key, message and event are one transaction, so an update that comes
 * again, or a crash anywhere, changes nothing.
 */
export async function receiveMessage(deps: ActDeps, message: CustomerMessage): Promise<ReceiveOutcome> {
  if (await wasHandled(deps.db, message.botId, message.updateId)) return { outcome: 'duplicate' };
  // Between choosing subject and session and locking them, others may move them on: then choose again.
  for (let attempt = 1; ; attempt++) {
    const subject = await ensureSubject(deps.db, { ...message, ...message.from });
    try {
      return await storeInSession(deps, subject.id, message);
    } catch (error) {
      if (!isRace(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

const MAX_ATTEMPTS = 50;

/** Two first messages at once both began a session; or the subject's last session was deleted meanwhile. */
const RACES = new Set([
  'session_one_open',
  'session_subject_id_fkey',
  'participant_subject_id_fkey',
  'message_subject_id_fkey',
]);

function isRace(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'rows_changed';
  return RACES.has((error as { constraint?: string }).constraint ?? '');
}

async function storeInSession(
  deps: ActDeps,
  subjectId: string,
  message: CustomerMessage,
): Promise<ReceiveOutcome> {
  const current = await newestSession(deps.db, subjectId);
  const answer = current ? answerTo('message', current, message.now) : 'new-session';
  const began = answer === 'new-session';
  const sessionId = current && !began ? current.id : randomUUID();
  const [key, profileKey] = await deps.vault.keysFor([
    { sessionId, subjectId },
    { sessionId: null, subjectId },
  ]);
  if (!key || !profileKey)
    throw new AppError('key_unknown', `No key could be made for session ${sessionId}.`);
  return deps.db.transaction().execute(async (tx) => {
    const { botId, updateId, now } = message;
    const fresh = await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now });
    if (!fresh) return { outcome: 'duplicate' };
    if (began) {
      await beginSession(tx, { sessionId, subjectId, previous: current?.id ?? null, message });
      await saveProfile(tx, deps.vault, profileKey, subjectId, message.from.profile);
    } else await continueSession(tx, sessionId, answer, message);
    const sealed = await seal(tx, deps.vault, key, { sessionId, subjectId, authorRole: 'customer', message });
    await insertMessages(tx, [sealed]);
    await relay(
      tx,
      { sessionId, projectId: message.projectId },
      'staff',
      { messageId: sealed.message.id, revision: 1 },
      now,
    );
    return { outcome: 'stored', sessionId, began };
  });
}

async function beginSession(
  tx: Transaction<Tables>,
  session: { sessionId: string; subjectId: string; previous: string | null; message: CustomerMessage },
) {
  const { sessionId, subjectId, previous, message } = session;
  await tx
    .insertInto('session')
    .values({
      id: sessionId,
      project_id: message.projectId,
      kind: 'private',
      subject_id: subjectId,
      previous_session_id: previous,
      phase: 'open',
      opened_at: message.now,
      last_activity_at: message.now,
    })
    .execute();
  await tx.insertInto('participant').values({ session_id: sessionId, subject_id: subjectId }).execute();
  await record(
    tx,
    { sessionId, projectId: message.projectId },
    {
      actor: customerActor(subjectId),
      action: 'session.opened',
      now: message.now,
      event: { kind: 'opened' },
      status: 'opened',
    },
  );
}

async function continueSession(
  tx: Transaction<Tables>,
  sessionId: string,
  expected: string,
  message: CustomerMessage,
) {
  const life = await lockLife(tx, sessionId, message.now);
  const answer = answerTo('message', life, message.now);
  if (answer !== expected) throw new AppError('rows_changed', `Session ${sessionId} moved on meanwhile.`);
  if (answer === 'reopen') {
    await reopen(tx, life, message.now);
    await record(tx, life, {
      actor: customerActor(life.subjectId ?? ''),
      action: 'session.reopened',
      now: message.now,
      event: { kind: 'reopened' },
      status: 'reopened',
    });
  } else
    await tx
      .updateTable('session')
      .set({ last_activity_at: message.now })
      .where('id', '=', sessionId)
      .execute();
}

async function saveProfile(
  tx: Transaction<Tables>,
  vault: Vault,
  key: DataKey,
  subjectId: string,
  profile: SubjectProfile,
) {
  const sealed = vault.seal(key, profileContext(subjectId), JSON.stringify(profile));
  await tx.updateTable('subject').set({ profile_sealed: sealed }).where('id', '=', subjectId).execute();
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
    staffId?: string;
    message: IncomingMessage;
  },
): Promise<SealedMessage> {
  const { sessionId, subjectId, authorRole, staffId, message } = entry;
  const id = randomUUID();
  const chatOf = authorRole === 'customer' ? 'telegramMessageId' : 'staffMessageId';
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
      telegram_message_id: authorRole === 'customer' ? message.telegramMessageId : null,
      staff_message_id: authorRole === 'customer' ? null : message.telegramMessageId,
      reply_to: repliedTo?.id ?? null,
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
