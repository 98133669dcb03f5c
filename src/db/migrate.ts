import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { AppError } from '../domain/errors.ts';
import { sessions } from './migrations/0001-sessions.ts';
import { policies } from './migrations/0002-policies.ts';
import { auditTree } from './migrations/0003-audit-tree.ts';
import { erasures } from './migrations/0004-erasures.ts';
import { search } from './migrations/0005-search.ts';
import { desk } from './migrations/0006-desk.ts';
import { supervision } from './migrations/0007-supervision.ts';
import { chats } from './migrations/0008-chats.ts';
import { exportRuns } from './migrations/0009-exports.ts';
import { api } from './migrations/0010-api.ts';
import { consoleAccess } from './migrations/0011-console.ts';
import { translations } from './migrations/0012-translations.ts';
import { overview } from './migrations/0013-overview.ts';
import { waitingUpdates } from './migrations/0014-waiting-updates.ts';
import { termFilters } from './migrations/0015-term-filters.ts';
import { lateWork } from './migrations/0016-late-work.ts';
import { datedTerms } from './migrations/0017-dated-terms.ts';
import { workByDate } from './migrations/0018-work-by-date.ts';

/** Every migration of the main database, in order. A migration that has shipped is never edited. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-sessions': sessions,
  '0002-policies': policies,
  '0003-audit-tree': auditTree,
  '0004-erasures': erasures,
  '0005-search': search,
  '0006-desk': desk,
  '0007-supervision': supervision,
  '0008-chats': chats,
  '0009-exports': exportRuns,
  '0010-api': api,
  '0011-console': consoleAccess,
  '0012-translations': translations,
  '0013-overview': overview,
  '0014-waiting-updates': waitingUpdates,
  '0015-term-filters': termFilters,
  '0016-late-work': lateWork,
  '0017-dated-terms': datedTerms,
  '0018-work-by-date': workByDate,
};

/**
 * Brings a database to the newest schema. Two migrators at once are safe: the second waits for the
 * first on Kysely's migration lock.
 *
 * @returns the names of the migrations that ran
 * @throws AppError `config_invalid` naming the migration that failed
 */
export async function migrate<T>(db: Kysely<T>, migrations = MIGRATIONS): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error');
  if (error)
    throw new AppError(
      'config_invalid',
      `Migration ${failed?.migrationName ?? '(none)'} failed: ${error instanceof Error ? error.message : 'unknown error'}. ` +
        'The database is as it was before it. Check that the owner role of the database runs the migration.',
      { cause: error },
    );
  return (results ?? []).map((result) => result.migrationName);
}
