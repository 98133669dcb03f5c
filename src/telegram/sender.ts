import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError } from 'grammy';
import { claimDeliveries, finishDelivery, postponeDelivery, putDelivery } from '../db/deliveries.ts';
import { hasUnsubscribed } from '../db/my-data.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import type { Delivery } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { SenderDeps, SendOutcome, Wait } from './sending.ts';
import { whileClaimed } from './claim.ts';
import { accountIsGone, sendInactivityWarning } from './membership.ts';
import { sendApprovalCard, sendAlarm } from './send-approval.ts';
import { sendErasure, sendErasureAlarm } from './send-erasure.ts';
import { sendAccountNews } from './send-account.ts';
import { sendExportNews, sendScheduleEnded } from './send-export.ts';
import { deleteCopies, sendGroupNotice, sendRelayNote } from './relay-notes.ts';
import { sendRelay } from './send-relay.ts';
import { sendDigest } from './digest.ts';
import { sendReviewCard, sendReviewReminder, sendReviewsEnding } from './send-review.ts';
import { deleteTopic, sendStatus } from './send-staff.ts';
import { queueTranslation, sendTranslation } from './send-translation.ts';
import { sendText } from './send-text.ts';
import { createTopicQueue } from './topic-queue.ts';

/** So many are sent side by side. */
const MOST_AT_ONCE = 20;

/** How long one may take before those behind it are sent as well. */
const PATIENCE_MS = 1000;

/**
 * Sends what is queued for Telegram, in order per session and side. A chat that Telegram slows down
 * waits as long as it is told, and holds up no other. Sending again after a crash may repeat a message,
 * since Telegram knows no idempotency key; it never loses one.
 */
export function startSender(given: Omit<SenderDeps, 'topicQueue'>): { stop(): Promise<void> } {
  const deps = { ...given, topicQueue: createTopicQueue(given.clock) };
  const underway = new Set<Promise<void>>();
  const onError = (error: unknown) =>
    deps.log.warn({ code: (error as { code?: string }).code ?? 'unknown' }, 'deliveries wait: trying again');
  const loop = startQueueLoop({
    takeBatch: () => sendBatch(deps, underway, onError),
    news: deps.news,
    onError,
  });
  return {
    async stop() {
      await loop.stop();
      await Promise.all(underway);
    },
  };
}

