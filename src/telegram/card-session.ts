import { GrammyError, InlineKeyboard } from 'grammy';
import { deskFacts, forgetSessionCard, markCardPinned, saveSessionCard, type DeskFacts } from '../db/desk.ts';
import { decisionFacts, nextStepOf, type Life } from '../db/life.ts';
import { profileContext } from '../db/messages.ts';
import { decide, readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import { shortActor, topicTitle } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import { decisionTexts, type DecisionTexts } from './decision-text.ts';
import type { DeskDeps } from './deps.ts';
import { nextStepText } from './next-step-text.ts';
import type { SenderDeps } from './sending.ts';
import type { Speech } from './texts.ts';

/**
 * Shows a session's card in its topic, or brings the one there is up to date, and pins it. Sending,
 * remembering and pinning are three steps: a crash after the first leaves a card behind that is not pinned,
 * one after the second pins it the next time.
 */
export async function renewSessionCard(
  deps: SenderDeps,
  life: Life & { readonly topicId: number },
): Promise<void> {
  const { db, api, project } = deps;
  const { sessionId, topicId } = life;
  const facts = await deskFacts(db, sessionId);
  const chatId = project.staffChatId;
  if (chatId === null || !facts) return;
  const card = await sessionCard(deps, life, facts);
  const shown = facts.cardMessageId;
  if (shown !== null && (await edited(deps, { chatId, messageId: shown }, card))) {
    if (!facts.cardPinned) await pin(deps, { chatId, sessionId, messageId: shown });
    return;
  }
  if (shown !== null) await forgetSessionCard(db, { sessionId, messageId: shown });
  const { message_id: messageId } = await api.sendMessage(chatId, card.text, {
    ...card.options,
    message_thread_id: topicId,
    disable_notification: true,
  });
  if (await saveSessionCard(db, { sessionId, topicId, messageId })) {
    await pin(deps, { chatId, sessionId, messageId });
    return;
  }
  // Another process was faster, or an erasure has removed the topic: one card is enough.
  await api.deleteMessage(chatId, messageId).catch(unlessRefused);
}

/** Whether the card is there to be edited. */
async function edited(
  { api }: SenderDeps,
  { chatId, messageId }: { chatId: number; messageId: number },
  card: SessionCard,
): Promise<boolean> {
  try {
    await api.editMessageText(chatId, messageId, card.text, card.options);
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    if (/not.modified/i.test(error.description)) return true;
    if (/thread not found/i.test(error.description)) throw error;
    return false;
  }
}

async function pin(
  { api, db }: SenderDeps,
  card: { chatId: number; sessionId: string; messageId: number },
): Promise<void> {
  try {
    await api.pinChatMessage(card.chatId, card.messageId, { disable_notification: true });
    await markCardPinned(db, card);
  } catch (error) {
    // Without the right to pin the card is shown all the same.
    unlessRefused(error);
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
}

/** A session's card as it is sent: plain text, since names are in it. */
export interface SessionCard {
  readonly text: string;
  readonly options: {
    readonly reply_markup: InlineKeyboard;
    readonly link_preview_options: { readonly is_disabled: true };
  };
}

/** The card of a session. What the policy narrows to some roles is not shown to a whole group. */
export async function sessionCard(deps: DeskDeps, life: Life, facts: DeskFacts): Promise<SessionCard> {
  const speech = speechToStaff(deps);
  const { say } = speech;
  const { assignedTo, silent, bannedAt, language } = facts;
  const tags = life.tags.join(', ');
  const text = [
    topicTitle(speech, life),
    await customerLine(deps, life, facts),
    ...(language
      ? [say('card-language', { language: `${speech.languageName(language)} (${language})` })]
      : []),
    tags ? say('card-tags', { tags }) : say('card-no-tags'),
    ...(assignedTo ? [say('card-responsible', { who: shortActor(speech, assignedTo) })] : []),
    ...(silent ? [say('card-silent')] : []),
    ...(bannedAt ? [say('card-banned', { date: day(bannedAt) })] : []),
    ...(life.holdEnds.length > 0 ? [holdLine(speech, life)] : []),
    '',
    nextStepText(speech, nextStepOf(life)),
    ...whyLines(speech, life, deps.clock()),
  ].join('\n');
  const keyboard = cardKeyboard(speech, life, deps.clock());
  return { text, options: { reply_markup: keyboard, link_preview_options: { is_disabled: true } } };
}

async function customerLine(deps: DeskDeps, life: Life, facts: DeskFacts): Promise<string> {
  const { say, list } = speechToStaff(deps);
  if (life.kind === 'group') return say('card-in-group');
  const readers = readersOf(life.policy, life);
  if (readers?.length === 0) return say('card-narrowed-to-nobody');
  if (readers) return say('card-narrowed', { roles: list(readers.map((role) => say(`role-${role}`))) });
  const { subjectId, profileSealed } = facts;
  if (!subjectId || !profileSealed) return say('card-no-name');
  const opened = await deps.vault.open(profileSealed, profileContext(subjectId)).catch(unlessDestroyed);
  if (!opened) return say('card-no-name');
  const { firstName, lastName, username } = JSON.parse(opened.toString()) as SubjectProfile;
  const name = [firstName, lastName, username && `(@${username})`].filter(Boolean).join(' ');
  const where = life.kind === 'business' ? [say('card-in-business')] : [];
  return [say('card-customer', { name }), ...where].join('\n');
}

/** An erasure destroys the key before the row goes. */
function unlessDestroyed(error: unknown): undefined {
  if (!(error instanceof AppError) || error.code !== 'key_destroyed') throw error;
}

function holdLine({ say }: Speech, { holdEnds }: Life): string {
  if (holdEnds.some((end) => end === null)) return say('card-held');
  return say('card-held-until', { date: day(new Date(Math.max(...holdEnds.map(Number)))) });
}

/** Until when and by which rule it is kept; for an open session, as if it closed now. */
function whyLines(speech: Speech, life: Life, now: Date): string[] {
  const why = whyKept(speech, life, now);
  return why ? [why.kept, ...(why.decisive ? [why.decisive] : [])] : [];
}

/** The decision on a session: the date, and what every rule that applied did to it. */
export function whyKept(speech: Speech, life: Life, now: Date): DecisionTexts | undefined {
  const facts = decisionFacts(life.closedAt ? life : { ...life, closedAt: now });
  // Spam is deleted after a period of its own.
  if (!facts || life.spam || life.phase === 'deleted') return undefined;
  const texts = decisionTexts(speech, decide(life.policy, facts), life.policyVersion);
  return life.closedAt ? texts : { ...texts, kept: speech.say('card-if-closed', { decision: texts.kept }) };
}

function day(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** What can be done from the card as the session stands. */
export function cardKeyboard({ say }: Speech, life: Life, now: Date): InlineKeyboard {
  const data = (act: string) => `c:${act}:${life.sessionId}`;
  const keyboard = new InlineKeyboard();
  if (answerTo('close', life, now) === 'take') keyboard.text(say('button-close-session'), data('close'));
  else if (answerTo('reopen', life, now) === 'take')
    keyboard.text(say('button-reopen-session'), data('reopen'));
  if (answerTo('tag', life, now) === 'take') keyboard.text(say('button-tags'), data('tags'));
  keyboard.row();
  if (life.holdEnds.length > 0) keyboard.text(say('button-release'), data('release'));
  else if (answerTo('hold', life, now) === 'take') keyboard.text(say('button-hold'), data('hold'));
  return keyboard.text(say('button-history'), data('history'));
}
