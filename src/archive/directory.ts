import { constants } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '../domain/errors.ts';
import { ignoreAbsent, removeEmptyFolders, requireRoot, syncDirectory, syncUpwards } from './folders.ts';
import { withLockFile } from './lock-file.ts';
import { describeObjectFile, nextGeneration, readHeader, writeObjectFile } from './object-file.ts';
import { checkObjectName, checkPrefix } from './store.ts';
import type { ArchiveStore, PutOptions, StoredObject } from './store.ts';
import { openUnfinished, removeAbandoned, removeUnfinished } from './unfinished.ts';

interface Paths {
  readonly root: string;
  /** The object itself. */
  readonly object: string;
  readonly folder: string;
  readonly lock: string;
}

/**
 * Objects as files below one directory, for one machine (or a shared file system with hard links). Writes
 * are durable when they return: file, then name, then directory are synced.
 */
export async function openDirectoryStore(directory: string): Promise<ArchiveStore> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const pathsOf = (name: string): Paths => {
    checkObjectName(name);
    const object = join(root, name);
    const folder = dirname(object);
    return { root, object, folder, lock: join(folder, `.${basename(object)}.lock`) };
  };
  return {
    url: pathToFileURL(root).href,
    put: (name, body, options) => mapped(name, () => putObject(pathsOf(name), name, body, options)),
    async *get(name, generation) {
      yield* readObject(pathsOf(name), name, generation);
    },
    stat: (name) => mapped(name, () => statObject(pathsOf(name), name)),
    delete: (name, generation) => mapped(name, () => deleteObject(pathsOf(name), name, generation)),
    async *list(prefix) {
      checkPrefix(prefix);
      yield* listObjects(root, prefix);
    },
  };
}

async function putObject(
  paths: Paths,
  name: string,
  body: AsyncIterable<Buffer> | Buffer,
  options: PutOptions,
): Promise<StoredObject> {
  await requireRoot(paths.root);
  const before = await statObject(paths, name);
  // Told apart early, so that a body of many megabytes is not written in vain; decided again when it is placed.
  requireGeneration(name, before, options.ifGeneration);
  const generation = nextGeneration(before);
  const { temporary, file } = await openUnfinished(paths.object);
  try {
    const size = await writeObjectFile(file, { generation, metadata: options.metadata }, body);
    await file.sync();
    if (options.ifGeneration === '0') await placeNew(paths, name, temporary);
    else await placeOver(paths, name, temporary, options.ifGeneration);
    await syncUpwards(paths.folder, paths.root);
    return { name, generation, size, metadata: options.metadata, state: 'live' };
  } finally {
    await file.close();
    await unlink(temporary).catch(ignoreAbsent);
  }
}

/** A link fails when the name is taken, so of two writers exactly one wins, without a lock. */
async function placeNew(paths: Paths, name: string, temporary: string): Promise<void> {
  await link(temporary, paths.object).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw objectExists(name);
    throw error;
  });
}

async function placeOver(paths: Paths, name: string, temporary: string, ifGeneration: string): Promise<void> {
  await withLockFile(paths.lock, async () => {
    requireGeneration(name, await statObject(paths, name), ifGeneration);
    await rename(temporary, paths.object);
  });
}

async function deleteObject(paths: Paths, name: string, generation: string): Promise<'deleted' | 'absent'> {
  await requireRoot(paths.root);
  if ((await stat(paths.folder).catch(ignoreAbsent)) === undefined) return 'absent';
  const outcome = await withLockFile(paths.lock, async () => {
    const found = await statObject(paths, name);
    if (found !== undefined && found.generation !== generation) throw objectChanged(name, generation);
    if (found !== undefined) await unlink(paths.object);
    await removeUnfinished(paths.object);
    await syncDirectory(paths.folder);
    return found === undefined ? 'absent' : 'deleted';
  });
  await removeEmptyFolders(paths.folder, paths.root);
  return outcome;
}

async function statObject(paths: Paths, name: string): Promise<StoredObject | undefined> {
  const file = await open(paths.object, constants.O_RDONLY).catch(ignoreAbsent);
  if (file === undefined) {
    await requireRoot(paths.root);
    return undefined;
  }
  try {
    return await describeObjectFile(file, name);
  } finally {
    await file.close();
  }
}

async function* readObject(paths: Paths, name: string, generation?: string): AsyncGenerator<Buffer> {
  const file = await mapped(name, () => open(paths.object, constants.O_RDONLY).catch(ignoreAbsent));
  if (file === undefined) throw objectMissing(name);
  try {
    const header = await readHeader(file);
    if (header === undefined) {
      throw new AppError(
        'archive_damaged',
        `The first line of the file of object ${name} is damaged. Restore the file from a backup.`,
      );
    }
    if (generation !== undefined && header.generation !== generation) throw objectMissing(name);
    yield* file.createReadStream({ start: header.length, autoClose: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw mapError(name, error);
  } finally {
    await file.close();
  }
}

async function* listObjects(root: string, prefix: string): AsyncGenerator<StoredObject> {
  await mapped(prefix, () => requireRoot(root));
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(root, folder, prefix);
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<StoredObject> {
  const entries = await mapped(folder, () =>
    readdir(join(root, folder), { withFileTypes: true }).catch(ignoreAbsent),
  );
  // Code unit order of the names, as the object stores list them.
  const named = (entries ?? []).map((entry) => ({
    entry,
    name: folder + entry.name + (entry.isDirectory() ? '/' : ''),
  }));
  for (const { entry, name } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) {
      await mapped(name, () => removeAbandoned(root, name));
      continue;
    }
    if (entry.isDirectory()) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* walk(root, name, prefix);
    } else if (name.startsWith(prefix)) {
      const file = await mapped(name, () => open(join(root, name), constants.O_RDONLY).catch(ignoreAbsent));
      if (file === undefined) continue;
      try {
        yield await mapped(name, () => describeObjectFile(file, name));
      } finally {
        await file.close();
      }
    }
  }
}

function requireGeneration(name: string, found: StoredObject | undefined, ifGeneration: string): void {
  if (ifGeneration === '0') {
    if (found !== undefined) throw objectExists(name);
  } else if (found?.generation !== ifGeneration) {
    throw objectChanged(name, ifGeneration);
  }
}

function objectExists(name: string): AppError {
  return new AppError(
    'object_exists',
    `Object ${name} exists already. Compare it with what you have before you write it again.`,
  );
}

function objectChanged(name: string, generation: string): AppError {
  return new AppError(
    'object_changed',
    `Object ${name} is not at generation ${generation} any more. Look at it again before you act on it.`,
  );
}

function objectMissing(name: string): AppError {
  return new AppError(
    'object_missing',
    `Object ${name} is not in the archive, or not at that generation. Restore it from a backup.`,
  );
}

async function mapped<T>(name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw mapError(name, error);
  }
}

/** Failures of the file system are the store's; anything else comes from the body and passes as it is. */
function mapError(name: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || code === undefined || syscall === undefined) return error;
  return new AppError(
    'store_unavailable',
    `The file system refused object ${name || 'listing'} (${code} on ${syscall}). Mend the disk or its permissions.`,
    {
      cause: error,
    },
  );
}
