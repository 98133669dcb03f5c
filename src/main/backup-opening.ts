import { setTimeout as pause } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { uncheckedRestore } from '../db/backup.ts';
import type { Services } from './services.ts';

const LOOK_MS = 2_000;

/**
 * Starts what lets people in, and, after a restore, not before `retention restore-check` has erased again what
 * the back-up brought back. Worker and relay run meanwhile: they carry it out.
 */
export async function openAfterRestore(
  { db, log }: Pick<Services, 'db' | 'log'>,
  start: () => Promise<{ stop(): Promise<unknown> }>,
  lookMs = LOOK_MS,
): Promise<{ stop(): Promise<void> }> {
  const look = () => uncheckedRestore(db as unknown as Kysely<never>);
  const since = await look();
  if (since === null) return opened(await start());
  log.error(
    { alarm: 'restore_unchecked', restoredAt: since },
    'a back-up was restored: nothing opens before retention restore-check',
  );
  const stopping = new AbortController();
  const waiting = (async () => {
    while (!stopping.signal.aborted) {
      const unchecked = await look().catch(() => since);
      if (unchecked === null) return start();
      await pause(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return undefined;
  })();
  waiting.catch((error: unknown) =>
    log.error({ code: (error as { code?: unknown }).code }, 'what waited for the check did not start'),
  );
  return {
    async stop() {
      stopping.abort();
      await (await waiting.catch(() => undefined))?.stop();
    },
  };
}

function opened(running: { stop(): Promise<unknown> }) {
  return {
    stop: async () => {
      await running.stop();
    },
  };
}
