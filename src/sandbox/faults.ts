import type { Hub } from './hub.ts';
import type { BotRecord } from './records.ts';
import { badRequest, forbidden, Refusal, tooManyRequests } from './refusal.ts';
import type { Updates } from './updates.ts';

/** What goes wrong, how often, and for which calls. */
export interface Fault {
  /** Name of the Bot API method; absent: any but getUpdates. */
  method?: string;
  /** Only calls that name this chat. */
  chatId?: number;
  times: number;
  /**
   * An error to answer with; or the connection is cut, `before` the method did its work or `after` it,
   * when the bot cannot know that it was done.
   */
  outcome: { errorCode: number; retryAfter?: number; description?: string } | { drop: 'before' | 'after' };
}

export interface Faults {
  add(fault: Fault): void;
  /** The outcome scripted for this call, used up by asking. */
  take(method: string, chatId: unknown): Fault['outcome'] | undefined;
  clear(): void;
  /** Delivers one of the bot's latest updates (absent: the last one) once more, under the same id. */
  repeatUpdate(botId: number, updateId?: number): void;
  /** Delivers any JSON as an update. */
  sendRaw(botId: number, update: unknown): void;
  /** Lets the series of update ids go on from a lower number, as Telegram may after an idle week. */
  resetUpdateId(botId: number, nextUpdateId: number): void;
}

export function createFaults(hub: Hub, updates: Updates): Faults {
  let scripted: Fault[] = [];
  const botById = (botId: number): BotRecord => {
    const bot = hub.bots.get(botId);
    if (!bot) throw badRequest('bot not found');
    return bot;
  };
  return {
    add(fault) {
      scripted.push({ ...fault });
    },
    take(method, chatId) {
      const fault = scripted.find(
        (f) =>
          (f.method === undefined ? method !== 'getupdates' : f.method.toLowerCase() === method) &&
          (f.chatId === undefined || String(f.chatId) === String(chatId)),
      );
      if (!fault) return undefined;
      fault.times -= 1;
      scripted = scripted.filter((f) => f.times > 0);
      return fault.outcome;
    },
    clear() {
      scripted = [];
    },
    repeatUpdate(botId, updateId) {
      if (!updates.repeat(botById(botId), updateId)) throw badRequest('update not found');
    },
    sendRaw(botId, update) {
      updates.pushRaw(botById(botId), update);
    },
    resetUpdateId(botId, nextUpdateId) {
      const bot = botById(botId);
      bot.nextUpdateId = nextUpdateId;
      hub.bots.put(bot.id, bot);
    },
  };
}

const WORDS: Record<number, string> = {
  401: 'Unauthorized',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
};

/** The scripted error in Telegram's shape. */
export function refusalOf(outcome: {
  errorCode: number;
  retryAfter?: number;
  description?: string;
}): Refusal {
  const { errorCode, retryAfter, description } = outcome;
  if (description !== undefined) {
    return new Refusal(
      errorCode,
      description,
      retryAfter === undefined ? undefined : { retry_after: retryAfter },
    );
  }
  if (errorCode === 429) return tooManyRequests(retryAfter ?? 1);
  if (errorCode === 403) return forbidden('bot was blocked by the user');
  return new Refusal(errorCode, WORDS[errorCode] ?? 'Bad Request: scripted fault');
}
