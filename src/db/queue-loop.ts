import { setTimeout as pause } from 'node:timers/promises';

const RETRY_MS = 1000;

/**
 * Works through a queue in the database until it is stopped: batch after batch while there is something
 * to do, then waits for news. An error, such as a database that is away, only makes it wait.
 *
 * @param queue.takeBatch answers whether it got anything done
 * @param queue.news resolves when something new may be there, or when the signal ends it
 */
export function startQueueLoop(queue: {
  takeBatch: () => Promise<boolean>;
  news: (signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
}): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function run() {
    while (!stopping.signal.aborted) {
      try {
        if (!(await queue.takeBatch())) await queue.news(stopping.signal);
      } catch (error) {
        queue.onError(error);
        await pause(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
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
