import { GrammyError } from 'grammy';
import { readLife, type Life } from '../db/life.ts';
import { cardsOf, reviewOf, saveCard } from '../db/reviews.ts';
import { supervisorsOf } from '../db/staff.ts';
import type { Delivery } from '../db/tables.ts';
import { reviewCard } from './cards.ts';
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

/** Shows a review round to every supervisor, or renews the cards that show it. */
export async function sendReviewCard(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const sessionId = delivery.session_id ?? '';
  const round = Number(delivery.payload['round']);
  const review = await reviewOf(deps.db, sessionId, round);
  const life = await readLife(deps.db, sessionId, deps.clock());
  if (!review) return 'gone';
  const cards = await cardsOf(deps.db, sessionId, round);
  const card = reviewCard(life, { ...review, round });
  for (const { chatId, messageId } of cards) await renewCard(deps, chatId, messageId, card);
  // An imported session was never conducted here; its review is on the list, not in everybody's chat.
  if (cards.length > 0 || review.ended || life.topicId === null) return 'sent';
  return showToSupervisors(deps, life, round, card);
}

/** A text with buttons under it, while there is something to press. */
export type Card = ReturnType<typeof reviewCard>;

async function showToSupervisors(
  deps: SenderDeps,
  life: Life,
  round: number,
  card: Card,
): Promise<SendOutcome> {
  let shown = 0;
  for (const chatId of await supervisorsOf(deps.db, life.projectId)) {
    const message = await unlessBlocked(() => deps.api.sendMessage(chatId, card.text, cardOptions(card)));
    if (!message) continue;
    await saveCard(deps.db, { sessionId: life.sessionId, round, chatId, messageId: message.message_id });
    shown += 1;
  }
  if (shown > 0) return 'sent';
  // Nobody has a private chat with the bot: the session's own topic is where staff will see it.
  const staffChat = deps.project.staffChatId;
  if (staffChat === null || life.topicId === null) return 'no_topic';
  const message = await deps.api.sendMessage(staffChat, card.text, {
    ...cardOptions(card),
    message_thread_id: life.topicId,
  });
  await saveCard(deps.db, {
    sessionId: life.sessionId,
    round,
    chatId: staffChat,
    messageId: message.message_id,
  });
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
