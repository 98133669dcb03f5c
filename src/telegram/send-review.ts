import { readDigest } from '../db/digests.ts';
import { readLife } from '../db/life.ts';
import { cardsOf, reviewOf, saveCard } from '../db/reviews.ts';
import type { Delivery } from '../db/tables.ts';
import { shortId } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import { endingText, nextKeyboard } from './digest-card.ts';
import { asShowing, showToSupervisors, waitForMorning } from './review-audience.ts';
import { reviewCard, silenceText } from './review-card.ts';
import { renewCard, unlessBlocked } from './send-staff.ts';
import type { SenderDeps, SendOutcome, Wait } from './sending.ts';

/**
 * Shows a review round to every supervisor, or renews the cards that show it. A new card rings, so it waits
 * for the end of the quiet hours; an edit does not.
 */
export async function sendReviewCard(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome | Wait> {
  const found = await readCard(deps, delivery);
  if (!found) return 'gone';
  const { sessionId, round, life, review, cards, card } = found;
  for (const { chatId, messageId } of cards) await renewCard(deps, chatId, messageId, card);
  // An imported session was never conducted here; its review is in the digest, not in everybody's chat.
  if (cards.length > 0 || review.ended || life.topicId === null) return 'sent';
  if (life.restrictedAt || life.erased) return 'gone';
  const wait = waitForMorning(deps, review.dueAt);
  if (wait) return wait;
  return showToSupervisors(deps, {
    ...asShowing(card),
    topicId: life.topicId,
    shown: (place) => saveCard(deps.db, { sessionId, round, ...place }),
  });
}

/** Reminds supervisors of a review: its cards are renewed, and a short message that rings points to each. */
export async function sendReviewReminder(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome | Wait> {
  const found = await readCard(deps, delivery);
  if (!found || found.review.ended || found.life.phase !== 'review') return 'gone';
  const { sessionId, life, review, cards, card } = found;
  if (life.restrictedAt || life.erased) return 'gone';
  const wait = waitForMorning(deps, review.dueAt);
  if (wait) return wait;
  const speech = speechToStaff(deps);
  const silence = silenceText(speech, review, deps.clock());
  const text = `⏰ ${speech.say('review-reminder', { id: shortId(sessionId), silence })}`;
  let reached = 0;
  for (const { chatId, messageId } of cards) {
    await renewCard(deps, chatId, messageId, card);
    const reply = { message_id: messageId, allow_sending_without_reply: true };
    const sent = await unlessBlocked(() => deps.api.sendMessage(chatId, text, { reply_parameters: reply }));
    if (sent) reached += 1;
  }
  return reached > 0 ? 'sent' : 'no_topic';
}

/** Reminds supervisors of many reviews at once, and of those that have no card. */
export async function sendReviewsEnding(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome | Wait> {
  const now = deps.clock();
  const facts = await readDigest(deps.db, delivery.project_id, now);
  if (facts.waiting === 0) return 'gone';
  const wait = waitForMorning(deps, facts.nextDueAt);
  if (wait) return wait;
  const speech = speechToStaff(deps);
  const text = endingText(speech, deps.project.name, facts, now);
  return showToSupervisors(deps, { text, keyboard: nextKeyboard(speech) });
}

async function readCard(deps: SenderDeps, delivery: Delivery) {
  const sessionId = delivery.session_id ?? '';
  const round = Number(delivery.payload['round']);
  const review = await reviewOf(deps.db, sessionId, round);
  if (!review) return undefined;
  const now = deps.clock();
  const life = await readLife(deps.db, sessionId, now);
  const card = reviewCard(speechToStaff(deps), life, { ...review, round }, now);
  return { sessionId, round, life, review, card, cards: await cardsOf(deps.db, sessionId, round) };
}
