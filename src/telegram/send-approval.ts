import { alarmedStaff, readApproval, saveApprovalCard, staffWhoMay } from '../db/approval-cards.ts';
import type { Delivery } from '../db/tables.ts';
import { alarmCard } from './alarm-cards.ts';
import { approvalNeeds } from './approvals.ts';
import { approvalCard, pausedCard, resumedCard } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import { asShowing, showToPeople, showToSupervisors, type Place } from './review-audience.ts';
import type { Card } from './review-card.ts';
import { renewCard } from './send-staff.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import type { Speech } from './texts.ts';

/** Shows what waits for a second person to those who may approve it, or renews the cards that show it. */
export async function sendApprovalCard(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const approval = await readApproval(deps.db, delivery.project_id, String(delivery.payload['approvalId']));
  if (!approval) return 'gone';
  const card = approvalCard(speechToStaff(deps), approval);
  for (const { chatId, messageId } of approval.shown) await renewCard(deps, chatId, messageId, card);
  if (approval.shown.length > 0 || approval.outcome) return 'sent';
  const showing = {
    ...asShowing(card),
    shown: (place: Place) => saveApprovalCard(deps.db, approval.id, place),
  };
  const needs = approvalNeeds(approval);
  // Supervisors have a group where the project names one; what compliance alone may do goes to them alone.
  if (needs === 'hold.approve' && deps.project.supervisorsChatId !== null)
    return showToSupervisors(deps, showing);
  return showToPeople(deps, await staffWhoMay(deps.db, approval.project_id, needs), showing);
}

/** Sends a text to those in charge: an alarm, an all-clear, or what became of the project's deletions. */
export async function sendAlarm(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const key = String(delivery.payload['key']);
  const speech = speechToStaff(deps);
  const { name } = deps.project;
  const card = DELETION_CARDS[key]?.(speech, name) ?? alarmCard(speech, key, name);
  if (!card) return 'gone';
  const called = await alarmedStaff(deps.db, delivery.project_id);
  const deciders = await staffWhoMay(deps.db, delivery.project_id, 'review.decide');
  // Where nobody is there to mend it, those who decide are told rather than nobody.
  const people = concernsDeciders(key) || called.length === 0 ? [...deciders, ...called] : called;
  return showToPeople(deps, [...new Set(people)], asShowing(card));
}

/** What those who decide on deletions, and answer customers, have to know too. */
function concernsDeciders(key: string): boolean {
  return key.startsWith('deletions-') || key.startsWith('updates-gap:');
}

const DELETION_CARDS: Record<string, (speech: Speech, project: string) => Card> = {
  'deletions-paused': pausedCard,
  'deletions-resumed': resumedCard,
};
