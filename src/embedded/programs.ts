import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './pid-file.mjs';

/** Takes one line of progress for people. */
export type Log = (line: string) => void;

/** Another system user, for programs that refuse to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

export interface ProgramResult {
  /** The exit code; -1 when the program is not there or was killed. */
  code: number;
  /** Standard output, then standard error. */
  output: string;
}

export interface ProgramOptions {
  account?: Account | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  timeoutMs?: number | undefined;
}

/**
 * Runs a program to its end and never throws: a program that is missing or fails is an answer here.
 * It gets a process group of its own, so that Ctrl-C does not cut it short half-way.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(file, args, {
    // A directory that every account may enter: the current one might not be.
    cwd: '/',
    env: options.env ?? process.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not `timeout`: for a program that is missing, its timer would keep this process alive to the end.
    ...(options.timeoutMs !== undefined && { signal: AbortSignal.timeout(options.timeoutMs) }),
    killSignal: 'SIGKILL',
    ...options.account,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, output: stdout + stderr };
  } catch (error) {
    return { code: -1, output: error instanceof Error ? error.message : String(error) };
  }
}

/** The last line a failed program left, which is where programs say why. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Asks the process to stop, and after the time given ends it together with its process group. */
export async function stopProcess(pid: number, graceMs: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (isRunning(pid)) {
    if (Date.now() > deadline) {
      signal(-pid, 'SIGKILL');
      signal(pid, 'SIGKILL');
    }
    await delay(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}
