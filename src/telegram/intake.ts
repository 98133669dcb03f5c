import { BotError, GrammyError, type Bot } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from 'pino';

/** Takes a bot's updates, wherever they come from: in order per chat, and side by side across chats. */
export interface Intake {
  /**
   * Resolves once the update is handled or set aside, so that it may be confirmed to Telegram.
   *
   * @throws the error of a service that is away, unless it is tried again; what waited behind it in the same
   *   chat is refused with it
   */
  take(update: unknown): Promise<void>;
}

/** What an intake works with. */
export interface IntakeDeps {
  readonly bot: Bot;
  readonly log: Logger;
  readonly isOutage: (error: unknown) => boolean;
  /** Records an update that cannot be handled, whatever it is, so that it holds up no other. */
  readonly setAside: (updateId: number, code: string) => Promise<void>;
  /** Waits while a service is away, as long as it says; `false` ends that. Without it, who handed the update on has to come again. */
  readonly tryAgain?: (attempt: number, seconds?: number) => Promise<boolean>;
}

export function createIntake(deps: IntakeDeps): Intake {
  const { bot, log } = deps;
  const tails = new Map<number, Promise<void>>();

  async function handle(update: unknown): Promise<void> {
    for (let attempt = 0; ; attempt++)
      try {
        return await handleOnce(update);
      } catch (error) {
        log.warn({ updateId: updateIdOf(update), code: codeOf(error) }, 'update waits: a service is away');
        const seconds = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        if (!(await deps.tryAgain?.(attempt, seconds))) throw error;
      }
  }

  /** @throws only what passes by itself */
  async function handleOnce(update: unknown): Promise<void> {
    try {
      await bot.handleUpdate(update as Update);
    } catch (error) {
      const cause = error instanceof BotError ? error.error : error;
      if (deps.isOutage(cause)) throw cause;
      await setAside(updateIdOf(update), cause);
    }
  }

  /** An update that left no trace would be lost, so it waits as well while that cannot be recorded. */
  async function setAside(updateId: number | undefined, error: unknown): Promise<void> {
    try {
      if (updateId !== undefined) await deps.setAside(updateId, codeOf(error));
    } catch (failure) {
      if (deps.isOutage(failure)) throw failure;
    }
    log.error({ updateId, code: codeOf(error), at: framesOf(error) }, 'update set aside');
  }

  return {
    take(update) {
      const chat = chatOf(update);
      const before = tails.get(chat) ?? Promise.resolve();
      const mine = before.then(() => handle(update));
      const tidy = () => {
        if (tails.get(chat) === mine) tails.delete(chat);
      };
      tails.set(chat, mine);
      mine.then(tidy, tidy);
      return mine;
    },
  };
}

/** The number of an update; what was made by hand may have none. */
export function updateIdOf(update: unknown): number | undefined {
  const id = (update as { update_id?: unknown } | null)?.update_id;
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}

/** Whose queue an update belongs in; those without a chat go by their sender. */
function chatOf(update: unknown): number {
  if (typeof update !== 'object' || update === null) return 0;
  for (const payload of Object.values(update) as unknown[]) {
    const chat = idAt(payload, 'chat') ?? idAt(at(payload, 'message'), 'chat');
    const key = chat ?? idAt(payload, 'from') ?? idAt(payload, 'user');
    if (key !== undefined) return key;
  }
  return 0;
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function idAt(payload: unknown, name: string): number | undefined {
  const id = at(at(payload, name), 'id');
  return typeof id === 'number' ? id : undefined;
}

/** An error by its code alone: what it says may be somebody's message. */
export function codeOf(error: unknown): string {
  if (error instanceof GrammyError) return `telegram_${error.error_code}`;
  const code = at(error, 'code');
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4);
}
