import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kysely } from 'kysely';
import { createErasureLedger } from '../archive/ledger.ts';
import { openStore } from '../archive/open-store.ts';
import { parseCheckpoint } from '../audit/checkpoint.ts';
import { createAnchor } from '../audit/anchor.ts';
import type { BackupServices } from '../cli/backup.ts';
import { readConfig, readEnvironment, RUNTIME_FILE, type Config } from '../config.ts';
import { connect } from '../db/connect.ts';
import { prepareDatabases } from '../db/prepare.ts';
import { treeState } from '../db/audit-tree.ts';
import { AppError } from '../domain/errors.ts';
import { holdDataDirectory } from '../embedded/lock.ts';
import { startPostgres } from '../embedded/postgres.ts';
import type { VaultDatabase } from '../vault/tables.ts';
import { createAnchorStore } from './anchor-store.ts';
import { listManifests, readManifest, verifyFiles, type BackupManifest } from './backup-files.ts';
import { createBackup, isExpired, keysPlace } from './backup.ts';
import { restoreBackup } from './backup-restore.ts';
import { keptPassword, openSecrets } from './secrets.ts';

/** Opens what back-ups work with: a service that runs, or, for a restore, one that does not. */
export async function openBackup(purpose: 'running' | 'restore'): Promise<BackupServices> {
  if (purpose === 'running') return createBackupServices(readConfig());
  const { variables, dataDir } = readEnvironment();
  if (variables['RETENTION_DATABASE_URL']) return createBackupServices(readConfig());
  if (existsSync(RUNTIME_FILE) && dataDir === join(RUNTIME_FILE, '..'))
    throw new AppError(
      'already_running',
      'The service runs here. Stop it with Ctrl-C: a back-up is restored while nothing works on the databases.',
    );
  return openEmbedded(dataDir);
}

/** The PostgreSQL of `npm start`, started for the time of a restore. */
async function openEmbedded(dataDir: string): Promise<BackupServices> {
  const release = holdDataDirectory(dataDir);
  const postgres = await startPostgres({ dir: join(dataDir, 'postgres'), log: () => undefined }).catch(
    (error: unknown) => {
      release();
      throw error;
    },
  );
  const secretsDir = join(dataDir, 'secrets');
  const ownerPassword = await keptPassword(join(secretsDir, 'database-owner'));
  const servicePassword = await keptPassword(join(secretsDir, 'database-service'));
  const names = { database: 'retention', keysDatabase: 'retention_keys' };
  await prepareDatabases({
    superuserUrl: postgres.url('postgres'),
    ...names,
    ownerPassword,
    servicePassword,
  });
  const url = (role: string, password: string, database: string) =>
    Object.assign(new URL(postgres.url(database)), { username: role, password }).href;
  const place = (name: string) => pathToFileURL(join(dataDir, name)).href;
  const config = readConfig({
    RETENTION_LEDGER: place('ledger'),
    RETENTION_AUDIT_ANCHOR: place('audit-anchor'),
    RETENTION_ARCHIVE: place('archive'),
    ...readEnvironment().variables,
    RETENTION_DATABASE_URL: url('retention_service', servicePassword, names.database),
    RETENTION_DATABASE_OWNER_URL: url('retention_owner', ownerPassword, names.database),
    RETENTION_KEYS_DATABASE_URL: url('retention_service', servicePassword, names.keysDatabase),
    RETENTION_KEYS_DATABASE_OWNER_URL: url('retention_owner', ownerPassword, names.keysDatabase),
    RETENTION_SECRETS: secretsDir,
  });
  const services = await createBackupServices(config);
  return {
    ...services,
    async close() {
      await services.close();
      await postgres.stop();
      release();
    },
  };
}

/** The commands on the databases, ledger and anchor of a configuration. */
export async function createBackupServices(config: Config): Promise<BackupServices> {
  const { databaseOwnerUrl, keysDatabaseOwnerUrl } = config;
  if (!databaseOwnerUrl || !keysDatabaseOwnerUrl)
    throw new AppError(
      'config_invalid',
      'To back up or restore, set RETENTION_DATABASE_OWNER_URL and RETENTION_KEYS_DATABASE_OWNER_URL to addresses with the role retention_owner, which reads every table.',
    );
  const ignore = () => undefined;
  const main = connect(databaseOwnerUrl, ignore, 2);
  const keys = connect<VaultDatabase>(keysDatabaseOwnerUrl, ignore, 2);
  const { pseudonym } = await openSecrets(config.secretsDir);
  const store = (url: string) =>
    openStore(url, config.gcsEndpoint ? { gcs: { apiEndpoint: config.gcsEndpoint } } : {});
  const ledger = createErasureLedger(() => store(config.ledgerUrl));
  const { anchorUrl } = config.audit;
  const anchor = anchorUrl === undefined ? undefined : createAnchorStore(() => store(anchorUrl));
  return {
    async create(order) {
      const done = await createBackup(
        {
          ...{ db: main, ledger, anchor, pseudonym, projectsDir: config.projectsDir },
          main: main as unknown as Kysely<never>,
          keys: keys as unknown as Kysely<never>,
        },
        order,
      );
      const files = done.main.files.length + done.keys.files.length;
      return { id: done.main.id, rows: rowsOf(done.main), files, oldKeysRemoved: done.removed };
    },
    list,
    async verify(place, id) {
      const found = await newest(place, id);
      await verifyFiles(join(place, found.id), found);
      const keysFound = (await listManifests(keysPlace(place))).find((one) => one.id === found.id);
      if (keysFound) await verifyFiles(join(keysPlace(place), found.id), keysFound);
      return { id: found.id, files: found.files.length + (keysFound?.files.length ?? 0) };
    },
    async restore(order) {
      const done = await restoreBackup({ main, keys, ledger, pseudonym }, order);
      const { size } = await treeState(main);
      const notes = (await (anchor && createAnchor(anchor).notes())) ?? [];
      const seen = Math.max(0, ...notes.map((note) => parseCheckpoint(note).checkpoint.size));
      return {
        id: done.main.id,
        takenAt: new Date(done.main.takenAt),
        rows: rowsOf(done.main),
        keysFrom: done.keys?.id ?? null,
        keysWereThere: done.keysWereThere,
        ledgerEntries: done.ledgerEntries,
        migrated: done.migrated,
        auditEntriesLost: Math.max(0, seen - size),
      };
    },
    async close() {
      await main.destroy();
      await keys.destroy();
    },
  };
}

async function list(place: string, now: Date) {
  const keys = new Map((await listManifests(keysPlace(place))).map((one) => [one.id, one]));
  return (await listManifests(place)).map((one) => {
    const theirs = keys.get(one.id);
    return {
      id: one.id,
      takenAt: new Date(one.takenAt),
      rows: rowsOf(one),
      keys: theirs !== undefined,
      keysExpired: theirs !== undefined && isExpired(theirs, now),
    };
  });
}

async function newest(place: string, id: string | undefined): Promise<BackupManifest> {
  if (id !== undefined) return readManifest(join(place, id));
  const found = (await listManifests(place)).at(-1);
  if (found) return found;
  throw new AppError(
    'not_found',
    `There is no back-up in ${place}. Make one with: retention backup create DIR`,
  );
}

function rowsOf({ files }: BackupManifest): number {
  return files.reduce((sum, { name, lines }) => sum + (name.startsWith('tables/') ? lines : 0), 0);
}
