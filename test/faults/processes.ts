import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export type Part =
  'prepare' | 'migrate' | 'namespace' | 'worker' | 'relay' | 'bot' | 'sandbox' | 'codec' | 'receipts';

/** One process of the service. */
export interface PartProcess {
  /** How it ended; the signal that killed it, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number>;
  isRunning(): boolean;
  /** Asks it to stop, as a service manager does. */
  stop(): Promise<NodeJS.Signals | number>;
  kill(): Promise<void>;
  /** What it printed, to both of its outputs. */
  output(): string;
}

let starts = 0;

/** Starts `src/main/service.ts PART` with these settings. What it prints goes to a file in `logs`. */
export function startPart(part: Part, settings: Readonly<Record<string, string>>, logs: string): PartProcess {
  const logFile = join(logs, `${part}-${++starts}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['src/main/service.ts', part], {
    cwd: ROOT,
    env: { ...process.env, ...settings },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = endOf(child);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await ended;
  };
  return {
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    output: () => readFileSync(logFile, 'utf8'),
  };
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ?? code ?? -1;
}
