import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { ErasureLedger } from '../archive/ledger.ts';
import { appendAuditEntry } from '../audit/append.ts';
import type { AnchorStore } from '../audit/anchor.ts';
import { readSnapshot, type Snapshot } from '../db/backup.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import { backupId, listManifests, writeBackup, type BackupManifest } from './backup-files.ts';

/** For how long a back-up of the keys is kept: a key that is destroyed lives on in it, and an erasure with it. */
export const KEYS_KEPT_MS = 48 * 3_600_000;

/** Where back-ups of the keys lie, below those of all else. */
export function keysPlace(place: string): string {
  return join(place, 'keys');
}

/** What is backed up. Both databases come as their owner, who reads every table. */
export interface BackupSource {
  readonly db: Kysely<Tables>;
  readonly main: Kysely<never>;
  readonly keys: Kysely<never>;
  readonly ledger: ErasureLedger;
  readonly anchor: AnchorStore | undefined;
  readonly projectsDir: string;
  readonly pseudonym: Pseudonym;
}

export interface BackupDone {
  readonly main: BackupManifest;
  readonly keys: BackupManifest;
  /** Back-ups of the keys that were too old and are removed. */
  readonly removed: readonly string[];
}

/**
 * Backs up a whole installation but its key files and archive objects. The keys come after the rest: whatever
 * that is sealed under has its key by then, unless it was destroyed meanwhile.
 */
export async function createBackup(
  source: BackupSource,
  { place, actor, now }: { place: string; actor: Actor; now: Date },
): Promise<BackupDone> {
  const id = backupId(now);
  const about = { takenAt: now.toISOString(), pepper: fingerprint(source.pseudonym) };
  const main = await readSnapshot(source.main, (snapshot) =>
    writeBackup(place, id, async (add) => {
      await addTables(snapshot, add);
      await add('ledger.jsonl', ledgerLines(source.ledger));
      if (source.anchor) await add('anchor.jsonl', anchorLines(source.anchor));
      for (const name of await projectFiles(source.projectsDir))
        await add(`projects/${name}`, fileLines(join(source.projectsDir, name)));
      return {
        ...about,
        of: 'main',
        migrations: [...snapshot.migrations],
        sequences: [...snapshot.sequences],
      };
    }),
  );
  const keys = await readSnapshot(source.keys, (snapshot) =>
    writeBackup(keysPlace(place), id, async (add) => {
      await addTables(snapshot, add);
      return {
        ...about,
        of: 'keys',
        migrations: [...snapshot.migrations],
        sequences: [...snapshot.sequences],
      };
    }),
  );
  const removed = await removeOldKeys(place, now);
  const rows = main.files.reduce((sum, { lines }) => sum + lines, 0);
  await appendAuditEntry(source.db, {
    at: now,
    actor,
    action: 'backup.created',
    object: { kind: 'backup', id },
    projectId: null,
    counts: { rows, files: main.files.length + keys.files.length, 'old-keys-removed': removed.length },
  });
  return { main, keys, removed };
}

/** The same for the same pepper, and nothing of it. */
export function fingerprint(pseudonym: Pseudonym): string {
  return pseudonym('backup', 'pepper').slice(0, 16);
}

type Add = (name: string, lines: AsyncIterable<string>) => Promise<void>;

async function addTables(snapshot: Snapshot, add: Add): Promise<void> {
  for (const table of snapshot.tables) await add(`tables/${table}.jsonl`, snapshot.rows(table));
}

async function* ledgerLines(ledger: ErasureLedger): AsyncGenerator<string> {
  for await (const entry of ledger.entries()) yield JSON.stringify(entry);
}

async function* anchorLines(anchor: AnchorStore): AsyncGenerator<string> {
  for await (const name of anchor.list('checkpoints/'))
    yield JSON.stringify({ name, note: String(await anchor.get(name)) });
}

async function projectFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => /^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$/.test(name)).sort();
}

async function* fileLines(path: string): AsyncGenerator<string> {
  yield* (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n');
}

/** Removes back-ups of the keys that are older than a destroyed key may live. @returns their ids */
export async function removeOldKeys(place: string, now: Date): Promise<string[]> {
  const old = (await listManifests(keysPlace(place))).filter((one) => isExpired(one, now));
  for (const { id } of old) await rm(join(keysPlace(place), id), { recursive: true });
  return old.map(({ id }) => id);
}

/** Whether a back-up of keys should be there no more. */
export function isExpired({ of, takenAt }: BackupManifest, now: Date): boolean {
  return of === 'keys' && now.getTime() - Date.parse(takenAt) > KEYS_KEPT_MS;
}
