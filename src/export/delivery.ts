import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { ExportFile } from './files.ts';

/** A place that the files of one export are put into, and removed from again. */
export interface Delivery {
  /** Writes a file whole, in place of one of an earlier attempt. */
  put(file: ExportFile): Promise<void>;
  removeAll(): Promise<void>;
  /** How many files there still are. */
  count(): Promise<number>;
}

/** A folder of its own below a directory, for its owner alone. */
export function directoryDelivery(directory: string, name: string): Delivery {
  const folder = join(resolve(directory), name);
  return {
    put: ({ path, body }) => inWords(directory, () => writeWhole(join(folder, path), body)),
    removeAll: () => inWords(directory, () => rm(folder, { recursive: true, force: true })),
    count: () =>
      inWords(directory, async () => {
        // A directory that is not there (a disk that is not mounted) holds the files, for all that is known.
        await stat(directory);
        const found = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
          return [];
        });
        return found.length;
      }),
  };
}

async function writeWhole(target: string, body: AsyncIterable<Buffer>): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const unfinished = `${target}.unfinished`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    for await (const chunk of body) await file.write(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, target);
}

async function inWords<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof AppError || code === undefined || syscall === undefined) throw error;
    throw new AppError(
      'store_unavailable',
      `The directory ${directory} refused an export (${code} on ${syscall}). Mend the disk or its permissions.`,
      { cause: error },
    );
  }
}
