import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../domain/errors.ts';

/**
 * Reads a secret that only its owner may read. Throws `config_invalid` with the command that mends it when
 * the group or others may open the file.
 *
 * @returns undefined when there is no such file
 */
export async function readSecretFile(path: string): Promise<Buffer | undefined> {
  // The handle's own mode is checked, so that the file cannot be swapped between check and reading.
  const file = await open(path, constants.O_RDONLY).catch(absent);
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw new AppError(
        'config_invalid',
        `${path} holds a secret, but others than its owner may open it (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 '${path}'`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Reads the secret, and makes it first where there is none. Of two processes that start at once, one makes it. */
export async function readOrMakeSecretFile(path: string, make: () => Buffer | string): Promise<Buffer> {
  const existing = await readSecretFile(path);
  if (existing !== undefined) return existing;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeBeside(path, make(), async (temporary) => {
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(temporary);
  });
  const made = await readSecretFile(path);
  if (made === undefined)
    throw new AppError('config_invalid', `${path} vanished while it was made. Start again.`);
  return made;
}

/** Puts new contents in place of a secret file; a crash leaves the old or the new ones, never a part. */
export async function replaceSecretFile(path: string, contents: Buffer | string): Promise<void> {
  await writeBeside(path, contents, (temporary) => rename(temporary, path));
}

async function writeBeside(
  path: string,
  contents: Buffer | string,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(contents);
    await file.sync();
  } finally {
    await file.close();
  }
  await place(temporary);
  // Without this a power cut may forget the name of a key that data is already sealed under.
  const directory = await open(dirname(path), constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
