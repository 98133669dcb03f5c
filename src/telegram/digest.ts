import { Composer, GrammyError, type Context } from 'grammy';
import { readDigest, waitingRules } from '../db/digests.ts';
import { readLife } from '../db/life.ts';
import { cardsOf, nextReview, reviewOf, saveCard } from '../db/reviews.ts';
import { AppError } from '../domain/errors.ts';
import { speechTo, speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { bulkCard, digestCard, resultCard, rulesCard } from './digest-card.ts';
import { asShowing, showToSupervisors, waitForMorning } from './review-audience.ts';
import { keyOf, reviewCard, type Card } from './review-card.ts';
import { orSayWhy, refused, whyNot } from './refusals.ts';
import { actorOf, memberWhoDecides } from './staff-member.ts';
import type { SenderDeps, SendOutcome, Wait } from './sending.ts';
import type { Speech } from './texts.ts';

/** Sends the digest of a day, as things stand when it is sent. */
export async function sendDigest(deps: SenderDeps): Promise<SendOutcome | Wait> {
  const wait = waitForMorning(deps);
  if (wait) return wait;
  const { card, waiting } = await readCard(deps);
  return waiting === 0 ? 'gone' : showToSupervisors(deps, asShowing(card));
}

async function readCard(
  deps: Pick<DeskDeps, 'db' | 'project' | 'clock' | 'texts'>,
): Promise<{ card: Card; waiting: number }> {
  const { id, name } = deps.project;
  const now = deps.clock();
  const facts = await readDigest(deps.db, id, now);
  const rules = await waitingRules(deps.db, id);
  return {
    card: digestCard(speechToStaff(deps), { project: name, facts, rules, now }),
    waiting: facts.waiting,
  };
}

/** The buttons of the digest: the next review, and the approval of many at once, which asks once more. */
export function createDigestDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^d:next(?::([0-9a-f-]{36}))?$/, (context) =>
    orSayWhy(deps, context, () => showNext(deps, context, context.match[1])),
  );
  composer.callbackQuery('d:digest', (context) =>
    orSayWhy(deps, context, async () => {
      await memberWhoDecides(deps, context);
      await turnInto(context, (await readCard(deps)).card);
    }),
  );
  composer.callbackQuery('d:rules', (context) =>
    orSayWhy(deps, context, async () => {
      await memberWhoDecides(deps, context);
      await turnInto(context, rulesCard(speechToStaff(deps), await waitingRules(deps.db, deps.project.id)));
    }),
  );
  composer.callbackQuery(/^d:rule:([0-9a-f]{8})$/, (context) =>
    orSayWhy(deps, context, () => showPlan(deps, context, context.match[1] ?? '')),
  );
  composer.callbackQuery(/^d:do:([0-9a-f-]{36})$/, (context) =>
    orSayWhy(deps, context, () => approve(deps, context, context.match[1] ?? '')),
  );
  return composer;
}

/**
 * Shows the next review in the chat in which it was asked for. A chat has one card of a round: an older one
 * gives way to it.
 */
async function showNext(deps: DeskDeps, context: Context, after: string | undefined) {
  await memberWhoDecides(deps, context);
  const speech = speechToStaff(deps);
  const chatId = context.chat?.id;
  const next = await nextReview(deps.db, deps.project.id, after);
  const review = next && (await reviewOf(deps.db, next.sessionId, next.round));
  if (!next || !review || chatId === undefined)
    throw refused('not_found', after ? 'nothing-else-waits' : 'nothing-waits');
  const now = deps.clock();
  const life = await readLife(deps.db, next.sessionId, now);
  const { text, keyboard } = reviewCard(speech, life, { ...review, round: next.round }, now);
  const older = (await cardsOf(deps.db, next.sessionId, next.round)).find((card) => card.chatId === chatId);
  const topicId = context.msg?.is_topic_message ? context.msg.message_thread_id : undefined;
  const message = await context.api.sendMessage(chatId, text, {
    ...(keyboard && { reply_markup: keyboard }),
    ...(topicId !== undefined && { message_thread_id: topicId }),
  });
  await saveCard(deps.db, { ...next, chatId, messageId: message.message_id });
  await context.answerCallbackQuery();
  if (older) await giveWay(speech, context, older);
}

/** Telegram lets a bot delete its messages for two days; after that an older card loses its buttons. */
async function giveWay(
  { say }: Speech,
  context: Context,
  { chatId, messageId }: { chatId: number; messageId: number },
) {
  const unlessRefused = async (call: () => Promise<unknown>) => {
    try {
      await call();
      return true;
    } catch (error) {
      if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
      return false;
    }
  };
  if (await unlessRefused(() => context.api.deleteMessage(chatId, messageId))) return;
  await unlessRefused(() => context.api.editMessageText(chatId, messageId, say('review-shown-below')));
}

async function showPlan(deps: DeskDeps, context: Context, key: string) {
  const actor = actorOf(await memberWhoDecides(deps, context));
  const projectId = deps.project.id;
  const rule = (await waitingRules(deps.db, projectId)).find((one) => keyOf(one.rule) === key)?.rule;
  if (rule === undefined) throw refused('not_found', 'nothing-by-rule');
  const plan = await deps.acts.planBulk({ projectId, rule, actor, now: deps.clock() });
  await turnInto(context, bulkCard(speechToStaff(deps), rule, plan));
}

async function approve(deps: DeskDeps, context: Context, planId: string) {
  const actor = actorOf(await memberWhoDecides(deps, context));
  // Many take longer than a button waits.
  await context.answerCallbackQuery({ text: speechTo(deps, context).say('alert-one-moment') });
  const act = { projectId: deps.project.id, planId, actor, now: deps.clock() };
  try {
    const { text, keyboard } = resultCard(speechToStaff(deps), await deps.acts.approveAll(act));
    await context.editMessageText(text, keyboard ? { reply_markup: keyboard } : {});
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // The button has had its answer.
    await context.reply(whyNot(deps, context, error));
  }
}

async function turnInto(context: Context, { text, keyboard }: Card) {
  await context.answerCallbackQuery();
  try {
    await context.editMessageText(text, keyboard ? { reply_markup: keyboard } : {});
  } catch (error) {
    if (!(error instanceof GrammyError) || !/not modified/i.test(error.description)) throw error;
  }
}
