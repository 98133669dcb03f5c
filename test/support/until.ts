import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits for a condition, never for a time: asks again and again until it holds, and fails with what it
 * last saw when it does not within the limit.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  limitMs = 60_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < end) {
    last = await look();
    if (last) return last as T;
    await pause(25);
  }
  throw new Error(`Waited ${limitMs} ms in vain: ${what}. Last seen: ${JSON.stringify(last)}`);
}
