import type { Config } from '../config.ts';
import { prepareDatabases } from '../db/prepare.ts';
import { AppError } from '../domain/errors.ts';

/** Creates the roles and databases that the configured addresses name, as the superuser. */
export async function prepareInstallation(config: Config): Promise<void> {
  const { superuserUrl, databaseUrl, databaseOwnerUrl, keysDatabaseUrl } = config;
  if (!superuserUrl || !databaseOwnerUrl)
    throw new AppError(
      'config_invalid',
      'To prepare, set RETENTION_DATABASE_SUPERUSER_URL and RETENTION_DATABASE_OWNER_URL. See docs/configuration.md.',
    );
  await prepareDatabases({
    superuserUrl,
    database: databaseOf(databaseUrl),
    keysDatabase: databaseOf(keysDatabaseUrl),
    ownerPassword: passwordOf(databaseOwnerUrl, 'RETENTION_DATABASE_OWNER'),
    servicePassword: passwordOf(databaseUrl, 'RETENTION_DATABASE'),
  });
}

function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

function passwordOf(url: string, variable: string): string {
  const { password } = new URL(url);
  if (password) return decodeURIComponent(password);
  throw new AppError(
    'config_invalid',
    `A role needs a password: set ${variable}_PASSWORD, ${variable}_PASSWORD_FILE, or write it into ${variable}_URL.`,
  );
}
