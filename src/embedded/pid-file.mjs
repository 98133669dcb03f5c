// Plain JavaScript, because the bootstrap needs it before there is a Node that reads TypeScript.
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Takes the file for this process, unless a living process holds it. A file left by a process that died,
 * or whose number another program has got since, counts as free.
 */
export function takePidFile(path) {
  const own = `${path}.${process.pid}`;
  writePidFile(own, process.pid);
  try {
    for (;;) {
      try {
        // link() is atomic with the content in place: nobody ever reads a half-written file.
        linkSync(own, path);
        return { taken: true };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = livingHolder(path);
      if (holder !== undefined) return { taken: false, pid: holder };
      setAside(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Frees the file, if this process holds it. */
export function releasePidFile(path) {
  if (livingHolder(path) === process.pid) rmSync(path, { force: true });
}

/** Notes a process in the file, over whatever it said before. */
export function writePidFile(path, pid) {
  writeFileSync(path, `${pid} ${birthOf(pid) ?? ''}\n`);
}

/** The number of the living process that the file names, or undefined. */
export function livingHolder(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [, pid, birth] = /^(\d+) (.*)\n$/.exec(text) ?? [];
  return pid !== undefined && birth !== '' && birthOf(Number(pid)) === birth ? Number(pid) : undefined;
}

/** Whether the process is there and has not ended: one that nobody has reaped yet has ended. */
export function isRunning(pid) {
  return birthOf(pid) !== undefined;
}

/** Moving, then looking, so that a file that another process took a moment ago is put back. */
function setAside(path) {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
    if (livingHolder(aside) !== undefined) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** When the process began: with its number, a name that no later process shares. */
function birthOf(pid) {
  try {
    // The command name before it may hold spaces and brackets; field 22 is the twentieth after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
