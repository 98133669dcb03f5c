import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { makeDataDirectory, replaceFile } from './files.ts';
import { lastLine, runProgram } from './programs.ts';
import type { Account, Log } from './programs.ts';

/** Where files go that another account must reach while the checkout lies where it may not enter. */
export const SHARED_DIRECTORY = '/var/lib/telegram-retention';

const ACCOUNT_NAME = 'postgres';
const MODE_TRAVERSE_ONLY = 0o711;
const BELONGS_TO = 'belongs-to';

/** The directory PostgreSQL's files really live in, and the account that must run it (undefined: this one). */
export interface ClusterHome {
  home: string;
  account: Account | undefined;
}

/**
 * Makes the directory of one PostgreSQL cluster ready for the account that will run it. PostgreSQL refuses
 * to run as root, so root runs it as the owner of files that are there already, else as `postgres`. When
 * that account cannot reach `dir`, the files live below /var/lib and `dir` is a link to them, so every later
 * start finds them at the same place.
 */
export async function prepareClusterHome(dir: string, log: Log): Promise<ClusterHome> {
  makeDataDirectory(dirname(dir));
  const path = join(realpathSync(dirname(dir)), basename(dir));
  const linked = followLink(path);
  const home = linked ?? path;
  if (linked === undefined) mkdirSync(path, { recursive: true, mode: 0o700 });
  const owner = statSync(home);
  if (process.getuid?.() !== 0) {
    refuseForeignFiles(home, owner.uid);
    return { home, account: undefined };
  }

  const account = owner.uid === 0 ? await postgresAccount(log) : { uid: owner.uid, gid: owner.gid };
  chownSync(home, account.uid, account.gid);
  if (linked === undefined && !canUse(home, account)) return { home: await moveOut(path, log), account };
  return { home, account };
}

/** Whether the account can enter and use the path, asked of the system, which also knows about ACLs. */
export function canUse(path: string, account: Account): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'test -x "$0" && test -r "$0"', path], { cwd: '/', ...account }).status === 0
  );
}

function refuseForeignFiles(home: string, uid: number): void {
  if (uid === process.getuid?.()) return;
  throw new AppError(
    'config_invalid',
    `The database files in ${home} belong to another user (uid ${uid}): start as that user or as root.`,
  );
}

/** Where an earlier start put the files, if `path` is its link. */
function followLink(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const home = resolve(dirname(path), readlinkSync(path));
  if (!existsSync(home)) {
    throw new AppError(
      'config_invalid',
      `${path} is a link to ${home}, which is not there: put the database files back, or remove the link to start with an empty database.`,
    );
  }
  claim(home, path);
  return home;
}

/** A checkout that was moved takes its database along; one that was copied must not share it. */
function claim(home: string, path: string): void {
  const note = join(home, BELONGS_TO);
  const owner = existsSync(note) ? readFileSync(note, 'utf8').trim() : path;
  const original = owner === path ? undefined : lstatSync(owner, { throwIfNoEntry: false });
  if (original?.isSymbolicLink() && resolve(dirname(owner), readlinkSync(owner)) === home) {
    throw new AppError(
      'config_invalid',
      `${path} links to the database of ${owner}: remove the link to start with an empty database here.`,
    );
  }
  replaceFile(note, `${path}\n`);
}

async function moveOut(path: string, log: Log): Promise<string> {
  const home = join(SHARED_DIRECTORY, createHash('sha256').update(path).digest('hex').slice(0, 12));
  makeSharedDirectory();
  if (existsSync(home)) {
    // Of a checkout that was at this path before: its keys went with it, but the files are not ours to delete.
    const aside = `${home}.old-${Date.now()}`;
    renameSync(home, aside);
    log(`A database that ${path} had earlier was set aside as ${aside}: delete it if nobody needs it.`);
  }
  // mv keeps owners and modes also when /var is another file system.
  const moved = await runProgram('mv', [path, home]);
  if (moved.code !== 0) {
    throw new AppError(
      'config_invalid',
      `The database files could not be moved to ${home} (${lastLine(moved.output)}): make room there, or keep the checkout where the user ${ACCOUNT_NAME} may enter.`,
    );
  }
  replaceFile(join(home, BELONGS_TO), `${path}\n`);
  symlinkSync(home, path);
  log(`The user ${ACCOUNT_NAME} may not enter ${dirname(path)}, so the database files live in ${home}.`);
  return home;
}

/** Others may pass through it and not list it. */
export function makeSharedDirectory(): void {
  mkdirSync(SHARED_DIRECTORY, { recursive: true });
  chmodSync(SHARED_DIRECTORY, MODE_TRAVERSE_ONLY);
}

async function postgresAccount(log: Log): Promise<Account> {
  const found = await lookUpAccount();
  if (found !== undefined) return found;
  log(`PostgreSQL does not run as root: creating the system user ${ACCOUNT_NAME}…`);
  const home = ['--no-create-home', '--shell', '/usr/sbin/nologin'];
  const created = await runProgram('useradd', ['--system', '--user-group', ...home, ACCOUNT_NAME]);
  const account = await lookUpAccount();
  if (account !== undefined) return account;
  throw new AppError(
    'config_invalid',
    `PostgreSQL does not run as root, and the user ${ACCOUNT_NAME} could not be created (${lastLine(created.output)}): create it, or start as a plain user.`,
  );
}

async function lookUpAccount(): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => await runProgram('id', [flag, ACCOUNT_NAME])),
  );
  if (uid?.code !== 0 || gid?.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}
