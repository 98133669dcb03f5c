import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a mark was found, and in which writing of it. */
export interface Finding {
  readonly file: string;
  readonly writing: string;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Looks for a mark in the raw bytes of every file below these places, in each writing in which a program
 * could have left it there in clear.
 */
export async function scan(mark: string, places: readonly string[]): Promise<Finding[]> {
  const writings = writingsOf(mark);
  const findings: Finding[] = [];
  for (const place of places)
    for (const file of await filesBelow(place))
      for (const writing of await scanFile(file, writings)) findings.push({ file, writing });
  return findings;
}

/** The ways to write a mark that a scan knows. */
export function writingsOf(mark: string): Map<string, Buffer> {
  const utf8 = Buffer.from(mark);
  const wide = Buffer.from(mark, 'utf16le');
  const writings = new Map<string, Buffer>([
    ['UTF-8', utf8],
    ['UTF-8 in capitals', Buffer.from(mark.toUpperCase())],
    ['UTF-8 backwards', Buffer.from(utf8).reverse()],
    ['UTF-16 little endian', wide],
    ['UTF-16 big endian', Buffer.from(wide).swap16()],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['hex in capitals', Buffer.from(utf8.toString('hex').toUpperCase())],
  ]);
  // What stands before the mark decides at which of three places in a group of base64 it begins.
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), utf8]).toString('base64');
    const own = padded.slice(before === 0 ? 0 : before + 1, Math.floor((before + utf8.length) / 3) * 4);
    writings.set(`base64 after ${before} bytes`, Buffer.from(own));
  }
  return writings;
}

async function filesBelow(place: string): Promise<string[]> {
  const found = await stat(place).catch(ignoreGone);
  if (!found) return [];
  if (!found.isDirectory()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function scanFile(path: string, writings: ReadonlyMap<string, Buffer>): Promise<string[]> {
  // A server may remove a file of its own between the listing and now.
  const file = await open(path).catch(ignoreGone);
  if (!file) return [];
  const overlap = Math.max(...[...writings.values()].map((bytes) => bytes.length)) - 1;
  const found = new Set<string>();
  try {
    const chunk = Buffer.alloc(overlap + CHUNK_BYTES);
    let kept = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, kept, CHUNK_BYTES);
      if (bytesRead === 0) return [...found];
      const filled = chunk.subarray(0, kept + bytesRead);
      for (const [writing, bytes] of writings) if (filled.includes(bytes)) found.add(writing);
      kept = Math.min(overlap, filled.length);
      filled.copy(chunk, 0, filled.length - kept);
    }
  } finally {
    await file.close();
  }
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
