import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoreAbsent, removeEmptyFolders } from './folders.ts';

/** Between the name of an object and a random part, in the name of a file that is still being written. */
const UNFINISHED = '.tmp-';
/** A file that nobody has written to for an hour has lost its writer. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Makes a file beside the object, to be given its name once it is whole. */
export async function openUnfinished(object: string): Promise<{ temporary: string; file: FileHandle }> {
  const temporary = `${unfinishedStart(object)}${randomUUID()}`;
  for (let attempt = 1; ; attempt++) {
    await mkdir(dirname(object), { recursive: true, mode: 0o700 });
    try {
      return { temporary, file: await open(temporary, 'wx', 0o600) };
    } catch (error) {
      // A deletion may have removed the empty folder in between.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw error;
    }
  }
}

/** A listing is how one reads back that all is gone, so what a crash left half written goes with it. */
export async function removeAbandoned(root: string, name: string): Promise<void> {
  if (!name.includes(UNFINISHED)) return;
  const path = join(root, name);
  const found = await stat(path).catch(ignoreAbsent);
  if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_AFTER_MS) return;
  await unlink(path).catch(ignoreAbsent);
  await removeEmptyFolders(dirname(path), root);
}

/** What a crash left half written is a copy of the object too, and has to go with it. */
export async function removeUnfinished(object: string): Promise<void> {
  const start = basename(unfinishedStart(object));
  for (const entry of await readdir(dirname(object))) {
    if (entry.startsWith(start)) await unlink(join(dirname(object), entry)).catch(ignoreAbsent);
  }
}

/** With a dot first, because no object name has one there. */
function unfinishedStart(object: string): string {
  return join(dirname(object), `.${basename(object)}${UNFINISHED}`);
}
