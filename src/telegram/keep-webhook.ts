import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Bot } from 'grammy';
import type { Logger } from 'pino';
import { ALLOWED_UPDATES } from './bot.ts';
import { codeOf } from './intake.ts';

const HOUR_MS = 3_600_000;

/** Telegram sends so many updates at once, of different chats. */
const MOST_AT_ONCE = 40;

/**
 * Tells Telegram where to send a bot's updates, and looks every hour whether it does. The secret goes with
 * every update; it is never in the address, which ends up in logs.
 */
export function keepWebhook(deps: {
  bot: Bot;
  log: Logger;
  url: string;
  secret: string;
  /** Hears who the bot is, before the first update comes. */
  onStart: (botId: number, signal: AbortSignal) => Promise<void>;
  onReady: () => void;
  /** Hears each time that Telegram was found to reach this address. */
  onPolled: (botId: number) => Promise<void>;
}): { stop(): Promise<void> } {
  const { bot, log, url } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;

  let isReady = false;

  async function set() {
    if (!isReady) {
      await bot.init();
      await deps.onStart(bot.botInfo.id, signal);
      if (signal.aborted) return;
      deps.onReady();
      isReady = true;
    }
    await bot.api.setWebhook(url, {
      secret_token: deps.secret,
      allowed_updates: ALLOWED_UPDATES,
      max_connections: MOST_AT_ONCE,
    });
  }

  async function look() {
    const {
      url: there,
      pending_update_count: pending,
      last_error_message: why,
    } = await bot.api.getWebhookInfo();
    if (there !== url) await set();
    if (pending > 0 && why !== undefined)
      log.error({ alarm: 'webhook_unreachable', pending, why }, 'Telegram does not reach the webhook');
    else await deps.onPolled(bot.botInfo.id);
  }

  async function run() {
    for (let failures = 0, isSet = false; !signal.aborted;)
      try {
        if (!isSet) await set();
        isSet = true;
        failures = 0;
        await look();
        await wait(HOUR_MS);
      } catch (error) {
        log.warn({ code: codeOf(error) }, 'the webhook could not be set or looked at; trying again');
        const retryAfter = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        await wait((retryAfter ?? Math.min(2 ** failures++, 30)) * 1000);
      }
  }

  async function wait(ms: number) {
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
