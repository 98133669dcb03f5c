import { chatOfSession, latestSubjectOf } from '../db/chat-sessions.ts';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { findMessage } from '../db/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { insertFindable } from './indexing.ts';
import { phaseConflict } from './lifecycle.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relayNew, seal, takeIn, type IncomingMessage, type WrittenIn } from './take-message.ts';

/** A staff member's answer, written in the session's topic. */
export interface StaffAnswer extends IncomingMessage {
  readonly sessionId: string;
  readonly staffId: string;
  readonly botId: number;
  readonly updateId: number;
  /** Absent: in the topic. What staff write in the customers' own group is shown in the topic. */
  readonly writtenIn?: WrittenIn;
  readonly now: Date;
}

/**
 * Stores a staff member's answer under the customer's key, so that it goes when the customer's data
 * goes, and queues it for the customer. Answering a session that closed reopens it within its window.
 *
 * @throws AppError `phase_conflict` when the session takes no more messages
 */
export async function answerCustomer(deps: ActDeps, answer: StaffAnswer): Promise<'stored' | 'duplicate'> {
  const { botId, updateId, now, sessionId, staffId } = answer;
  const writtenIn = answer.writtenIn ?? 'topic';
  if (await wasHandled(deps.db, botId, updateId)) return 'duplicate';
  const subjectId = await subjectOf(deps, answer);
  const [key] = subjectId ? await deps.vault.keysFor([{ sessionId, subjectId }]) : [];
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    const takes = answerTo('message', life, now);
    if (takes === 'new-session' || !subjectId || !key) throw phaseConflict('answer', life, 'answer in');
    const fresh = await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now });
    if (!fresh) return 'duplicate';
    await takeIn(tx, life, takes, { ...answer, actor: { kind: 'staff', id: staffId } });
    const entry = { sessionId, subjectId, authorRole: 'agent', staffId, writtenIn, message: answer } as const;
    const sealed = await seal(tx, deps.vault, key, entry);
    await insertFindable(tx, deps.pseudonym, life.projectId, [{ sealed, entry: { ...answer, subjectId } }]);
    const side = writtenIn === 'topic' ? 'customer' : 'staff';
    await relayNew(tx, life, side, { messageId: sealed.message.id, message: answer, now });
    // Telegram tells nothing of the language of an answer.
    const tagged = taggedMessage(answer, { kind: life.kind, language: null });
    const found = taggerOf(life.policy.tagging)(tagged);
    await tagAutomatically(tx, life, found, now);
    return 'stored';
  });
}

/** Whom an answer is for: the customer of the session, or whoever of a group wrote what it replies to. */
async function subjectOf(
  { db }: ActDeps,
  { sessionId, replyToMessageId, writtenIn }: StaffAnswer,
): Promise<string | null> {
  const chat = await chatOfSession(db, sessionId);
  if (chat?.kind !== 'group') return chat?.subjectId ?? null;
  const where = writtenIn === 'chat' ? 'telegramMessageId' : 'staffMessageId';
  const repliedTo =
    replyToMessageId === undefined
      ? undefined
      : await findMessage(db, { sessionId, [where]: replyToMessageId });
  return repliedTo?.subjectId ?? (await latestSubjectOf(db, sessionId)) ?? null;
}
