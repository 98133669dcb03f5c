import { countUnknown } from '../db/restore-check.ts';
import type { Services } from './services.ts';

/** How many names are asked for at once. */
const BATCH = 1000;

/**
 * Warns when the erasure ledger has entries that the database knows nothing of, as after a restore. Reads
 * names alone, and holds nothing up: a ledger that is away is looked at by the next start.
 */
export function warnOfRestore({ db, ledger, log }: Pick<Services, 'db' | 'ledger' | 'log'>): void {
  async function count() {
    let unknown = 0;
    let ids: string[] = [];
    for await (const id of ledger.ids()) {
      ids.push(id);
      if (ids.length < BATCH) continue;
      unknown += await countUnknown(db, ids);
      ids = [];
    }
    return unknown + (await countUnknown(db, ids));
  }
  count().then(
    (unknown) => {
      if (unknown > 0)
        log.warn(
          { erasures: unknown },
          'the database was restored from before erasures that the ledger has: run retention restore-check',
        );
    },
    (error: unknown) => {
      log.warn({ code: (error as { code?: unknown }).code }, 'the erasure ledger could not be looked at');
    },
  );
}
