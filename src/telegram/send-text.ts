import { InlineKeyboard } from 'grammy';
import { chatOfSession } from '../db/chat-sessions.ts';
import { personOfSubject } from '../db/my-data.ts';
import type { Delivery } from '../db/tables.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { isPlainTextId } from './texts/list.ts';

/** Sends one of the bot's own texts to a customer; under the one that tells of a closing, a way back. */
export async function sendText(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const person = delivery.subject_id ? await personOfSubject(deps.db, delivery.subject_id) : undefined;
  const key = String(delivery.payload['key']);
  // In the chat of a business account the bot says nothing of its own.
  const chat = delivery.session_id ? await chatOfSession(deps.db, delivery.session_id) : undefined;
  if (chat?.kind === 'business') return 'gone';
  // An older version may have queued what this one has no text for.
  if (!person || !isPlainTextId(key)) return 'gone';
  const { say } = deps.texts.speech([person.language, deps.project.language], deps.project.timeZone);
  const sessionId = key === 'closed' ? delivery.session_id : null;
  await deps.api.sendMessage(
    person.telegramUserId,
    say(key),
    sessionId === null
      ? {}
      : { reply_markup: new InlineKeyboard().text(say('button-reopen'), `o:reopen:${sessionId}`) },
  );
  return 'sent';
}
