import { Client } from 'pg';

/** Hears what is announced on PostgreSQL channels. */
export interface Listener {
  /** Resolves when the channel is announced on, after `atMostMs` in any case, or when the signal ends it. */
  wait(channel: string, atMostMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens on channels over a connection of its own. A notification only saves the wait for the next
 * poll, so a connection that breaks is simply opened again.
 */
export function createListener(url: string, channels: readonly string[]): Listener {
  const waiting = new Map<string, Set<() => void>>(channels.map((channel) => [channel, new Set()]));
  let client: Client | undefined;
  let closed = false;

  function ring(channel: string) {
    for (const wake of waiting.get(channel) ?? []) wake();
  }

  async function open() {
    const next = new Client({ connectionString: url });
    next.on('error', () => undefined);
    next.on('end', () => {
      client = undefined;
    });
    next.on('notification', ({ channel }) => ring(channel));
    client = next;
    try {
      await next.connect();
      for (const channel of channels) await next.query(`listen ${next.escapeIdentifier(channel)}`);
    } catch {
      client = undefined;
      await next.end().catch(() => undefined);
    }
  }

  return {
    async wait(channel, atMostMs, signal) {
      if (!client && !closed) await open();
      if (signal.aborted) return;
      const heard = Promise.withResolvers<void>();
      const wakes = waiting.get(channel);
      const timer = setTimeout(heard.resolve, atMostMs);
      wakes?.add(heard.resolve);
      signal.addEventListener('abort', () => heard.resolve(), { once: true });
      await heard.promise;
      clearTimeout(timer);
      wakes?.delete(heard.resolve);
    },
    async close() {
      closed = true;
      await client?.end();
    },
  };
}
