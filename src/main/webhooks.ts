import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { giveUpWebhook } from '../acts/webhooks.ts';
import { forgetKeys } from '../db/idempotency.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { claimWebhooks, forgetWebhooks, markTaken, putOff, type OutgoingWebhook } from '../db/webhooks.ts';
import { removeEnded } from '../db/web-sessions.ts';
import { nextWebhookAttempt, WEBHOOK_TEST } from '../domain/webhooks.ts';
import { readOrMakeSecretFile } from '../vault/secret-file.ts';
import type { Services } from './services.ts';
import { callWebhook, type WebhookAnswer } from './webhook-call.ts';

/** So many are sent side by side, and so many of them to one endpoint. */
const MOST_AT_ONCE = 100;
const PER_ENDPOINT = 10;
const POLL_MS = 1000;
const HOUR_MS = 3_600_000;
const KEPT_MS = 30 * 24 * HOUR_MS;
const KEYS_KEPT_MS = 24 * HOUR_MS;

/** The secret of an endpoint, in the form of Standard Webhooks; it is derived, and stored nowhere. */
export type SecretOf = (endpointId: string) => string;

/** Opens the key that secrets of endpoints are derived from; it is made at the first use. */
export async function openWebhookSecrets(secretsDir: string): Promise<SecretOf> {
  const path = join(secretsDir, 'webhook-key');
  const key = await readOrMakeSecretFile(path, () => randomBytes(32).toString('hex'));
  return (endpointId) => {
    const secret = createHmac('sha256', key.toString().trim()).update(`webhook:${endpointId}`).digest();
    return `whsec_${secret.toString('base64')}`;
  };
}

type SendDeps = Pick<Services, 'db' | 'log'> & {
  readonly secretOf: SecretOf;
  readonly allowPrivate: boolean;
  readonly clock?: () => Date;
};

/** Starts what tells other systems what happened, and forgets what is old of it and of the API. */
export async function startWebhooks(
  services: Pick<Services, 'db' | 'log' | 'config'>,
): Promise<{ stop(): Promise<void> }> {
  const { db, log, config } = services;
  const secretOf = await openWebhookSecrets(config.secretsDir);
  const stopping = new AbortController();
  const deps = { db, log, secretOf, allowPrivate: config.webhooks.allowPrivate };
  const underway: Underway = new Map();
  const loop = startQueueLoop({
    takeBatch: () => sendDue(deps, underway, stopping.signal),
    news: (signal) => pause(POLL_MS, undefined, { signal }).catch(() => undefined),
    onError: (error) => log.warn({ code: codeOf(error) }, 'webhooks could not be read; trying again'),
  });
  const tidy = setInterval(() => void forget(services), HOUR_MS);
  return {
    async stop() {
      clearInterval(tidy);
      stopping.abort();
      await loop.stop();
      await Promise.allSettled(underway.keys());
    },
  };
}

async function forget({ db, log }: Pick<Services, 'db' | 'log'>): Promise<void> {
  const ago = (ms: number) => new Date(Date.now() - ms);
  const old = [
    forgetWebhooks(db, ago(KEPT_MS)),
    forgetKeys(db, ago(KEYS_KEPT_MS)),
    removeEnded(db, new Date()),
  ];
  await Promise.all(old).catch(() =>
    log.warn('old webhooks, keys and sign-ins could not be removed; trying again in an hour'),
  );
}

/** What is being sent, and to which endpoint. */
type Underway = Map<Promise<void>, string>;

/** Sends what is due, and waits for all of it. @returns whether there was anything */
export async function sendBatch(deps: SendDeps): Promise<boolean> {
  const underway: Underway = new Map();
  const wasAny = await sendDue(deps, underway);
  await Promise.all(underway.keys());
  return wasAny;
}

/** Begins to send what is due, and waits for the first to be sent: one that takes long is left to itself. */
export async function sendDue(deps: SendDeps, underway: Underway, signal?: AbortSignal): Promise<boolean> {
  const room = { limit: MOST_AT_ONCE - underway.size, perEndpoint: PER_ENDPOINT };
  const busy = [...new Set(underway.values())];
  const claimed = room.limit > 0 ? await claimWebhooks(deps.db, { ...room, busy }) : [];
  for (const delivery of claimed) {
    const sending = send(deps, delivery, signal).catch((error: unknown) =>
      deps.log.warn({ code: codeOf(error) }, 'a webhook waits: its answer could not be kept'),
    );
    underway.set(sending, delivery.endpointId);
    void sending.then(() => underway.delete(sending));
  }
  if (underway.size === 0) return false;
  await Promise.race([...underway.keys(), pause(POLL_MS, undefined, { ref: false })]);
  return true;
}

async function send(deps: SendDeps, delivery: OutgoingWebhook, signal?: AbortSignal): Promise<void> {
  const { db, secretOf, allowPrivate } = deps;
  const now = deps.clock?.() ?? new Date();
  const body = JSON.stringify(payloadOf(delivery));
  const id = `msg_${delivery.messageId}`;
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'telegram-retention',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secretOf(delivery.endpointId)).sign(id, now, body),
  };
  const answer = await callWebhook(
    delivery.url,
    { body, headers },
    { allowPrivate, ...(signal && { signal }) },
  );
  // Stopped half-way: the claim runs out, and the message goes again.
  if (signal?.aborted) return;
  const words = 'status' in answer ? String(answer.status) : answer.failure;
  if (isTaken(answer)) return markTaken(db, delivery, words, now);
  const isTest = delivery.event === WEBHOOK_TEST;
  const gone = 'status' in answer && answer.status === 410;
  const next = isTest || gone ? null : nextWebhookAttempt(delivery, now);
  if (next) return putOff(db, delivery.id, words, next);
  const disabled = await giveUpWebhook(deps, { delivery, because: words, disable: !isTest, now });
  if (disabled)
    deps.log.error(
      { alarm: 'webhook_disabled', project: delivery.projectId, webhook: delivery.endpointId, answer: words },
      'an endpoint took nothing for three days, or is gone; mend it, then run: retention webhook test',
    );
}

function isTaken(answer: WebhookAnswer): boolean {
  return 'status' in answer && answer.status >= 200 && answer.status < 300;
}

/** Opaque ids alone: whoever receives it asks the API for more, with a token of their own. */
function payloadOf({ event, objectId, requestId, projectId, occurredAt }: OutgoingWebhook) {
  const data =
    event === WEBHOOK_TEST
      ? { projectId, webhookId: objectId }
      : event === 'erasure.done'
        ? { projectId, erasure: requestId }
        : { projectId, sessionId: objectId };
  return { type: event, timestamp: occurredAt.toISOString(), data };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
