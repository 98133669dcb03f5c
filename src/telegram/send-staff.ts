import { GrammyError } from 'grammy';
import { readLife } from '../db/life.ts';
import type { Delivery } from '../db/tables.ts';
import type { Card } from './review-card.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { ensureTopic, renewTopic } from './topics.ts';

/** Tells the staff topic what changed. What was never talked about here (an import) gets no topic. */
export async function sendStatus(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const sessionId = delivery.session_id ?? '';
  const what = String(delivery.payload['what']);
  if (what === 'opened') await ensureTopic(deps, sessionId);
  const life = await readLife(deps.db, sessionId, deps.clock());
  if (life.topicId === null) return 'no_topic';
  await renewTopic(deps, life, what);
  return 'sent';
}

export function cardOptions(card: Card) {
  return card.keyboard ? { reply_markup: card.keyboard } : {};
}

/** Renews a card in place. */
export async function renewCard(deps: SenderDeps, chatId: number, messageId: number, card: Card) {
  try {
    await deps.api.editMessageText(chatId, messageId, card.text, cardOptions(card));
  } catch (error) {
    // Unchanged, deleted by hand, or in a topic that is gone: nothing left to renew.
    if (!(error instanceof GrammyError) || error.error_code === 429 || error.error_code >= 500) throw error;
  }
}

/** `undefined` where the person has no private chat with the bot. */
export async function unlessBlocked<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GrammyError && (error.error_code === 403 || error.error_code === 400))
      return undefined;
    throw error;
  }
}

/** Removes a topic with all its messages: staff's own copy of a session that is deleted. */
export async function deleteTopic(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { chatId, topicId } = delivery.payload as { chatId: number; topicId: number };
  await deps.api.deleteForumTopic(chatId, topicId);
  return 'sent';
}
