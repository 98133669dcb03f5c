import type { Update } from '@grammyjs/types';
import type { Hub } from './hub.ts';
import type { BotRecord, UpdateRecord, WebhookRecord } from './records.ts';
import type { Updates } from './updates.ts';

export interface WebhookOptions {
  /** Wait before the first repetition; it doubles up to a minute. */
  retryMs: number;
  /** Runs the method a bot put into its answer to a delivery. */
  runReply: (bot: BotRecord, method: string, parameters: Record<string, unknown>) => Promise<void>;
  log: (line: { event: string }) => void;
}

export interface Webhooks {
  close(): Promise<void>;
}

const LONGEST_WAIT_MS = 60_000;
const DELIVERY_TIMEOUT_MS = 60_000;

/**
 * Delivers updates to the bots that set a webhook: in order within a chat, several chats at once, each
 * repeated until it is taken with a 2xx. This is what Telegram does, so that one failing chat does not
 * hold up the others.
 */
export function deliverToWebhooks(hub: Hub, updates: Updates, options: WebhookOptions): Webhooks {
  const busy = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  const pump = (bot: BotRecord) => {
    const webhook = bot.webhook;
    if (!webhook || stopping.signal.aborted) return;
    for (const row of updates.pending(bot)) {
      const queue = `${bot.id}:${chatOf(row.update)}`;
      const running = [...busy.keys()].filter((key) => key.startsWith(`${bot.id}:`)).length;
      if (running >= webhook.maxConnections) return;
      if (busy.has(queue)) continue;
      const delivery = deliver(bot, row)
        .catch(() => options.log({ event: 'sandbox_webhook_gave_up' }))
        .finally(() => {
          busy.delete(queue);
          pump(bot);
        });
      busy.set(queue, delivery);
    }
  };

  const deliver = async (bot: BotRecord, row: UpdateRecord): Promise<void> => {
    for (let wait = options.retryMs; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const webhook = bot.webhook;
      if (!webhook || stopping.signal.aborted) return;
      const reply = await attempt(hub, bot, webhook, row.update, stopping.signal);
      if (reply) {
        hub.updates(bot.id).deleteWhere((other) => other === row);
        if (typeof reply['method'] === 'string') {
          const { method, ...parameters } = reply;
          await options.runReply(bot, method, parameters).catch(() => undefined);
        }
        return;
      }
      await pause(wait, stopping.signal);
    }
  };

  updates.onQueued(pump);
  for (const bot of hub.bots.values()) pump(bot);
  return {
    async close() {
      stopping.abort();
      await Promise.all(busy.values());
    },
  };
}

/** One delivery: the answer's JSON object (empty when it has none) if taken, undefined if to repeat. */
async function attempt(
  hub: Hub,
  bot: BotRecord,
  webhook: WebhookRecord,
  update: Update,
  stop: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(webhook.secretToken !== undefined && { 'x-telegram-bot-api-secret-token': webhook.secretToken }),
      },
      body: JSON.stringify(update),
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]),
    });
    const body = await response.text();
    if (response.ok) return jsonObject(body);
    webhook.lastErrorMessage = `Wrong response from the webhook: ${response.status} ${response.statusText}`;
  } catch {
    webhook.lastErrorMessage = 'Connection refused or timed out';
  }
  webhook.lastErrorDate = hub.now();
  hub.bots.put(bot.id, bot);
  return undefined;
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Hand-made updates may be anything, so nothing is taken for granted here. */
function chatOf(update: Partial<Update> | null): number {
  if (update === null) return 0;
  const message = update.message ?? update.edited_message ?? update.callback_query?.message;
  return (message ?? update.my_chat_member ?? update.message_reaction)?.chat?.id ?? 0;
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
  });
}
