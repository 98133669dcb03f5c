import { setTimeout as pause } from 'node:timers/promises';
import { BotError, GrammyError, type Bot } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from 'pino';
import { AppError } from '../domain/errors.ts';

/** Takes a bot's updates, wherever they come from: in order per chat, and side by side across chats. */
export interface Intake {
  /**
   * Resolves once the update is handled or set aside, so that it may be confirmed to Telegram.
   *
   * @throws the error of a service that is away, unless it is tried again; what waited behind it in the same
   *   chat is refused with it
   */
  take(update: unknown): Promise<void>;
  /** The same for one that is read when its turn comes. */
  takeLater(later: LaterUpdate): Promise<void>;
}

/** An update of which only its place in the order is needed now. */
export interface LaterUpdate {
  readonly id: number | undefined;
  /** As `chatOf` says of it. */
  readonly chat: number;
  read(): Promise<unknown>;
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
  /** Whether what has not begun is refused, since its bot stops. */
  readonly isStopping?: () => boolean;
}

/** How an intake waits that nobody comes to again: as long as it takes, until the signal stops it. */
export function patienceUntil(signal: AbortSignal): Required<Pick<IntakeDeps, 'tryAgain' | 'isStopping'>> {
  return {
    isStopping: () => signal.aborted,
    async tryAgain(attempt, seconds) {
      await waitBefore(signal, attempt, seconds);
      return !signal.aborted;
    },
  };
}

/** Waits before the next attempt, longer each time, or as long as was asked for. A stop ends it. */
export async function waitBefore(
  signal: AbortSignal,
  attempt: number,
  seconds = Math.min(2 ** attempt, 30),
): Promise<void> {
  await pause(seconds * 1000, undefined, { signal }).catch(() => undefined);
}

export function createIntake(deps: IntakeDeps): Intake {
  const { bot, log } = deps;
  const tails = new Map<number, Promise<void>>();

  async function handle(later: LaterUpdate): Promise<void> {
    if (deps.isStopping?.())
      throw new AppError('not_running', 'The bot stops; what was not begun comes first at its next start.');
    for (let attempt = 0; ; attempt++)
      try {
        return await handleOnce(later);
      } catch (error) {
        log.warn({ updateId: later.id, code: codeOf(error) }, 'update waits: a service is away');
        const seconds = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        if (!(await deps.tryAgain?.(attempt, seconds))) throw error;
      }
  }

  /** @throws only what passes by itself */
  async function handleOnce(later: LaterUpdate): Promise<void> {
    try {
      await bot.handleUpdate((await later.read()) as Update);
    } catch (error) {
      const cause = error instanceof BotError ? error.error : error;
      if (deps.isOutage(cause)) throw cause;
      await setAside(later.id, cause);
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

  function takeLater(later: LaterUpdate): Promise<void> {
    const { chat } = later;
    const before = tails.get(chat) ?? Promise.resolve();
    const mine = before.then(() => handle(later));
    const tidy = () => {
      if (tails.get(chat) === mine) tails.delete(chat);
    };
    tails.set(chat, mine);
    mine.then(tidy, tidy);
    return mine;
  }

  return {
    takeLater,
    take: (update) =>
      takeLater({ id: updateIdOf(update), chat: chatOf(update), read: () => Promise.resolve(update) }),
  };
}

/** The number of an update; what was made by hand may have none. */
export function updateIdOf(update: unknown): number | undefined {
  const id = (update as { update_id?: unknown } | null)?.update_id;
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}

/** Whose queue an update belongs in; those without a chat go by their sender. */
export function chatOf(update: unknown): number {
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
