import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RelayedEvent } from './relay.ts';

/** The outbox as the relay sees it. */
export interface OutboxPort {
  /**
   * Takes the events that are due, the oldest of each session, hands each to `deliver`, and records
   * which arrived; the others are put off. Returns how many it took.
   */
  takeBatch(deliver: (event: RelayedEvent) => Promise<void>): Promise<{ taken: number; failed: number }>;
  /** Resolves when something new may be there, or when the signal ends it. */
  news(signal: AbortSignal): Promise<void>;
}

/**
 * Brings events from the outbox to the workflows, in order per session, for as long as it takes: while
 * Temporal is away they wait in their rows.
 */
export function startOutboxRelay(deps: {
  outbox: OutboxPort;
  deliver: (event: RelayedEvent) => Promise<void>;
  log: Logger;
}): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function run() {
    while (!stopping.signal.aborted) {
      try {
        const { taken, failed } = await deps.outbox.takeBatch(deps.deliver);
        if (failed > 0)
          deps.log.warn({ failed }, 'events wait in the outbox: the Temporal server does not take them');
        if (taken === failed) await deps.outbox.news(stopping.signal);
      } catch (error) {
        deps.log.warn(
          { code: (error as { code?: string }).code ?? 'unknown' },
          'the outbox could not be read; trying again',
        );
        await pause(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
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
