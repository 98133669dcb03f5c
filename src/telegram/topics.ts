import { GrammyError } from 'grammy';
import { readLife, type Life } from '../db/life.ts';
import { statusText, topicTitle } from './cards.ts';
import type { SenderDeps } from './sending.ts';

/**
 * The staff topic of a session, made where there is none yet. Its id is stored with what was sent in
 * one transaction; a crash in between leaves an empty topic behind and makes another. What an erasure hides
 * or restricts has none any more.
 */
export async function ensureTopic(deps: SenderDeps, sessionId: string): Promise<number | undefined> {
  return topicOf(deps, await readLife(deps.db, sessionId, deps.clock()));
}

/** The same for a session whose life was read already. */
export async function topicOf(deps: SenderDeps, life: Life): Promise<number | undefined> {
  const { sessionId } = life;
  const chatId = deps.project.staffChatId;
  if (life.topicId !== null || chatId === null) return life.topicId ?? undefined;
  if (life.erased || life.restrictedAt) return undefined;
  const { message_thread_id: topicId } = await deps.api.createForumTopic(chatId, topicTitle(life));
  const { numUpdatedRows } = await deps.db
    .updateTable('session')
    .set({ topic_id: topicId })
    .where('id', '=', sessionId)
    .where('deletion_began_at', 'is', null)
    .where('restricted_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return topicId;
  // An erasure came while Telegram made it, and has removed what topic there was.
  await deps.api.deleteForumTopic(chatId, topicId);
  return undefined;
}

/** Shows a session's state in its topic: title, and open or closed as the session is. */
export async function renewTopic(deps: SenderDeps, life: Life, what: string): Promise<void> {
  const chatId = deps.project.staffChatId;
  if (chatId === null || life.topicId === null) return;
  const { topicId } = life;
  await deps.api.sendMessage(chatId, statusText(life, what), { message_thread_id: topicId });
  await unlessUnchanged(() => deps.api.editForumTopic(chatId, topicId, { name: topicTitle(life) }));
  if (what === 'closed') await unlessUnchanged(() => deps.api.closeForumTopic(chatId, topicId));
  if (what === 'reopened') await unlessUnchanged(() => deps.api.reopenForumTopic(chatId, topicId));
}

async function unlessUnchanged(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof GrammyError) || !/not.modified/i.test(error.description)) throw error;
  }
}
