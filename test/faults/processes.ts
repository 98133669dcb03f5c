import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowBundle } from '../support/workflow-bundle.ts';

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

/** As a disk with so many bytes left: no file becomes longer, and a write beyond is refused half done. */
const onSmallDisk = (bytes: number) => ['-c', `ulimit -S -f ${Math.floor(bytes / 512)} && exec "$0" "$@"`];

/**
 * Starts `src/main/service.ts PART` with these settings. What it prints goes to a file in `logs`.
 *
 * @param room how many bytes a file of it may have; as many as it likes without it
 */
export function startPart(
  part: Part,
  settings: Readonly<Record<string, string>>,
  logs: string,
  room?: number,
): PartProcess {
  const logFile = join(logs, `${part}-${++starts}.log`);
  const log = openSync(logFile, 'a');
  const service = [process.execPath, 'src/main/service.ts', part];
  const [program = '', ...args] = room === undefined ? service : ['sh', ...onSmallDisk(room), ...service];
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, RETENTION_WORKFLOW_BUNDLE: workflowBundle().codePath, ...settings },
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
