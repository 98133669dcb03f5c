import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

/**
 * CPU that a process, its children and theirs have used since they began, in milliseconds. Children that
 * have ended are in their parent's count, so the sum only grows: what PostgreSQL's backends use is not lost
 * when they end.
 */
export function cpuOfTree(root: number): number {
  const stats = new Map(processIds().flatMap((pid) => entryOf(pid)));
  const inTree = (pid: number): boolean => pid === root || (pid > 1 && inTree(stats.get(pid)?.parent ?? 0));
  return [...stats].reduce((sum, [pid, stat]) => (inTree(pid) ? sum + stat.cpuMs : sum), 0);
}

/** CPU of this process alone: the driver has children that are counted for themselves. */
export function cpuOfThisProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU that the whole machine has used, by whomever. */
export function cpuOfMachine(): number {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

function processIds(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function entryOf(pid: number): [number, Stat][] {
  try {
    // The second field, the name, may hold spaces and brackets: fields are counted from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return [[pid, { parent: fields[1] ?? 0, cpuMs: (utime + stime + cutime + cstime) * TICK_MS }]];
  } catch {
    return []; // It ended while we looked.
  }
}
