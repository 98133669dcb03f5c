import type { Config } from '../config.ts';
import { connect } from '../db/connect.ts';
import { migrate } from '../db/migrate.ts';
import { assertLocale } from '../db/prepare.ts';
import { saveProject } from '../db/projects.ts';
import { AppError } from '../domain/errors.ts';
import type { ProjectFile } from '../domain/project.ts';
import { migrateVault } from '../vault/migrate.ts';
import type { VaultDatabase } from '../vault/tables.ts';

/** Brings both databases to the newest schema, as their owner. Returns the migrations that ran. */
export async function migrateDatabases(config: Config): Promise<string[]> {
  const { databaseOwnerUrl, keysDatabaseOwnerUrl } = config;
  if (!databaseOwnerUrl || !keysDatabaseOwnerUrl)
    throw new AppError(
      'config_invalid',
      'To migrate, set RETENTION_DATABASE_OWNER_URL and RETENTION_KEYS_DATABASE_OWNER_URL to addresses with the role retention_owner.',
    );
  await assertLocale(databaseOwnerUrl);
  const main = connect(databaseOwnerUrl, ignore, 2);
  const keys = connect<VaultDatabase>(keysDatabaseOwnerUrl, ignore, 2);
  try {
    return [...(await migrate(main)), ...(await migrateVault(keys))];
  } finally {
    await main.destroy();
    await keys.destroy();
  }
}

/**
 * Writes the projects' files into the database; the policy of a file is installed with its project and
 * never changes one that is in force.
 *
 * @returns what to do about files that say something else than the policy in force, one sentence each
 */
export async function saveProjects(config: Config, projects: readonly ProjectFile[]): Promise<string[]> {
  const db = connect(config.databaseUrl, ignore, 2);
  const warnings: string[] = [];
  try {
    for (const project of projects) {
      const change = { author: 'project file', reason: 'read at start', now: new Date() };
      const { version, differs } = await saveProject(db, project, change);
      if (differs) warnings.push(policyWaits(project.id, version));
    }
    return warnings;
  } finally {
    await db.destroy();
  }
}

function policyWaits(id: string, version: number): string {
  return (
    `The file of project ${id} has another policy than version ${version}, which stays in force. ` +
    `See what it would change with: retention policy plan ${id} FILE, then: retention policy apply ${id} FILE --reason TEXT`
  );
}

function ignore() {
  // A broken idle connection of a short-lived pool is noticed by the next query.
}
