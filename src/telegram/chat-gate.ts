import { setTimeout as pause } from 'node:timers/promises';
import type { Transformer } from 'grammy';

/** Telegram takes about thirty messages a second of a bot, over all its chats. */
const MOST_A_SECOND = 30;

const SECOND_MS = 1000;

/** What takes back something that was sent; left until later, nobody would know of it any more. */
const TIDYING = new Set(['deleteMessage', 'deleteBusinessMessages']);

/**
 * Keeps what a bot does in its chats within what Telegram takes: so many calls a second over all chats, and
 * none in a chat that it slows down, until the time is over that it names. Whoever calls meanwhile gets the same
 * refusal with what is left of that time, and Telegram is not asked. The making of topics is slowed down by
 * itself, so that refusal closes nothing else.
 */
export function createChatGate(clock: () => Date): Transformer {
  const closedUntil = new Map<string, number>();
  const myTurn = createTurns();

  function leftMs(chat: string): number {
    const left = (closedUntil.get(chat) ?? 0) - clock().getTime();
    if (left <= 0) closedUntil.delete(chat);
    return left;
  }

  return async (previous, method, payload, signal) => {
    const chat = chatOf(payload);
    if (chat === undefined || TIDYING.has(method)) return previous(method, payload, signal);
    if (leftMs(chat) <= 0) await myTurn();
    // Those before it in the queue may have closed the chat.
    const left = leftMs(chat);
    if (left > 0) return refusalFor(left);
    const answer = await previous(method, payload, signal);
    if (!answer.ok && answer.error_code === 429 && method !== 'createForumTopic')
      closedUntil.set(chat, clock().getTime() + (answer.parameters?.retry_after ?? 1) * SECOND_MS);
    return answer;
  };
}

function chatOf(payload: object): string | undefined {
  const id = (payload as { chat_id?: number | string }).chat_id;
  return id === undefined ? undefined : String(id);
}

function refusalFor(leftMs: number) {
  const seconds = leftMs / SECOND_MS;
  return {
    ok: false as const,
    error_code: 429,
    description: `Too Many Requests: retry after ${Math.ceil(seconds)}`,
    parameters: { retry_after: seconds },
  };
}

/** Lets so many through in any one second, the others in the order in which they came. */
function createTurns(): () => Promise<void> {
  const begun: number[] = [];
  let last = Promise.resolve();

  async function turn() {
    const first = begun.length < MOST_A_SECOND ? undefined : begun.shift();
    const waitMs = first === undefined ? 0 : first + SECOND_MS - performance.now();
    if (waitMs > 0) await pause(Math.ceil(waitMs));
    begun.push(performance.now());
  }

  return () => (last = last.then(turn));
}
