import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { insertMessages } from '../db/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { phaseConflict, reopen } from './lifecycle.ts';
import { relay, seal, type IncomingMessage } from './receive.ts';
import { record } from './record.ts';

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
    if (takes === 'reopen') {
      await reopen(tx, life, now);
      await record(tx, life, {
        actor: { kind: 'staff', id: staffId },
        action: 'session.reopened',
        now,
        event: { kind: 'reopened' },
        status: 'reopened',
      });
    } else
      await tx.updateTable('session').set({ last_activity_at: now }).where('id', '=', sessionId).execute();
    const sealed = await seal(tx, deps.vault, key, {
      sessionId,
      subjectId,
      authorRole: 'agent',
      staffId,
      message: answer,
    });
    await insertMessages(tx, [sealed]);
    await relay(tx, life, 'customer', { messageId: sealed.message.id, revision: 1 }, now);
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
