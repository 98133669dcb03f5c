import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';

/** What the lock guards takes milliseconds; a minute allows for a disk that hangs, and is then a crash. */
const STALE_AFTER_MS = 60_000;
const WAIT_MS = 10;
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Runs the task while holding a lock file, between processes too: Node has no flock. A lock that a crash
 * left behind is taken away after a minute. Throws `store_unavailable` when others hold it for too long.
 */
export async function withLockFile<T>(path: string, task: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  while (!(await take(path, token))) {
    if (Date.now() > deadline) {
      throw new AppError(
        'store_unavailable',
        `${path} has been locked for ${GIVE_UP_AFTER_MS / 1000} s. Try again; remove it if no process is running.`,
      );
    }
    if (!(await breakStale(path))) await setTimeout(WAIT_MS);
  }
  try {
    return await task();
  } finally {
    // Another process may have judged this lock stale and taken it.
    if ((await readFile(path, 'utf8').catch(() => '')) === token) await unlink(path);
  }
}

async function take(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function breakStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return true;
  if (Date.now() - found.mtimeMs < STALE_AFTER_MS) return false;
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const taken = await stat(aside).catch(() => undefined);
  // Two may judge the same lock stale; the slower must not carry off the new lock of the faster.
  if (taken !== undefined && taken.ino !== found.ino) await link(aside, path).catch(() => undefined);
  if (taken !== undefined) await unlink(aside);
  return true;
}
