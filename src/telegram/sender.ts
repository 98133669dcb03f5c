import { GrammyError } from 'grammy';
import { claimDeliveries, finishDelivery, postponeDelivery, putDelivery } from '../db/deliveries.ts';
import { hasUnsubscribed } from '../db/my-data.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import type { Delivery } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { accountIsGone, sendInactivityWarning } from './membership.ts';
import { sendApprovalCard, sendBreakerCard } from './send-approval.ts';
import { sendErasure, sendErasureAlarm } from './send-erasure.ts';
import { sendRelay } from './send-relay.ts';
import { deleteTopic, sendReviewCard, sendStatus } from './send-staff.ts';
import { sendText } from './send-text.ts';

const BATCH = 20;

/**
 * Sends what is queued for Telegram, in order per session and side. A chat that Telegram slows down
 * waits as long as it is told, and holds up no other. Sending again after a crash may repeat a message,
 * since Telegram knows no idempotency key; it never loses one.
 */
export function startSender(deps: SenderDeps): { stop(): Promise<void> } {
  return startQueueLoop({
    takeBatch: async () => (await sendBatch(deps)) > 0,
    news: deps.news,
    onError: (error) =>
      deps.log.warn(
        { code: (error as { code?: string }).code ?? 'unknown' },
        'deliveries wait: trying again',
      ),
  });
}

/** Sends what is due now, side by side, and returns how many deliveries it took. */
async function sendBatch(deps: SenderDeps): Promise<number> {
  const deliveries = await claimDeliveries(deps.db, deps.project.id, deps.clock(), BATCH);
  await Promise.all(deliveries.map((delivery) => attempt(deps, delivery)));
  return deliveries.length;
}

async function attempt(deps: SenderDeps, delivery: Delivery): Promise<void> {
  try {
    const outcome = await send(deps, delivery);
    if (outcome === 'unsubscribed') await giveUp(deps, delivery, outcome);
    else await finishDelivery(deps.db, delivery.id, outcome, deps.clock());
  } catch (error) {
    const verdict = judge(error, delivery.attempts);
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

async function send(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  // What they asked for themselves still reaches them.
  const isUnasked = delivery.target === 'customer' && delivery.kind !== 'erasure';
  if (isUnasked && (await hasUnsubscribed(deps.db, delivery))) return 'unsubscribed';
  switch (delivery.kind) {
    case 'relay':
      return sendRelay(deps, delivery);
    case 'status':
      return sendStatus(deps, delivery);
    case 'text':
      return delivery.target === 'supervisors' ? sendBreakerCard(deps, delivery) : sendText(deps, delivery);
    case 'review-card':
      return sendReviewCard(deps, delivery);
    case 'approval-card':
      return sendApprovalCard(deps, delivery);
    case 'inactivity-warning':
      return sendInactivityWarning(deps, delivery);
    case 'erasure':
      return sendErasure(deps, delivery);
    case 'erasure-alarm':
      return sendErasureAlarm(deps, delivery);
    case 'delete-topic':
      return deleteTopic(deps, delivery);
    default:
      return 'unknown_kind';
  }
}

/** What an error means for the delivery: wait and try again, or the reason to give up. */
function judge(error: unknown, attempts: number): { waitMs: number } | SendOutcome {
  const backoff = { waitMs: Math.min(1000 * 2 ** attempts, 300_000) };
  if (error instanceof AppError && error.code === 'key_destroyed') return 'gone';
  if (!(error instanceof GrammyError)) return backoff;
  if (error.error_code === 429) return { waitMs: (error.parameters.retry_after ?? 1) * 1000 };
  if (error.error_code >= 500) return backoff;
  return error.error_code === 403 ? 'blocked' : 'refused';
}

function codeOf(error: unknown): string {
  if (error instanceof GrammyError) return `telegram_${error.error_code}`;
  if (error instanceof AppError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
