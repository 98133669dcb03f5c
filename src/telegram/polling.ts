import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Bot } from 'grammy';
import type { Logger } from 'pino';
import { ALLOWED_UPDATES } from './bot.ts';
import { codeOf, updateIdOf, waitBefore } from './intake.ts';
import type { QueuedUpdate, UpdateQueue } from './update-queue.ts';

/** A bot that fetches its updates. */
export interface Polling {
  stop(): Promise<void>;
}

/** Telegram hands out so many updates beyond the oldest that is not confirmed. */
const WINDOW = 100;

/** How long one chat may take before the updates behind it are fetched as well. */
const PATIENCE_MS = 1000;

/** The same where the window fills up: others may wait behind it, and a flood has many windows. */
const LITTLE_PATIENCE_MS = 250;

/**
 * Fetches updates and hands them on. Not grammY's own loop, which confirms an update to Telegram even when
 * handling it failed: here it is confirmed only once it is stored, set aside or put by, so nothing is lost while
 * the database is away. Telegram hands out a hundred updates beyond the oldest that is not confirmed: where half
 * of them stand there and do not move on, those that wait are put by, so that a chat that floods or stands still
 * holds up no other.
 */
export function startPolling(deps: {
  bot: Bot;
  /** Makes what takes the updates, until the signal stops it. */
  queue: (signal: AbortSignal) => UpdateQueue;
  log: Logger;
  /** Hears when the fetching begins, and after each time it succeeded; what it throws makes the fetching wait. */
  onStart?: (botId: number) => Promise<void>;
  onPolled?: (botId: number) => Promise<void>;
}): Polling {
  const { bot, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const queue = deps.queue(signal);
  let fetched: QueuedUpdate[] = [];
  let offset = 0;

  async function round() {
    if (queue.isFull()) return void (await pause(PATIENCE_MS, undefined, { signal }));
    const updates = await bot.api.getUpdates(
      // With some still to confirm Telegram answers at once, whatever the timeout.
      { offset, timeout: 25, limit: WINDOW, allowed_updates: ALLOWED_UPDATES },
      // grammY types the signal by the abort-controller package; the platform's own fits.
      signal as Parameters<typeof bot.api.getUpdates>[1],
    );
    const known = new Set(fetched.map(({ id }) => id).filter((id) => id !== undefined));
    const fresh = updates.filter((update) => !known.has(updateIdOf(update) ?? NaN));
    for (const update of fresh) fetched.push(queue.take(update));
    const isFilling = fetched.length >= WINDOW / 2;
    const patience = isFilling ? LITTLE_PATIENCE_MS : PATIENCE_MS;
    const settled = Promise.all(fetched.filter(({ isPutBy }) => !isPutBy).map((one) => one.settled));
    await Promise.race([settled, pause(patience, undefined, { signal, ref: false })]);
    if (isFilling) await queue.putBy(fetched);
    confirm();
  }

  /** Update ids may start lower after an idle week, so it is the last that was fetched that counts. */
  function confirm() {
    const last = fetched.findLast(({ id }) => id !== undefined)?.id;
    const open = fetched.findIndex(({ isDone, isPutBy }) => !isDone && !isPutBy);
    fetched = open === -1 ? [] : fetched.slice(open);
    const first = fetched.find(({ id, isDone, isPutBy }) => !isDone && !isPutBy && id !== undefined)?.id;
    if (first !== undefined) offset = first;
    else if (last !== undefined) offset = last + 1;
  }

  async function run() {
    let started = false;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (!bot.isInited()) await bot.init();
        if (!started) {
          // One that was set before would have Telegram refuse every fetching.
          await bot.api.deleteWebhook();
          // Before the first update, which would be the newest sign of life.
          await deps.onStart?.(bot.botInfo.id);
          await queue.recall();
        }
        started = true;
        await round();
        await deps.onPolled?.(bot.botInfo.id);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        log.warn({ code: codeOf(error) }, 'updates could not be fetched; trying again');
        const retryAfter = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        await waitBefore(signal, failures++, retryAfter);
      }
    }
    await queue.settled();
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
