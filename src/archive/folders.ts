import { constants } from 'node:fs';
import { open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../domain/errors.ts';

/** Makes new names durable: every folder from this one up to the root is synced. */
export async function syncUpwards(from: string, root: string): Promise<void> {
  for (let folder = from; ; folder = dirname(folder)) {
    await syncDirectory(folder);
    if (folder === root) return;
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Removes the folders that a deletion emptied, up to the root but not the root itself. */
export async function removeEmptyFolders(from: string, root: string): Promise<void> {
  for (let folder = from; folder !== root; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      // Not empty: it stays, and so does what is above it.
      return;
    }
  }
}

/** An unmounted disk must not look like an archive from which everything has been deleted. */
export async function requireRoot(root: string): Promise<void> {
  if ((await stat(root).catch(ignoreAbsent)) === undefined) {
    throw new AppError(
      'store_unavailable',
      `The archive directory ${root} is gone. Mount it again or restore it.`,
    );
  }
}

/** For a catch: a file that is not there is an answer, not a failure. */
export function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
