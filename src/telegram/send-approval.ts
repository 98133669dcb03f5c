import { readApproval, saveApprovalCard, staffWhoMay } from '../db/approval-cards.ts';
import type { Delivery } from '../db/tables.ts';
import { approvalNeeds } from './approvals.ts';
import { approvalCard, auditAlarmCard, pausedCard, resumedCard } from './cards.ts';
import { alarmCard } from './alarm-cards.ts';
import { cardOptions, renewCard, unlessBlocked, type Card } from './send-staff.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/** Shows what waits for a second person to those who may approve it, or renews the cards that show it. */
export async function sendApprovalCard(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const approval = await readApproval(deps.db, delivery.project_id, String(delivery.payload['approvalId']));
  if (!approval) return 'gone';
  const card = approvalCard(approval);
  for (const { chatId, messageId } of approval.shown) await renewCard(deps, chatId, messageId, card);
  if (approval.shown.length > 0 || approval.outcome) return 'sent';
  const recipients = await staffWhoMay(deps.db, approval.project_id, approvalNeeds(approval));
  return showTo(deps, recipients, card, (chatId, messageId) =>
    saveApprovalCard(deps.db, approval.id, { chatId, messageId }),
  );
}

/** Tells those who decide deletions that they are paused, or go on. */
export async function sendBreakerCard(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const key = String(delivery.payload['key']);
  const card = BREAKER_CARDS[key]?.(deps.project.name) ?? alarmCard(key, deps.project.name);
  if (!card) return 'gone';
  const recipients = await staffWhoMay(deps.db, delivery.project_id, 'review.decide');
  return showTo(deps, recipients, card, () => Promise.resolve());
}

const BREAKER_CARDS: Record<string, (project: string) => Card> = {
  'deletions-paused': pausedCard,
  'deletions-resumed': resumedCard,
  'audit-damaged': () =>
    auditAlarmCard('A check of the audit log found that it was tampered with. The first place is named by'),
  'audit-refused': () =>
    auditAlarmCard('The audit log is not the one that was signed before: it was rewritten or cut off. See'),
  'audit-unanchored': () =>
    auditAlarmCard(
      'For more than an hour no head of the audit log has reached its anchor. See the service log and',
    ),
};

async function showTo(
  deps: SenderDeps,
  recipients: readonly number[],
  card: Card,
  shown: (chatId: number, messageId: number) => Promise<void>,
): Promise<SendOutcome> {
  let reached = 0;
  for (const chatId of recipients) {
    const message = await unlessBlocked(() => deps.api.sendMessage(chatId, card.text, cardOptions(card)));
    if (!message) continue;
    await shown(chatId, message.message_id);
    reached += 1;
  }
  if (reached > 0) return 'sent';
  // Nobody has a private chat with the bot: the staff group's general topic is where they will see it.
  const staffChat = deps.project.staffChatId;
  if (staffChat === null) return 'no_topic';
  const message = await deps.api.sendMessage(staffChat, card.text, cardOptions(card));
  await shown(staffChat, message.message_id);
  return 'sent';
}
