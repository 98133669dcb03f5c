import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { ErasureLedger, LedgerEntry } from '../archive/ledger.ts';
import { appendAuditEntry } from '../audit/append.ts';
import {
  clearSchema,
  firstWithRows,
  loadSnapshot,
  migrationsOf,
  RESTORED,
  settleRestored,
} from '../db/backup.ts';
import { migrate, MIGRATIONS } from '../db/migrate.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { migrateVault } from '../vault/migrate.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import type { VaultDatabase } from '../vault/tables.ts';
import {
  assertSame,
  listManifests,
  readManifest,
  readPart,
  verifyFiles,
  type BackupManifest,
} from './backup-files.ts';
import { fingerprint, keysPlace } from './backup.ts';

/** What a back-up is restored into: both databases as their owner, and the ledger that goes on. */
export interface RestoreTarget {
  readonly main: Kysely<Tables>;
  readonly keys: Kysely<VaultDatabase>;
  readonly ledger: ErasureLedger;
  readonly pseudonym: Pseudonym;
}

export interface RestoreOrder {
  readonly place: string;
  /** The newest without it. */
  readonly id?: string;
  /** Go on without the keys, where they are lost: what they sealed stays unreadable. */
  readonly withoutKeys: boolean;
  readonly actor: Actor;
  readonly now: Date;
}

export interface RestoreDone {
  readonly main: BackupManifest;
  /** The back-up that the keys come from; `null` where the keys were there or are done without. */
  readonly keys: BackupManifest | null;
  readonly keysWereThere: boolean;
  /** Entries that the ledger of today did not have. */
  readonly ledgerEntries: number;
  /** Migrations that came after the back-up and ran now. */
  readonly migrated: readonly string[];
}

/** Tables that a service which has worked has rows in. */
const WORKED_WITH = ['session', 'subject', 'erasure', 'message'];
const KEYS_WORKED_WITH = ['data_key', 'destroyed_key'];

/**
 * Restores a back-up into an empty installation. Keys that are there are left alone: they know what was
 * destroyed since. Nothing may open before `restore-check`, which the audit is told to wait for.
 *
 * @throws AppError `not_found`, `archive_damaged`, `phase_conflict` for databases in use, `config_invalid`
 */
export async function restoreBackup(target: RestoreTarget, order: RestoreOrder): Promise<RestoreDone> {
  const { place } = order;
  const main = await chosen(place, order.id);
  await verifyFiles(join(place, main.id), main);
  assertPepper(main, target.pseudonym);
  await assertEmpty(target.main as unknown as Kysely<never>);
  const keysWereThere = await inUse(target.keys as unknown as Kysely<never>, KEYS_WORKED_WITH);
  const keys = keysWereThere ? null : await newestKeys(order, main.id);
  const paused = await loadMain(target, join(place, main.id), main, order.now);
  if (keys) await loadKeys(target, join(keysPlace(place), keys.id), keys);
  const migrated = await migrate(target.main);
  const ledgerEntries = await goOnWithLedger(target.ledger, join(place, main.id), main);
  await appendAuditEntry(target.main, {
    at: order.now,
    actor: order.actor,
    action: 'backup.restored',
    object: { kind: 'backup', id: RESTORED },
    projectId: null,
    counts: {
      rows: main.files.reduce((sum, { lines }) => sum + lines, 0),
      keys: keys ? 1 : 0,
      ledger: ledgerEntries,
      'projects-paused': paused,
    },
    reason: main.id,
  });
  return { main, keys, keysWereThere, ledgerEntries, migrated };
}

async function chosen(place: string, id: string | undefined): Promise<BackupManifest> {
  if (id !== undefined) return readManifest(join(place, id));
  const newest = (await listManifests(place)).at(-1);
  if (newest) return newest;
  throw new AppError(
    'not_found',
    `There is no back-up in ${place}. Make one with: retention backup create DIR`,
  );
}