/** Sends what is due now, side by side; one that takes long is left to itself. @returns whether there was any */
async function sendBatch(
  deps: SenderDeps,
  underway: Set<Promise<void>>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const room = MOST_AT_ONCE - underway.size;
  const due = room > 0 ? await claimDeliveries(deps.db, deps.project.id, deps.clock(), room) : [];
  for (const delivery of due) {
    const sending = attempt(deps, delivery).catch(onError);
    underway.add(sending);
    void sending.then(() => underway.delete(sending));
  }
  const patience = new AbortController();
  const tooLong = pause(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([Promise.all(underway), tooLong]);
  patience.abort();
  return due.length > 0;
}

async function attempt(deps: SenderDeps, delivery: Delivery): Promise<void> {
  try {
    const outcome = await whileClaimed(deps, delivery, () => send(deps, delivery));
    if (typeof outcome === 'object') await postponeDelivery(deps.db, delivery.id, outcome.until);
    else if (outcome === 'unsubscribed') await giveUp(deps, delivery, outcome);
    else await finishDelivery(deps.db, delivery.id, outcome, deps.clock());
  } catch (error) {
    const verdict = judge(error, delivery);
    const { id, kind } = delivery;
    if (delivery.target === 'customer' && accountIsGone(error)) await eraseGone(deps, delivery);
    deps.log.warn({ delivery: id, kind, verdict, code: codeOf(error) }, 'delivery did not arrive');
    if (typeof verdict === 'string') await giveUp(deps, delivery, verdict);
    else await postponeDelivery(deps.db, id, new Date(deps.clock().getTime() + verdict.waitMs));
  }
}

/** Whoever is gone for good is erased, where the policy erases silent customers at all. */
async function eraseGone({ acts, clock }: SenderDeps, delivery: Delivery) {
  const { session_id: sessionId, subject_id: subjectId } = delivery;
  await acts.eraseGoneAccount({ sessionId, subjectId, now: clock() });
}

/** Records why a delivery never arrives; where it was a message, staff learn of it in the topic. */
async function giveUp(deps: SenderDeps, delivery: Delivery, verdict: SendOutcome) {
  const now = deps.clock();
  const { session_id: sessionId, project_id: projectId } = delivery;
  const toCustomer = verdict === 'blocked' || verdict === 'unsubscribed' ? verdict : 'undelivered';
  const what = delivery.target === 'customer' ? toCustomer : 'uncopied';
  await deps.db.transaction().execute(async (tx) => {
    await finishDelivery(tx, delivery.id, verdict, now);
    if (delivery.kind === 'relay' && sessionId !== null && verdict !== 'gone')
      await putDelivery(tx, {
        projectId,
        sessionId,
        target: 'staff',
        content: { kind: 'status', what },
        now,
      });
  });
}

async function send(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome | Wait> {
  // What they asked for themselves still reaches them.
  const isUnasked = delivery.target === 'customer' && delivery.kind !== 'erasure';
  if (isUnasked && (await hasUnsubscribed(deps.db, delivery))) return 'unsubscribed';
  switch (delivery.kind) {
    case 'relay':
      return relayWithTranslation(deps, delivery);
    case 'status':
      return sendStatus(deps, delivery);
    case 'text':
      return delivery.target === 'supervisors' ? sendAlarm(deps, delivery) : sendText(deps, delivery);
    case 'review-card':
      return sendReviewCard(deps, delivery);
    case 'review-reminder':
      return sendReviewReminder(deps, delivery);
    case 'reviews-ending':
      return sendReviewsEnding(deps, delivery);
    case 'digest':
      return sendDigest(deps);
    case 'approval-card':
      return sendApprovalCard(deps, delivery);
    case 'export':
      return sendExportNews(deps, delivery);
    case 'export-schedule':
      return sendScheduleEnded(deps, delivery);
    case 'account':
      return sendAccountNews(deps, delivery);
    case 'inactivity-warning':
      return sendInactivityWarning(deps, delivery);
    case 'erasure':
      return sendErasure(deps, delivery);
    case 'erasure-alarm':
      return sendErasureAlarm(deps, delivery);
    case 'translation':
      return sendTranslation(deps, delivery);
    case 'message-note':
      return sendRelayNote(deps, delivery);
    case 'group-notice':
      return sendGroupNotice(deps, delivery);
    case 'delete-copies':
      return deleteCopies(deps, delivery);
    case 'delete-topic':
      return deleteTopic(deps, delivery);
    default:
      return 'unknown_kind';
  }
}

async function relayWithTranslation(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const outcome = await sendRelay(deps, delivery);
  if (outcome === 'sent') await queueTranslation(deps, delivery);
  return outcome;
}

/** What an error means for the delivery: wait and try again, or the reason to give up. */
function judge(error: unknown, { attempts, target }: Delivery): { waitMs: number } | SendOutcome {
  const backoff = { waitMs: Math.min(1000 * 2 ** attempts, 300_000) };
  if (error instanceof AppError && error.code === 'key_destroyed') return 'gone';
  if (!(error instanceof GrammyError)) return backoff;
  if (error.error_code === 429) return { waitMs: (error.parameters.retry_after ?? 1) * 1000 };
  // A token that was revoked is replaced, and a group that put the bot out lets it in again.
  const isShutOut = error.error_code === 401 || (target === 'staff' && isOutOfGroup(error));
  if (error.error_code >= 500 || isShutOut) return backoff;
  return error.error_code === 403 ? 'blocked' : 'refused';
}

/** Whether the staff group is not there for the bot: it was put out, or the group has another id by now. */
function isOutOfGroup({ error_code: code, description }: GrammyError): boolean {
  return code === 403 || (code === 400 && /chat not found|upgraded to a supergroup/i.test(description));
}

function codeOf(error: unknown): string {
  if (error instanceof GrammyError) return `telegram_${error.error_code}`;
  if (error instanceof AppError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
