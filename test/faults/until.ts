import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 100;

/** Asks again until the answer is neither `undefined` nor `false`. The deadline is for tests that hang. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 150_000,
): Promise<T> {
  for (const deadline = Date.now() + deadlineMs; ;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs / 1000} s in vain until ${what}.`);
    await pause(PAUSE_MS);
  }
}
