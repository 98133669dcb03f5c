import { hash } from 'node:crypto';
import { AppError } from '../domain/errors.ts';

/** RFC 6962 section 2.1: without the two prefixes a node could pass for a leaf, and a tree for another. */
const NODE_PREFIX = 1;
export const HASH_BYTES = 32;

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = hash('sha256', '', 'buffer');

const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = NODE_PREFIX;

/** The hash of a leaf, from its bytes or, for a string, from its UTF-8. */
export function leafHash(data: Buffer | string): Buffer {
  // A NUL character is the byte 0x00 in UTF-8: so a string needs no copy of its bytes.
  if (typeof data === 'string') return hash('sha256', `\0${data}`, 'buffer');
  return hash('sha256', Buffer.concat([Buffer.of(0), data]), 'buffer');
}

/** The hash of a node, from those of its two children. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  left.copy(pair, 1);
  right.copy(pair, 1 + HASH_BYTES);
  return hash('sha256', pair, 'buffer');
}

/** The perfect subtrees that a tree consists of, largest first: all it takes to go on appending. */
export interface FrontierState {
  /** Leaves in the tree. */
  readonly size: number;
  /** In base64, one for each bit set in the size, from the highest. */
  readonly hashes: readonly string[];
}

export interface Frontier {
  readonly size: number;
  append(leaf: Buffer): void;
  root(): Buffer;
  state(): FrontierState;
}

/**
 * A tree that only grows, held as its frontier: a few hashes whatever its size.
 *
 * @param start where to go on from; an empty tree when left out
 * @throws AppError `audit_damaged` when the hashes are not those of a tree of that size
 */
export function createFrontier(start: FrontierState = { size: 0, hashes: [] }): Frontier {
  let { size } = start;
  const hashes = start.hashes.map(readHash);
  if (!Number.isSafeInteger(size) || size < 0 || hashes.length !== onesIn(size))
    throw new AppError(
      'audit_damaged',
      `A frontier of ${size} leaves cannot have ${hashes.length} hashes. Take it from an unaltered export.`,
    );
  return {
    get size() {
      return size;
    },
    append(leaf) {
      let merged = leaf;
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = hashes.pop();
        if (left !== undefined) merged = nodeHash(left, merged);
      }
      hashes.push(merged);
      size += 1;
    },
    root: () => rootOf(hashes),
    state: () => ({ size, hashes: hashes.map((one) => one.toString('base64')) }),
  };
}

/** The root over perfect subtrees that stand side by side, the largest first. */
export function rootOf(subtrees: readonly Buffer[]): Buffer {
  const last = subtrees.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  return subtrees.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/**
 * Reads a hash in base64.
 *
 * @throws AppError `audit_damaged` when it is not one, or not in its one canonical spelling
 */
export function readHash(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== HASH_BYTES || bytes.toString('base64') !== text)
    throw new AppError(
      'audit_damaged',
      'A value of the audit log is not a SHA-256 hash in base64. Take it from an unaltered copy.',
    );
  return bytes;
}

function onesIn(size: number): number {
  let ones = 0;
  // Bit operators would cut the number to 32 bits.
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
