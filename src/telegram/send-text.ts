import { telegramIdOf } from '../db/subjects.ts';
import type { Delivery } from '../db/tables.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { textOf } from './texts.ts';

/** Sends one of the bot's own texts to a customer. */
export async function sendText(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const chatId = delivery.subject_id && (await telegramIdOf(deps.db, delivery.subject_id));
  const text = textOf(String(delivery.payload['key']), deps.project.name);
  if (!chatId || !text) return 'gone';
  await deps.api.sendMessage(chatId, text);
  return 'sent';
}
