import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';

const GIB = 2 ** 30;
/** Below this a busy day can fill the disk, and below that an hour can. */
const SCARCE = 5 * GIB;
const GONE = GIB;

/** A directory that serves as a store: writable, its owner's alone. */
export function checkDirectory(area: 'archive' | 'anchor', directory: string): Check {
  return {
    area,
    check: `directory ${directory}`,
    async run() {
      const { mode } = await stat(directory);
      await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
      return modeVerdict(directory, mode, 'warning', 'Other accounts of this machine see what lies there.');
    },
  };
}

/** The key files: nobody but their owner may open them. */
export function checkKeyFiles(directory: string): Check {
  return {
    area: 'keys',
    check: 'key files',
    async run() {
      const { mode } = await stat(directory);
      const verdicts = [
        {
          check: directory,
          ...modeVerdict(directory, mode, 'failure', 'Other accounts can list or replace keys.'),
        },
      ];
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(directory, entry.name);
        const file = await stat(path);
        const consequence =
          'Whoever reads a key opens what it seals, and destroying it is no proof any more.';
        verdicts.push({ check: entry.name, ...modeVerdict(path, file.mode, 'failure', consequence) });
      }
      return verdicts;
    },
  };
}

function modeVerdict(path: string, mode: number, level: 'warning' | 'failure', consequence: string): Verdict {
  const digits = (mode & 0o777).toString(8);
  if ((mode & 0o077) === 0) return ok(`mode ${digits}`);
  return { level, found: `mode ${digits}`, consequence, mend: `chmod go= '${path}'` };
}

/** How much room the file systems of these directories have. */
export function checkDisk(directories: readonly string[]): Check {
  return {
    area: 'disk',
    check: 'room',
    run: () => Promise.all([...new Set(directories)].map(roomOf)),
  };
}

async function roomOf(directory: string): Promise<Verdict> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const found = `${(free / GIB).toFixed(1)} GiB free`;
  const mend = 'Give the file system more room, or move the directory to another one.';
  if (free < GONE)
    return {
      check: directory,
      ...failure(found, 'Once it is full nothing can be stored, archived or deleted.', mend),
    };
  if (free < SCARCE)
    return { check: directory, ...warning(found, 'A busy day can fill it; then everything waits.', mend) };
  return { check: directory, ...ok(found) };
}