/** With another pepper nobody whom the ledger names would be found again: the erased would stay. */
function assertPepper({ pepper }: BackupManifest, pseudonym: Pseudonym): void {
  if (pepper === fingerprint(pseudonym)) return;
  throw new AppError(
    'config_invalid',
    'The back-up was made with another pepper than the one in RETENTION_SECRETS: the erasure ledger would find nobody. Put the key files of that installation there first.',
  );
}

async function inUse(db: Kysely<never>, tables: readonly string[]): Promise<boolean> {
  return (await firstWithRows(db, tables)) !== undefined;
}

async function assertEmpty(db: Kysely<never>): Promise<void> {
  const table = await firstWithRows(db, WORKED_WITH);
  if (table === undefined) return;
  throw new AppError(
    'phase_conflict',
    `The database is in use: ${table} has rows. A back-up is restored into an empty one; drop this one, or name another.`,
  );
}

/** The newest there is: it has every key of the older back-up but those that were destroyed. */
async function newestKeys({ place, withoutKeys }: RestoreOrder, id: string): Promise<BackupManifest | null> {
  const newest = (await listManifests(keysPlace(place))).filter((one) => one.id >= id).at(-1);
  if (newest) {
    await verifyFiles(join(keysPlace(place), newest.id), newest);
    return newest;
  }
  if (withoutKeys) return null;
  throw new AppError(
    'not_found',
    `There is no back-up of the keys from ${id} or later in ${keysPlace(place)}, and the keys database is empty. Restore that database from elsewhere first, or go on with --without-keys: texts of before stay unreadable.`,
  );
}

async function loadMain(
  target: RestoreTarget,
  directory: string,
  manifest: BackupManifest,
  now: Date,
): Promise<number> {
  const db = target.main as unknown as Kysely<never>;
  const unknown = manifest.migrations.filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) throw newer(manifest, unknown);
  await clearSchema(db);
  const migrator = new Migrator({
    db: target.main,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  });
  const { error } = await migrator.migrateTo(manifest.migrations.at(-1) ?? '');
  if (error) throw error instanceof Error ? error : new Error('migration failed', { cause: error });
  await load(db, directory, manifest);
  return settleRestored(db, now);
}

async function loadKeys(target: RestoreTarget, directory: string, manifest: BackupManifest): Promise<void> {
  const db = target.keys as unknown as Kysely<never>;
  await migrateVault(target.keys);
  const known = new Set(await migrationsOf(db));
  const unknown = manifest.migrations.filter((name) => !known.has(name));
  if (unknown.length > 0) throw newer(manifest, unknown);
  await load(db, directory, manifest);
}

function newer({ id }: BackupManifest, unknown: readonly string[]): AppError {
  return new AppError(
    'config_invalid',
    `Back-up ${id} is from a newer version of this program (${unknown.join(', ')}). Install that version first.`,
  );
}

const TABLE = /^tables\/(.+)\.jsonl$/;

async function load(db: Kysely<never>, directory: string, manifest: BackupManifest): Promise<void> {
  const parts = new Map(
    manifest.files.flatMap((file) => {
      const table = TABLE.exec(file.name)?.[1];
      return table === undefined ? [] : [[table, file] as const];
    }),
  );
  await loadSnapshot(db, {
    tables: [...parts].map(([name, file]) => ({ name, rows: readPart(directory, file.name) })),
    sequences: manifest.sequences,
    check: async (table, rows) => {
      const file = parts.get(table);
      if (file) await assertSame('the database after loading', file, rows);
    },
  });
}

/** The ledger of today knows more; what only the back-up knows is added to it. */
async function goOnWithLedger(
  ledger: ErasureLedger,
  directory: string,
  manifest: BackupManifest,
): Promise<number> {
  const file = manifest.files.find(({ name }) => name === 'ledger.jsonl');
  if (!file) return 0;
  const there = new Set<string>();
  for await (const id of ledger.ids()) there.add(id);
  let added = 0;
  for await (const line of readPart(directory, file.name)) {
    const entry = JSON.parse(line) as LedgerEntry;
    if (!there.has(entry.id)) added += 1;
    await ledger.record(entry);
  }
  return added;
}
