import { GrammyError, InlineKeyboard } from 'grammy';
import { alarmedStaff, staffWhoMay } from '../db/approval-cards.ts';
import { erasureFacts, readErasure, type Erasure } from '../db/erasures.ts';
import { personOfSubject, saveProgressMessage } from '../db/my-data.ts';
import type { Delivery } from '../db/tables.ts';
import { nextErasureStep } from '../domain/erasure-steps.ts';
import { AppError } from '../domain/errors.ts';
import { erasureWorkflowId } from '../temporal/ids.ts';
import { forgetCommandsIn } from './commands.ts';
import { speechToStaff } from './customer-speech.ts';
import { erasureText, isConcluded, isLaterRound, viewErasure } from './erasure-card.ts';
import type { Speech } from './texts.ts';
import { isPlainTextId } from './texts/list.ts';
import { unlessBlocked } from './send-staff.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/**
 * Shows the customer how far their erasure is, in one message that is edited in place until it is the
 * receipt. Where they cannot be reached the delivery ends, and the erasure goes on.
 */
export async function sendErasure(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const erasure = await erasureOf(deps, delivery);
  const person = erasure && (await personOfSubject(deps.db, erasure.subject_id));
  if (!erasure || !person || !isShown(erasure)) return 'gone';
  // Only what they asked for themselves may reach them.
  if (person.unsubscribedAt && erasure.origin === 'inactivity') return 'unsubscribed';
  // Before the receipt, which may not arrive where this still can: the list is in the language they chose.
  if (isConcluded(erasure)) await forgetCommandsIn(deps.api, person.telegramUserId);
  const speech = deps.texts.speech([person.language, deps.project.language], deps.project.timeZone);
  const text = erasureText(speech, await viewErasure(deps, erasure));
  const keyboard = keyboardOf(speech, erasure);
  const shown = erasure.progress_message_id;
  // What had to stay goes months or years later: an edit of the old receipt would be seen by nobody.
  const edits = shown !== null && !isLaterRound(erasure) && erasure.state !== 'refused';
  if (edits && (await edit(deps, { chatId: person.telegramUserId, messageId: shown }, text, keyboard)))
    return 'sent';
  const sent = await deps.api.sendMessage(person.telegramUserId, text, { reply_markup: keyboard });
  await saveProgressMessage(deps.db, erasure.id, sent.message_id);
  return 'sent';
}

async function erasureOf(deps: SenderDeps, delivery: Delivery): Promise<Erasure | undefined> {
  try {
    return await readErasure(deps.db, String(delivery.payload['erasureId']));
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** A request that waits shows its own buttons; of what a person let pass there is nothing to tell. */
function isShown(erasure: Erasure): boolean {
  if (erasure.state === 'refused') return true;
  if (erasure.state !== 'confirmed' && !isConcluded(erasure)) return false;
  return isConcluded(erasure) || !isLaterRound(erasure);
}

/** The buttons of a message about an erasure. */
export function keyboardOf({ say }: Speech, erasure: Erasure): InlineKeyboard {
  return isConcluded(erasure)
    ? new InlineKeyboard().copyText(say('button-copy-number'), erasure.number)
    : new InlineKeyboard();
}

/** Edits a message in place; `false` where it is there no more. */
async function edit(
  deps: SenderDeps,
  { chatId, messageId }: { chatId: number; messageId: number },
  text: string,
  keyboard: InlineKeyboard,
): Promise<boolean> {
  try {
    await deps.api.editMessageText(chatId, messageId, text, { reply_markup: keyboard });
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    return /not modified/i.test(error.description);
  }
}

/** Calls those who decide on deletions because an erasure is late. */
export async function sendErasureAlarm(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const erasure = await erasureOf(deps, delivery);
  // Whoever reads it late must not be called to what is done.
  if (erasure?.state !== 'confirmed') return 'gone';
  const text = alarmText(speechToStaff(deps), erasure, Number(delivery.payload['hours']));
  let reached = 0;
  const deciders = await staffWhoMay(deps.db, erasure.project_id, 'review.decide');
  const called = await alarmedStaff(deps.db, erasure.project_id);
  for (const chatId of new Set([...deciders, ...called]))
    if (await unlessBlocked(() => deps.api.sendMessage(chatId, text))) reached += 1;
  if (reached > 0) return 'sent';
  const staffChat = deps.project.staffChatId;
  if (staffChat === null) return 'no_topic';
  await deps.api.sendMessage(staffChat, text);
  return 'sent';
}

function alarmText({ say }: Speech, erasure: Erasure, hours: number): string {
  const waits = `erasure-waits-${nextErasureStep(erasureFacts(erasure)).step}`;
  const day = (at: Date | null) => (at ? `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC` : '–');
  return [
    say('erasure-late', { number: erasure.number, hours }),
    say('erasure-late-dates', {
      confirmed: day(erasure.confirmed_at),
      target: day(erasure.target_at),
      deadline: day(erasure.deadline_at),
    }),
    say(isPlainTextId(waits) ? waits : 'erasure-waits-other'),
    say('erasure-late-workflow', { id: erasureWorkflowId(erasure.id) }),
  ].join('\n');
}
