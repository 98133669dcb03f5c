import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';

export const BACKUP_FORMAT = 'telegram-retention/backup';
export const BACKUP_VERSION = 1;

const part = z.strictObject({
  /** Its path below the back-up. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/),
  /** SHA-256 of what is in it, before it was packed, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Its lines: rows of a table, entries of the ledger. */
  lines: z.int().nonnegative(),
});

const manifestSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  version: z.literal(BACKUP_VERSION),
  /** `main` with all but the keys, or `keys`. */
  of: z.enum(['main', 'keys']),
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  takenAt: z.iso.datetime(),
  /** The migrations that the database had been through. */
  migrations: z.array(z.string()),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.number(), used: z.boolean() })),
  /** Says which pepper the pseudonyms were made with, and not what it is. */
  pepper: z.string(),
  files: z.array(part),
});

/** What a back-up holds, file by file. */
export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupPart = BackupManifest['files'][number];

/** `20261122T174500Z` */
export function backupId(takenAt: Date): string {
  return `${takenAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Writes a back-up: under another name until it is whole, so that what is cut short is never taken for one. */
export async function writeBackup(
  place: string,
  id: string,
  fill: (
    add: (name: string, lines: AsyncIterable<string>) => Promise<void>,
  ) => Promise<Omit<BackupManifest, 'format' | 'version' | 'id' | 'files'>>,
): Promise<BackupManifest> {
  const unfinished = join(place, `.unfinished-${id}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const files: BackupPart[] = [];
  const about = await fill(async (name, lines) => {
    files.push(await writePart(unfinished, name, lines));
  });
  const manifest = { format: BACKUP_FORMAT, version: BACKUP_VERSION, id, ...about, files } as const;
  await writeFile(join(unfinished, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
  });
  await rename(unfinished, join(place, id));
  return manifest;
}

async function writePart(root: string, name: string, lines: AsyncIterable<string>): Promise<BackupPart> {
  const path = join(root, `${name}.gz`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const seen = digester();
  await pipeline(
    Readable.from(seen.watch(lines)),
    createGzip(),
    createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true }),
  );
  return { name, ...seen.result() };
}

/** The lines of a part, unpacked. */
export async function* readPart(directory: string, name: string): AsyncGenerator<string> {
  const packed = createReadStream(join(directory, `${name}.gz`));
  const unpacked = createGunzip();
  packed.on('error', (error) => unpacked.destroy(error));
  yield* createInterface({ input: packed.pipe(unpacked), crlfDelay: Infinity });
}

/** Reads lines to their end. @throws AppError `archive_damaged` unless they are those of the manifest */
export async function assertSame(
  where: string,
  expected: BackupPart,
  lines: AsyncIterable<string>,
): Promise<void> {
  const seen = digester();
  try {
    for await (const _ of seen.watch(lines));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw damaged(where, expected.name, cause);
  }
  const { sha256, lines: count } = seen.result();
  if (sha256 !== expected.sha256 || count !== expected.lines) throw damaged(where, expected.name);
}

function damaged(where: string, name: string, cause?: unknown): AppError {
  return new AppError(
    'archive_damaged',
    `${name} in ${where} is not what was written there. Use another back-up.`,
    { cause },
  );
}

function digester() {
  const hash: Hash = createHash('sha256');
  let count = 0;
  return {
    async *watch(lines: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const line of lines) {
        const whole = `${line}\n`;
        hash.update(whole);
        count += 1;
        yield whole;
      }
    },
    result: () => ({ sha256: hash.digest('hex'), lines: count }),
  };
}

/** @throws AppError `not_found`, `archive_damaged` */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      throw new AppError('not_found', `There is no back-up at ${directory}. See: retention backup list DIR`);
    },
  );
  const parsed = manifestSchema.safeParse(fromJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError(
    'archive_damaged',
    `The manifest in ${directory} is not that of a back-up of this version. Use another back-up, or the program that wrote it.`,
  );
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every whole back-up below a place, the oldest first. */
export async function listManifests(place: string): Promise<BackupManifest[]> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const ids = names.filter((name) => /^\d{8}T\d{6}Z$/.test(name)).sort();
  const all: BackupManifest[] = [];
  for (const id of ids) all.push(await readManifest(join(place, id)));
  return all;
}

/** Reads every file of a back-up. @throws AppError `archive_damaged` naming the first that is not as written */
export async function verifyFiles(directory: string, manifest: BackupManifest): Promise<void> {
  for (const file of manifest.files) await assertSame(directory, file, readPart(directory, file.name));
}
