import type { InlineKeyboard } from 'grammy';
import { supervisorsOf } from '../db/staff.ts';
import { soundsAt } from '../domain/quiet-hours.ts';
import type { Card } from './review-card.ts';
import { unlessBlocked } from './send-staff.ts';
import type { SenderDeps, SendOutcome, Wait } from './sending.ts';

/** Where a message ends up. */
export interface Place {
  readonly chatId: number;
  readonly messageId: number;
}

interface Showing {
  readonly text: string;
  readonly keyboard?: InlineKeyboard | undefined;
  /** The topic of the staff group for what nobody could be told in private; its general one when left out. */
  readonly topicId?: number | null;
  /** Remembers where it is shown. */
  readonly shown?: (place: Place) => Promise<void>;
}

/**
 * Shows something to the supervisors of a project: in the group that the project names for them, or else to
 * each in their own chat with the bot, or else in the staff group.
 */
export async function showToSupervisors(deps: SenderDeps, showing: Showing): Promise<SendOutcome> {
  const { supervisorsChatId, id } = deps.project;
  if (supervisorsChatId !== null && (await showIn(deps, supervisorsChatId, showing))) return 'sent';
  return showToPeople(deps, await supervisorsOf(deps.db, id), showing);
}

/** Shows something to people in their own chats with the bot, or in the staff group if that reaches nobody. */
export async function showToPeople(
  deps: SenderDeps,
  people: readonly number[],
  showing: Showing,
): Promise<SendOutcome> {
  let reached = 0;
  for (const chatId of people) if (await showIn(deps, chatId, showing)) reached += 1;
  if (reached > 0) return 'sent';
  const staffChat = deps.project.staffChatId;
  if (staffChat === null) return 'no_topic';
  const { topicId = null } = showing;
  const message = await deps.api.sendMessage(staffChat, showing.text, {
    ...keyboardOf(showing),
    ...(topicId !== null && { message_thread_id: topicId }),
  });
  await showing.shown?.({ chatId: staffChat, messageId: message.message_id });
  return 'sent';
}

async function showIn(deps: SenderDeps, chatId: number, showing: Showing): Promise<boolean> {
  const message = await unlessBlocked(() => deps.api.sendMessage(chatId, showing.text, keyboardOf(showing)));
  if (!message) return false;
  await showing.shown?.({ chatId, messageId: message.message_id });
  return true;
}

function keyboardOf({ keyboard }: Pick<Showing, 'keyboard'>) {
  return keyboard ? { reply_markup: keyboard } : {};
}

/** A card as it is shown. */
export function asShowing({ text, keyboard }: Card): Showing {
  return { text, keyboard };
}

/** What keeps something from being sent now: the quiet hours, which a deadline cuts short. */
export function waitForMorning({ project, clock }: SenderDeps, deadline?: Date | null): Wait | undefined {
  const now = clock();
  const { reviews, timeZone } = project;
  const at = soundsAt(now, { quiet: reviews.quiet, timeZone }, deadline ?? undefined);
  return at > now ? { until: at } : undefined;
}
