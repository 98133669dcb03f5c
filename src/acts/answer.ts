import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { insertMessages } from '../db/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { indexEntries } from './indexing.ts';
import { phaseConflict } from './lifecycle.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relay, seal, takeIn, type IncomingMessage } from './take-message.ts';

/** A staff member's answer, written in the session's topic. */
export interface StaffAnswer extends IncomingMessage {
  readonly sessionId: string;
  readonly staffId: string;
  readonly botId: number;
  readonly updateId: number;
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
  if (await wasHandled(deps.db, botId, updateId)) return 'duplicate';
  const subjectId = await subjectOf(deps, sessionId);
  const [key] = subjectId ? await deps.vault.keysFor([{ sessionId, subjectId }]) : [];
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    const takes = answerTo('message', life, now);
    if (takes === 'new-session' || !subjectId || !key) throw phaseConflict('answer in', life);
    const fresh = await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now });
    if (!fresh) return 'duplicate';
    await takeIn(tx, life, takes, { ...answer, actor: { kind: 'staff', id: staffId } });
    const sealed = await seal(tx, deps.vault, key, {
      sessionId,
      subjectId,
      authorRole: 'agent',
      staffId,
      message: answer,
    });
    await insertMessages(tx, [sealed]);
    await indexEntries(tx, deps.pseudonym, life.projectId, [{ ...answer, subjectId }]);
    await relay(tx, life, 'customer', { messageId: sealed.message.id, revision: 1 }, now);
    // Telegram tells nothing of the language of an answer.
    const tagged = taggedMessage(answer, { kind: life.kind, language: null });
    const found = taggerOf(life.policy.tagging)(tagged);
    await tagAutomatically(tx, life, found, now);
    return 'stored';
  });
}

async function subjectOf(deps: ActDeps, sessionId: string): Promise<string | null> {
  const row = await deps.db
    .selectFrom('session')
    .select('subject_id')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return row?.subject_id ?? null;
}
