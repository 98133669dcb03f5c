import { chmodSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabases } from '../../src/db/prepare.ts';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { freePort } from '../../src/embedded/ports.ts';
import { startPostgres, type RunningPostgres } from '../../src/embedded/postgres.ts';
import { readConfig } from '../../src/config.ts';
import { migrateDatabases } from '../../src/main/migrate.ts';
import type { Ground } from './installation.ts';
import { until } from './until.ts';

/** A PostgreSQL of one test's own, as durable as in production, whose files and life are the test's. */
export interface OwnPostgres {
  readonly databases: Ground['databases'];
  /** Where its files really lie: heap, log of changes, and what it prints. */
  readonly files: string;
  superuserUrl(database: string): string;
  /** Kills it as a crash of the machine would, and waits until it is gone. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  remove(): Promise<void>;
}

const PASSWORD = 'only-for-tests';
const MAIN = 'retention';
const KEYS = 'retention_keys';

/** Starts it with the migrated databases of an installation. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'retention-own-'));
  // As root, PostgreSQL runs under another account, which has to get here.
  chmodSync(directory, 0o711);
  const dir = join(directory, 'postgres');
  const port = await freePort();
  const start = () => startPostgres({ dir, port, log: () => undefined });
  let postgres: RunningPostgres = await start();
  const secretsDir = await mkdtemp(join(tmpdir(), 'retention-secrets-'));
  const url = (role: string, database: string) =>
    Object.assign(new URL(postgres.url(database)), { username: role, password: PASSWORD }).href;
  await prepareDatabases({
    superuserUrl: postgres.url('postgres'),
    ...{ database: MAIN, keysDatabase: KEYS, ownerPassword: PASSWORD, servicePassword: PASSWORD },
  });
  const databases = {
    url: url('retention_service', MAIN),
    keysUrl: url('retention_service', KEYS),
    secretsDir,
  };
  await migrateDatabases(
    readConfig({
      RETENTION_DATABASE_URL: databases.url,
      RETENTION_DATABASE_OWNER_URL: url('retention_owner', MAIN),
      RETENTION_KEYS_DATABASE_URL: databases.keysUrl,
      RETENTION_KEYS_DATABASE_OWNER_URL: url('retention_owner', KEYS),
      RETENTION_SECRETS: secretsDir,
      RETENTION_ARCHIVE: 'file:///none',
    }),
  );
  const files = realpathSync(dir);
  return {
    databases,
    files,
    superuserUrl: (database) => postgres.url(database),
    async crash() {
      const pid = Number.parseInt(readFileSync(join(files, 'data/postmaster.pid'), 'utf8'), 10);
      process.kill(pid, 'SIGKILL');
      await until('PostgreSQL is gone', () => !isRunning(pid));
    },
    async restart() {
      postgres = await start();
    },
    async remove() {
      await postgres.stop();
      for (const path of [files, directory, secretsDir]) await rm(path, { recursive: true, force: true });
    },
  };
}
