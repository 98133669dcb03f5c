import type { Kysely } from 'kysely';
import { lastBackup } from '../../db/doctor.ts';
import type { Tables } from '../../db/tables.ts';
import { ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';
import { KEYS_KEPT_MS } from '../backup.ts';

const HOUR_MS = 3_600_000;
/** One a day, and two hours for it. */
const DAILY_MS = 26 * HOUR_MS;
const MEND = 'retention backup create PLACE, once a day';

/** The age of the last back-up, against what is lost without one and against the promise of an erasure. */
export function checkBackups(db: Kysely<Tables>, clock: () => Date = () => new Date()): Check {
  return {
    area: 'database',
    check: 'back-up',
    async run() {
      const madeAt = await lastBackup(db);
      if (madeAt) return verdict(madeAt, clock().getTime() - madeAt.getTime());
      return warning(
        'none was made by this service',
        'If others make them, their age shows nowhere here. If nobody does, a lost disk is the end of all sessions that are not archived, and of every key.',
        MEND,
      );
    },
  };
}

function verdict(madeAt: Date, ageMs: number): Verdict {
  const found = `the last is of ${madeAt.toISOString()}`;
  if (ageMs <= DAILY_MS) return ok(found);
  if (ageMs <= KEYS_KEPT_MS) return warning(found, 'What came since is lost with the database.', MEND);
  return warning(
    `${found}, more than 48 hours ago`,
    'What came since is lost with the database. Its copy of the keys was to be gone by now: keys that were destroyed since live on in it, and no erasure is final before it is removed.',
    `${MEND}: each removes copies of the keys that are too old.`,
  );
}
