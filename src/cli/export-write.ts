import { mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { ExportFile } from '../export/files.ts';

/**
 * Writes files below a directory, for their owner alone. Nothing that is there is written over.
 *
 * @returns how many
 */
export async function writeFiles(files: AsyncIterable<ExportFile>, directory: string): Promise<number> {
  let count = 0;
  for await (const { path, body } of files) {
    const target = join(resolve(directory), path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(target, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new AppError(
        'input_invalid',
        `${target} cannot be written (${error.code ?? 'unknown'}). Name a directory that is empty or not there yet.`,
      );
    });
    try {
      for await (const chunk of body) await file.write(chunk);
    } finally {
      await file.close();
    }
    count += 1;
  }
  return count;
}
