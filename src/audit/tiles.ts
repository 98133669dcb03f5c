import { AppError } from '../domain/errors.ts';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { NodeSource } from './proofs.ts';

/**
 * The tree's hashes are kept in tiles as C2SP tlog-tiles lays them out: tile `index` of level L holds up to
 * 256 hashes, each the root of `256 ** L` leaves. What lies between two levels is computed when read.
 */
export const TILE_WIDTH = 256;
/** Levels of the tree between the hashes of one tile level and those of the next. */
const TILE_HEIGHT = 8;

export interface TilePlace {
  readonly level: number;
  readonly index: number;
}

export interface Tile extends TilePlace {
  /** The hashes, one after another. */
  readonly bytes: Buffer;
}

/** The tiles that are begun and not full in a tree of a size: what `growTiles` needs to go on. */
export function partialTiles(size: number): (TilePlace & { readonly width: number })[] {
  const tiles = [];
  for (let [level, count] = [0, size]; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

/**
 * The tiles that are new or changed once leaves are appended to a tree of a size.
 *
 * @param partials the tiles that `partialTiles(size)` names
 * @throws AppError `audit_damaged` when one of them is missing or has another width than the size says
 */
export function growTiles(size: number, leaves: readonly Buffer[], partials: readonly Tile[]): Tile[] {
  const grown: Tile[] = [];
  let added = leaves;
  for (let [level, count] = [0, size]; added.length > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const tiles = growLevel({ level, index: Math.floor(count / TILE_WIDTH) }, count, added, partials);
    grown.push(...tiles);
    // Only a full tile has a hash in the level above.
    added = tiles.filter(isFull).map(({ bytes }) => perfectRoot(bytes));
  }
  return grown;
}

function growLevel(
  first: TilePlace,
  count: number,
  added: readonly Buffer[],
  partials: readonly Tile[],
): Tile[] {
  const { level } = first;
  const begun = partials.find((tile) => tile.level === level && tile.index === first.index);
  const width = count % TILE_WIDTH;
  const held = begun?.bytes ?? Buffer.alloc(0);
  if (held.length !== width * HASH_BYTES)
    throw damaged(first, `${held.length / HASH_BYTES} hashes where the tree's size asks for ${width}`);
  const all = Buffer.concat([held, ...added]);
  const tiles: Tile[] = [];
  for (let start = 0; start < all.length; start += TILE_WIDTH * HASH_BYTES) {
    const bytes = all.subarray(start, start + TILE_WIDTH * HASH_BYTES);
    tiles.push({ level, index: first.index + tiles.length, bytes });
  }
  return tiles;
}

/**
 * Nodes out of tiles. It remembers the tiles it has read, so use one source for one question: the last
 * tiles change when the tree grows.
 *
 * Its `readNode` throws `audit_damaged` for a node whose tile is missing or too short.
 */
export function nodesFromTiles(
  readTile: (level: number, index: number) => Promise<Buffer | undefined>,
): NodeSource {
  const known = new Map<string, Buffer | undefined>();
  async function tile({ level, index }: TilePlace): Promise<Buffer | undefined> {
    const key = `${level}/${index}`;
    if (!known.has(key)) known.set(key, await readTile(level, index));
    return known.get(key);
  }
  return {
    async readNode(level, index) {
      const width = 2 ** (level % TILE_HEIGHT);
      const perTile = TILE_WIDTH / width;
      const place = { level: Math.floor(level / TILE_HEIGHT), index: Math.floor(index / perTile) };
      const bytes = await tile(place);
      const start = (index % perTile) * width * HASH_BYTES;
      const end = start + width * HASH_BYTES;
      if (bytes === undefined) throw damaged(place, 'it is missing');
      if (bytes.length < end) throw damaged(place, 'it is too short');
      return perfectRoot(bytes.subarray(start, end));
    },
  };
}

/** The root over a power of two of hashes. */
function perfectRoot(bytes: Buffer): Buffer {
  if (bytes.length === HASH_BYTES) return Buffer.from(bytes);
  const middle = bytes.length / 2;
  return nodeHash(perfectRoot(bytes.subarray(0, middle)), perfectRoot(bytes.subarray(middle)));
}

function isFull({ bytes }: Tile): boolean {
  return bytes.length === TILE_WIDTH * HASH_BYTES;
}

function damaged({ level, index }: TilePlace, what: string): AppError {
  return new AppError(
    'audit_damaged',
    `Tile ${index} of level ${level} of the audit log is not whole: ${what}. Restore it from a backup.`,
  );
}
