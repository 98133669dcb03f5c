import { EMPTY_ROOT, HASH_BYTES, nodeHash, rootOf, type FrontierState } from './merkle.ts';

/**
 * Where the nodes of perfect subtrees come from: level 0 is the leaves' hashes, and node `index` of a level
 * covers the leaves from `index * 2 ** level` on, `2 ** level` of them.
 */
export interface NodeSource {
  readNode(level: number, index: number): Promise<Buffer>;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The root of the tree as it was at a size. */
export async function rootAt(source: NodeSource, size: number): Promise<Buffer> {
  return rootOf(await subtreesOf(source, { start: 0, end: size }));
}

/** What it takes to go on appending to the tree as it was at a size. */
export async function frontierAt(source: NodeSource, size: number): Promise<FrontierState> {
  const hashes = await subtreesOf(source, { start: 0, end: size });
  return { size, hashes: hashes.map((one) => one.toString('base64')) };
}

/**
 * That a leaf is in the tree of a size: RFC 6962 section 2.1.1.
 *
 * @throws RangeError when the tree of that size has no such leaf
 */
export async function inclusionProof(source: NodeSource, index: number, size: number): Promise<Buffer[]> {
  if (!(isCount(index) && isCount(size) && index < size))
    throw new RangeError(`A tree of ${size} leaves has no leaf ${index}.`);
  const siblings: Span[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    siblings.push(index < middle ? { start: middle, end } : { start, end: middle });
    if (index < middle) end = middle;
    else start = middle;
  }
  return hashesOf(source, siblings.reverse());
}

/**
 * That the tree of the first size is the beginning of the tree of the second: RFC 6962 section 2.1.2.
 *
 * @throws RangeError when the first is larger than the second
 */
export async function consistencyProof(source: NodeSource, first: number, second: number): Promise<Buffer[]> {
  if (!(isCount(first) && isCount(second) && first <= second))
    throw new RangeError(`A tree of ${second} leaves does not begin with one of ${first}.`);
  if (first === 0 || first === second) return [];
  const spans: Span[] = [];
  let [start, end] = [0, second];
  while (first < end) {
    const middle = start + splitPoint(end - start);
    spans.push(first <= middle ? { start: middle, end } : { start, end: middle });
    if (first <= middle) end = middle;
    else start = middle;
  }
  // Whoever checks the proof has the first root already: it is left out where it is a node of the second.
  if (start > 0) spans.push({ start, end });
  return hashesOf(source, spans.reverse());
}

/** Whether a proof shows that this leaf is at this place of the tree with this size and root. */
export function verifyInclusion(claim: {
  readonly leaf: Buffer;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Buffer[];
  readonly root: Buffer;
}): boolean {
  const { leaf, index, size, proof, root } = claim;
  if (!(isCount(index) && isCount(size) && index < size)) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let hash = leaf;
  // RFC 9162 section 2.1.3.2; `place` and `last` are its fn and sn.
  let [place, last] = [index, size - 1];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      for (; place % 2 === 0 && place !== 0; place = half(place)) last = half(last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** Whether a proof shows that the first tree, by size and root, is the beginning of the second. */
export function verifyConsistency(claim: {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Buffer;
  readonly secondRoot: Buffer;
  readonly proof: readonly Buffer[];
}): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (!(isCount(first) && isCount(second) && first <= second)) return false;
  if (![firstRoot, secondRoot, ...proof].every(isHash)) return false;
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return proof.length === 0 && firstRoot.equals(EMPTY_ROOT);
  // RFC 9162 section 2.1.4.2; `place` and `last` are its fn and sn.
  let [place, last] = [first - 1, second - 1];
  for (; place % 2 === 1; place = half(place)) last = half(last);
  const [begin, ...rest] = place === 0 ? [firstRoot, ...proof] : proof;
  if (begin === undefined) return false;
  let [firstHash, secondHash] = [begin, begin];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      firstHash = nodeHash(sibling, firstHash);
      secondHash = nodeHash(sibling, secondHash);
      for (; place % 2 === 0 && place !== 0; place = half(place)) last = half(last);
    } else {
      secondHash = nodeHash(secondHash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && firstHash.equals(firstRoot) && secondHash.equals(secondRoot);
}

async function hashesOf(source: NodeSource, spans: readonly Span[]): Promise<Buffer[]> {
  const hashes: Buffer[] = [];
  for (const span of spans) hashes.push(rootOf(await subtreesOf(source, span)));
  return hashes;
}

/** The perfect subtrees of a span that RFC 6962's splitting yields: its start fits the largest of them. */
async function subtreesOf(source: NodeSource, span: Span): Promise<Buffer[]> {
  const hashes: Buffer[] = [];
  for (let { start } = span; start < span.end;) {
    let [level, width] = [0, 1];
    for (; width * 2 <= span.end - start; width *= 2) level += 1;
    hashes.push(await source.readNode(level, start / width));
    start += width;
  }
  return hashes;
}

/** The largest power of two below a size of two or more. */
function splitPoint(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: Buffer): boolean {
  return value.length === HASH_BYTES;
}

/** Not `>> 1`, which cuts the number to 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2);
}
