import type { Sandbox } from '../../src/sandbox/server.ts';

/** What one bot did with the messages of one run. */
export interface DeskRun {
  readonly perSecond: number;
  /** From the customer's message to its copy in the staff group, in milliseconds. */
  readonly toRelayMs: readonly number[];
}

/**
 * Lets customers write over HTTP, each chat one message after the other was relayed, all chats side by side,
 * and watches the staff group for the copies.
 */
export async function runTraffic(
  sandbox: Sandbox,
  place: { readonly staffChat: number; readonly agent: number; readonly chats: readonly number[] },
  messages: number,
): Promise<DeskRun> {
  const arrivals = watchCopies(sandbox, place);
  const toRelayMs: number[] = [];
  const perChat = Math.ceil(messages / place.chats.length);
  const began = performance.now();
  await Promise.all(
    place.chats.map(async (userId) => {
      for (let at = 0; at < perChat; at++) {
        const text = `message ${userId} ${at} ${began}`;
        const arrived = arrivals.of(text);
        const sent = performance.now();
        await write(sandbox, userId, text);
        toRelayMs.push((await arrived) - sent);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  arrivals.stop();
  return { perSecond: toRelayMs.length / seconds, toRelayMs };
}

/** Looks into the sandbox itself, so that watching takes nothing from the bot under test. */
function watchCopies({ world }: Sandbox, { staffChat, agent }: { staffChat: number; agent: number }) {
  const waiting = new Map<string, (at: number) => void>();
  let seen = world.play.messages(agent, staffChat).at(-1)?.message_id ?? 0;
  const timer = setInterval(() => {
    for (const message of world.play.messages(agent, staffChat).filter((one) => one.message_id > seen)) {
      seen = message.message_id;
      waiting.get(message.text ?? '')?.(performance.now());
    }
  }, 2);
  return {
    of: (text: string) => new Promise<number>((resolve) => waiting.set(text, resolve)),
    stop: () => clearInterval(timer),
  };
}

async function write({ url }: Sandbox, userId: number, text: string): Promise<void> {
  const response = await fetch(`${url}play/${userId}/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  if (!response.ok) throw new Error(`The sandbox answered ${response.status} to a message.`);
  await response.arrayBuffer();
}
