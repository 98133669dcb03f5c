import { setTimeout as pause } from 'node:timers/promises';
import { BotError, GrammyError, type Bot } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from 'pino';
import { ALLOWED_UPDATES } from './bot.ts';

/** A bot that fetches its updates. */
export interface Polling {
  stop(): Promise<void>;
}

/**
 * Fetches updates and handles them, in order per chat and in parallel across chats. Not grammY's own
 * loop, which confirms an update to Telegram even when handling it failed: here an update is confirmed
 * only once it is stored or set aside, so nothing is lost while the database is away.
 *
 * @param setAside records an update that cannot be handled, whatever it is, so that it holds up no other
 */
export function startPolling(deps: {
  bot: Bot;
  log: Logger;
  isOutage: (error: unknown) => boolean;
  setAside: (update: Update, code: string) => Promise<void>;
  /** Hears when the fetching begins, and after each time it succeeded; what it throws makes the fetching wait. */
  onStart?: (botId: number) => Promise<void>;
  onPolled?: (botId: number) => Promise<void>;
}): Polling {
  const { bot, log } = deps;
  const stopping = new AbortController();
  let offset = 0;

  async function round() {
    const updates = await bot.api.getUpdates(
      { offset, timeout: 25, limit: 100, allowed_updates: ALLOWED_UPDATES },
      // grammY types the signal by the abort-controller package; the platform's own fits.
      stopping.signal as Parameters<typeof bot.api.getUpdates>[1],
    );
    await Promise.all([...byChat(updates).values()].map((chat) => inOrder(chat)));
    // Update ids may start lower after an idle week, so it is the batch's own last that is confirmed.
    if (!stopping.signal.aborted && updates.length > 0) offset = (updates.at(-1)?.update_id ?? 0) + 1;
  }

  async function inOrder(updates: readonly Update[]) {
    for (const update of updates) await handle(update);
  }

  async function handle(update: Update) {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        await bot.handleUpdate(update);
        return;
      } catch (error) {
        const cause = error instanceof BotError ? error.error : error;
        if (!deps.isOutage(cause) && (await setAside(update, cause))) return;
        log.warn(
          { updateId: update.update_id, code: codeOf(cause) },
          'update waits: a service it needs is away',
        );
        await wait(attempt);
      }
    }
  }

  /** `false` while that cannot be recorded either: an update that left no trace would be lost. */
  async function setAside(update: Update, error: unknown): Promise<boolean> {
    try {
      await deps.setAside(update, codeOf(error));
    } catch (failure) {
      if (deps.isOutage(failure)) return false;
    }
    log.error({ updateId: update.update_id, code: codeOf(error), at: framesOf(error) }, 'update set aside');
    return true;
  }

  async function wait(attempt: number, seconds = Math.min(2 ** attempt, 30)) {
    await pause(seconds * 1000, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  async function run() {
    let started = false;
    for (let failures = 0; !stopping.signal.aborted;) {
      try {
        if (!bot.isInited()) await bot.init();
        // Before the first update, which would be the newest sign of life.
        if (!started) await deps.onStart?.(bot.botInfo.id);
        started = true;
        await round();
        await deps.onPolled?.(bot.botInfo.id);
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.warn({ code: codeOf(error) }, 'updates could not be fetched; trying again');
        const retryAfter = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        await wait(failures++, retryAfter);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Updates of one chat stay in order; those without a chat go by their sender. */
function byChat(updates: readonly Update[]): Map<number, Update[]> {
  const chats = new Map<number, Update[]>();
  for (const update of updates) {
    const message = update.message ?? update.edited_message ?? update.callback_query?.message;
    const from = update.callback_query?.from ?? update.inline_query?.from;
    const key = message?.chat.id ?? update.my_chat_member?.chat.id ?? from?.id ?? 0;
    chats.set(key, [...(chats.get(key) ?? []), update]);
  }
  return chats;
}

function codeOf(error: unknown): string {
  if (error instanceof GrammyError) return `telegram_${error.error_code}`;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4);
}
