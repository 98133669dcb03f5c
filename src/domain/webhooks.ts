/** What other systems can be told of. */
export const WEBHOOK_EVENTS = ['session.archived', 'review.due', 'session.deleted', 'erasure.done'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What is sent to try an endpoint out. */
export const WEBHOOK_TEST = 'webhook.test';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after the first attempt, the second, and so on; after these the last one repeats. */
const WAITS_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
];

/** For how long an endpoint may fail to take one message. */
const PATIENCE_MS = 72 * HOUR_MS;

/** When a message that was not taken is sent again; `null` when it has been tried for three days. */
export function nextWebhookAttempt(delivery: { attempts: number; createdAt: Date }, now: Date): Date | null {
  const wait = WAITS_MS[Math.min(delivery.attempts, WAITS_MS.length) - 1] ?? 0;
  const next = now.getTime() + wait;
  return next > delivery.createdAt.getTime() + PATIENCE_MS ? null : new Date(next);
}
