import { accessSync, chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { releasePidFile, takePidFile } from './pid-file.mjs';
import type { Log } from './programs.ts';
import type { ToolSource } from './tool-sources.ts';

const HEARTBEAT_MS = 10_000;
const TURN_POLL_MS = 200;

/**
 * Fills the directory `target` with `program` from the first source that can give it. The directory appears
 * whole, by a rename, and of two processes that want it one waits for the other.
 * Answers with undefined, or with why no source could.
 */
export async function fetchIntoCache(
  target: string,
  program: string,
  sources: readonly ToolSource[],
  log: Log,
): Promise<string[] | undefined> {
  mkdirSync(dirname(target), { recursive: true });
  const lock = `${target}.pid`;
  await takeTurn(lock, log);
  try {
    return exists(program) ? undefined : await trySources(target, basename(program), sources, log);
  } finally {
    releasePidFile(lock);
  }
}

async function takeTurn(lock: string, log: Log): Promise<void> {
  for (let told = false; ; told = true) {
    const turn = takePidFile(lock);
    if (turn.taken) return;
    if (!told) log(`process ${turn.pid} is fetching it; waiting…`);
    await delay(TURN_POLL_MS);
  }
}

async function trySources(
  target: string,
  program: string,
  sources: readonly ToolSource[],
  log: Log,
): Promise<string[] | undefined> {
  const failures: string[] = [];
  for (const source of sources) {
    const temporary = mkdtempSync(`${target}.new-`);
    try {
      const found = await withHeartbeat(source.name, log, async () => await source.fetch(temporary));
      if ('failure' in found) {
        failures.push(`${source.name}: ${found.failure}`);
        continue;
      }
      const ready = mkdtempSync(`${target}.new-`);
      renameSync(found.file, join(ready, program));
      chmodSync(join(ready, program), 0o755);
      chmodSync(ready, 0o755);
      rmSync(target, { recursive: true, force: true });
      renameSync(ready, target);
      return undefined;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  return failures;
}

/** Says that it begins, that it goes on, and when it is done: a download of 45 MB can take minutes. */
async function withHeartbeat<T extends object>(name: string, log: Log, fetch: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const seconds = (): number => Math.round((Date.now() - began) / 1000);
  log(`fetching from ${name}…`);
  const heartbeat = setInterval(() => log(`still fetching from ${name} (${seconds()} s)…`), HEARTBEAT_MS);
  try {
    const result = await fetch();
    log('failure' in result ? `not to be had from ${name}` : `ready after ${seconds()} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
