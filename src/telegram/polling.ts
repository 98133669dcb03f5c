import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Bot } from 'grammy';
import type { Logger } from 'pino';
import { ALLOWED_UPDATES } from './bot.ts';
import { codeOf, updateIdOf, type Intake } from './intake.ts';

/** A bot that fetches its updates. */
export interface Polling {
  stop(): Promise<void>;
}

/** How long one chat may take before the updates behind it are fetched as well. */
const PATIENCE_MS = 1000;

/** An update that was fetched and is not confirmed yet. */
interface Fetched {
  readonly id: number | undefined;
  isDone: boolean;
}

/**
 * Fetches updates and hands them on. Not grammY's own loop, which confirms an update to Telegram even when
 * handling it failed: here it is confirmed only once it is stored or set aside, so nothing is lost while the
 * database is away. Telegram hands out a hundred updates beyond the oldest that is not confirmed, so a chat
 * that stands still holds up no other until a hundred are behind it.
 */
export function startPolling(deps: {
  bot: Bot;
  /** Makes what takes the updates; it tries again until the polling stops. */
  intake: (tryAgain: (attempt: number, seconds?: number) => Promise<boolean>) => Intake;
  log: Logger;
  /** Hears when the fetching begins, and after each time it succeeded; what it throws makes the fetching wait. */
  onStart?: (botId: number) => Promise<void>;
  onPolled?: (botId: number) => Promise<void>;
}): Polling {
  const { bot, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const intake = deps.intake(async (attempt, seconds) => {
    await wait(attempt, seconds);
    return !signal.aborted;
  });
  const waiting = new Set<Promise<void>>();
  let fetched: Fetched[] = [];
  let offset = 0;

  async function round() {
    const updates = await bot.api.getUpdates(
      // With some still to confirm Telegram answers at once, whatever the timeout.
      { offset, timeout: 25, limit: 100, allowed_updates: ALLOWED_UPDATES },
      // grammY types the signal by the abort-controller package; the platform's own fits.
      signal as Parameters<typeof bot.api.getUpdates>[1],
    );
    const known = new Set(fetched.map(({ id }) => id).filter((id) => id !== undefined));
    const fresh = updates.filter((update) => !known.has(updateIdOf(update) ?? NaN));
    for (const update of fresh) begin(update);
    await Promise.race([Promise.all(waiting), pause(PATIENCE_MS, undefined, { signal, ref: false })]);
    confirm();
  }

  function begin(update: unknown): void {
    const entry: Fetched = { id: updateIdOf(update), isDone: false };
    fetched.push(entry);
    const handled = intake.take(update).then(
      () => void (entry.isDone = true),
      // The bot stops while a service is away: Telegram hands it out again.
      () => undefined,
    );
    waiting.add(handled);
    void handled.then(() => waiting.delete(handled));
  }

  /** Update ids may start lower after an idle week, so it is the last that was fetched that counts. */
  function confirm() {
    const last = fetched.findLast(({ id }) => id !== undefined)?.id;
    const open = fetched.findIndex(({ isDone }) => !isDone);
    fetched = open === -1 ? [] : fetched.slice(open);
    const first = fetched.find(({ id, isDone }) => !isDone && id !== undefined)?.id;
    if (first !== undefined) offset = first;
    else if (last !== undefined) offset = last + 1;
  }

  async function wait(attempt: number, seconds = Math.min(2 ** attempt, 30)) {
    await pause(seconds * 1000, undefined, { signal }).catch(() => undefined);
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
        }
        started = true;
        await round();
        await deps.onPolled?.(bot.botInfo.id);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        log.warn({ code: codeOf(error) }, 'updates could not be fetched; trying again');
        const retryAfter = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        await wait(failures++, retryAfter);
      }
    }
    await Promise.all(waiting);
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
