import { readLife } from '../db/life.ts';
import { relayFacts } from '../db/relay-facts.ts';
import { telegramIdOfGroup } from '../db/groups.ts';
import type { Delivery } from '../db/tables.ts';
import { personOfSubject } from '../db/my-data.ts';
import { speechToStaff } from './customer-speech.ts';
import { placed, sideOf } from './relay-side.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { isPlainTextId } from './texts/list.ts';

/** Tells either side something about one message, beneath it. */
export async function sendRelayNote(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const message = await relayFacts(deps.db, String(delivery.payload['messageId']), 1);
  if (!message) return 'gone';
  const target = delivery.target === 'staff' ? 'staff' : 'customer';
  const { topicId } = await readLife(deps.db, message.sessionId, deps.clock());
  const side = sideOf(deps, message, target, topicId ?? undefined);
  const key = `note-${String(delivery.payload['note'])}${target === 'staff' ? '-staff' : ''}`;
  if (!side || !isPlainTextId(key) || (target === 'staff' && topicId === null)) return 'gone';
  if (target === 'customer' && message.businessId !== null && !message.canReply) return 'gone';
  const { language, timeZone } = deps.project;
  const person = await personOfSubject(deps.db, message.subjectId);
  const speech =
    target === 'staff' ? speechToStaff(deps) : deps.texts.speech([person?.language, language], timeZone);
  const { copyId } = side;
  const beneath = copyId === undefined ? side : { ...side, replyTo: copyId };
  await deps.api.sendMessage(side.chatId, speech.say(key), placed(beneath));
  return 'sent';
}

/** Shows a group the privacy notice, which nobody in it can be asked to agree to alone. */
export async function sendGroupNotice(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const chatId = await telegramIdOfGroup(deps.db, String(delivery.payload['groupId']));
  if (chatId === undefined) return 'gone';
  const { name, language, timeZone, noticeUrl } = deps.project;
  const { say } = deps.texts.speech([language], timeZone);
  const text = say('group-notice', { project: name });
  await deps.api.sendMessage(chatId, noticeUrl === null ? text : `${text}\n${noticeUrl}`);
  return 'sent';
}

/** Removes copies from the staff group: what was deleted in the customer's chat is deleted there too. */
export async function deleteCopies(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { chatId, messageIds } = delivery.payload as { chatId: number; messageIds: number[] };
  for (let at = 0; at < messageIds.length; at += 100)
    await deps.api.deleteMessages(chatId, messageIds.slice(at, at + 100));
  return 'sent';
}
