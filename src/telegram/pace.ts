import type { Context, MiddlewareFn } from 'grammy';
import { LRUCache } from 'lru-cache';

/** What a command that comes too often is answered with. */
interface Pace {
  /** How many are answered within a minute. */
  readonly perMinute: number;
  readonly clock: () => Date;
  readonly tooMuch: (context: Context) => Promise<unknown>;
}

const MINUTE_MS = 60_000;
/** Chats that are remembered at once; the others begin anew, which costs a few answers more. */
const CHATS = 10_000;

/** Lets a few calls of each chat through in a minute, says once that this is enough, and then is silent. */
export function createPace({ perMinute, clock, tooMuch }: Pace): MiddlewareFn<Context> {
  const seen = new LRUCache<number, { since: number; calls: number }>({ max: CHATS });
  return async (context, next) => {
    const now = clock().getTime();
    const chatId = context.chat?.id ?? context.from?.id ?? 0;
    const last = seen.get(chatId);
    const window = last && now - last.since < MINUTE_MS ? last : { since: now, calls: 0 };
    window.calls += 1;
    seen.set(chatId, window);
    if (window.calls <= perMinute) await next();
    else if (window.calls === perMinute + 1) await tooMuch(context);
  };
}
