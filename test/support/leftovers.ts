import { readFileSync, readdirSync } from 'node:fs';

interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/**
 * The processes of one test run but this one, by the run's id in their environment. Only Linux shows other
 * processes' environments; elsewhere there is nothing to find.
 */
export function processesOfRun(runId: string): RunningProcess[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => read(name, 'environ').includes(`TEST_RUN_ID=${runId}\0`))
    .map((name) => ({
      pid: Number(name),
      parent: Number(/^PPid:\s*(\d+)/m.exec(read(name, 'status'))?.[1]),
      command: read(name, 'cmdline').replaceAll('\0', ' ').trim(),
    }));
}

/** Ends them all, and answers with their command lines. */
export function endAll(processes: readonly RunningProcess[]): string[] {
  return processes.map(({ pid, command }) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in this moment.
    }
    return command;
  });
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // Gone, or another user's.
    return '';
  }
}
