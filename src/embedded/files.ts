import { closeSync, fchownSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Account } from './programs.ts';

/**
 * Writes a file for its owner alone, whole or not at all. Some directories here belong to another account
 * while root writes into them: O_EXCL and the rename see to it that no link planted there is followed.
 */
export function replaceFile(file: string, text: string, owner?: Account): void {
  const temporary = `${file}.${process.pid}`;
  rmSync(temporary, { force: true });
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(handle, text);
    if (owner !== undefined) fchownSync(handle, owner.uid, owner.gid);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}

/**
 * Makes a directory for data. Root lets other accounts pass through, without a look inside: PostgreSQL's
 * account has to reach its own part of it.
 */
export function makeDataDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}
