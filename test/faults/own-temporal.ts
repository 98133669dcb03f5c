import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { startDevServer } from '../support/servers.ts';
import { until } from './until.ts';

/** A Temporal server of one test's own, which keeps its state in a file and whose life is the test's. */
export interface OwnTemporal {
  readonly address: string;
  /** Kills it as a crash of the machine would, and waits until it is gone. */
  crash(): Promise<void>;
  /** Starts it again under its address with what its file has. */
  restart(): Promise<void>;
  /** While it is down: copies its state, as a back-up does. */
  keep(): Promise<void>;
  /** While it is down: puts the copy in place of its state. */
  bringBack(): Promise<void>;
  /** While it is down: removes every timer that waits. @returns how many there were */
  loseTimers(): number;
  remove(): Promise<void>;
}

/** What SQLite keeps besides the file itself. */
const PARTS = ['', '-wal', '-shm'] as const;

export async function startOwnTemporal(): Promise<OwnTemporal> {
  const directory = await mkdtemp(join(tmpdir(), 'retention-own-temporal-'));
  const [dbFile, copy] = [join(directory, 'temporal.db'), join(directory, 'kept.db')];
  let server = await startDevServer({ dbFile });
  const { address, port } = server;

  async function replace(to: string, from: string) {
    for (const part of PARTS) {
      await rm(`${to}${part}`, { force: true });
      if (existsSync(`${from}${part}`)) await copyFile(`${from}${part}`, `${to}${part}`);
    }
  }

  return {
    address,
    async crash() {
      const { pid } = server;
      process.kill(pid, 'SIGKILL');
      await until('Temporal is gone', () => !isRunning(pid));
      await server.stop();
    },
    async restart() {
      server = await startDevServer({ dbFile, port });
    },
    keep: () => replace(copy, dbFile),
    bringBack: () => replace(dbFile, copy),
    loseTimers() {
      // What was killed may hold its locks for a moment more.
      const db = new DatabaseSync(dbFile, { timeout: 10_000 });
      try {
        return Number(db.prepare('delete from timer_tasks').run().changes);
      } finally {
        db.close();
      }
    },
    async remove() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
