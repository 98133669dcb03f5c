import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { keys } from './migrations/0001-keys.ts';
import type { VaultDatabase } from './tables.ts';

/** Every migration by name. The names decide the order, so a new one gets the next number. */
const migrations: Record<string, Migration> = {
  '0001-keys': keys,
};

/**
 * Brings the vault's database to the newest shape. Two processes may call it at once: Kysely takes an
 * advisory lock.
 *
 * @returns the names of the migrations applied now
 */
export async function migrateVault(db: Kysely<VaultDatabase>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('vault migration failed', { cause: error });
  return (results ?? []).map((result) => result.migrationName);
}
