import type { Kysely, Transaction } from 'kysely';
import type { Anchor } from '../audit/anchor.ts';
import { leafOf, recordOf, type AuditRecord } from '../audit/canonical.ts';
import { signCheckpoint, type Checkpoint } from '../audit/checkpoint.ts';
import { createKeyChain } from '../audit/key-chain.ts';
import { consistencyProof, rootAt, verifyConsistency, type NodeSource } from '../audit/proofs.ts';
import { handOversOf, type SigningKeys } from '../audit/signing-keys.ts';
import { growTiles, nodesFromTiles, partialTiles, type Tile } from '../audit/tiles.ts';
import { entryOf, type AuditRow } from '../db/audit.ts';
import {
  handOvers,
  insertCheckpoint,
  markAnchored,
  newestAnchored,
  newestCheckpoint,
  unanchored,
  unlessBusy,
  whileSigning,
} from '../db/audit-checkpoints.ts';
import { lockTree, pendingEntries, readTile, treeState, writeLeaves } from '../db/audit-tree.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';

/** What keeps the audit log. */
export interface AuditLogDeps {
  readonly db: Kysely<Tables>;
  /** The log's name. */
  readonly origin: string;
  readonly keys: SigningKeys;
  /** Absent where none is set up: then nobody but the holder of the key vouches for the log. */
  readonly anchor?: Anchor | undefined;
}

/** So many entries get their place in one transaction: some 50 ms of work. */
const BATCH = 2_000;
const ANCHORED_AT_ONCE = 100;

/** An entry in the form its leaf is made of. */
export function recordOfRow(row: AuditRow): AuditRecord {
  return recordOf(row.seq, entryOf(row));
}

/** The nodes of the tree as the database has them. */
export function nodesOf(db: Kysely<Tables>): NodeSource {
  return nodesFromTiles((level, index) => readTile(db, level, index));
}

/**
 * Gives committed entries their place in the tree. One process does at a time; the others find the tree
 * locked and have nothing to do.
 *
 * @returns how many got their place
 */
export async function sequenceEntries({ db }: Pick<AuditLogDeps, 'db'>): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const size = await lockTree(tx);
    if (size === undefined) return 0;
    const entries = await pendingEntries(tx, BATCH);
    if (entries.length === 0) return 0;
    const tiles = growTiles(
      size,
      entries.map((row) => leafOf(recordOfRow(row))),
      await readPartials(tx, size),
    );
    await writeLeaves(tx, { size, seqs: entries.map(({ seq }) => seq), tiles });
    return entries.length;
  });
}

async function readPartials(tx: Transaction<Tables>, size: number): Promise<Tile[]> {
  const tiles: Tile[] = [];
  for (const { level, index } of partialTiles(size)) {
    const bytes = await readTile(tx, level, index);
    if (bytes) tiles.push({ level, index, bytes });
  }
  return tiles;
}

/**
 * Signs the head of the tree, if it grew since the last one.
 *
 * @param pace a head that is younger than so many milliseconds will do: another process signed it
 * @returns whether it did
 * @throws AppError `audit_damaged` when the tree is not the one that was signed before, and grown since
 */
export async function signHead(deps: AuditLogDeps, now: Date, pace = 0): Promise<boolean> {
  const { db, origin, keys } = deps;
  return whileSigning(db, async () => {
    const { size } = await treeState(db);
    const last = await newestCheckpoint(db);
    if (size === 0 || last?.size === size) return false;
    // One dated ahead of now was signed under a wrong clock: waiting for it could take years.
    if (last && Math.abs(now.getTime() - last.at.getTime()) < pace) return false;
    const nodes = nodesOf(db);
    const head = { origin, size, root: await rootAt(nodes, size) };
    if (last) await assertGrown(deps, last.note, head, nodes);
    const note = signCheckpoint(head, await keys.signers());
    await insertCheckpoint(db, { size, note, handOver: false, now });
    return true;
  });
}

/** Whoever rewrote the tree does not get it signed as well. */
async function assertGrown(deps: AuditLogDeps, note: string, head: Checkpoint, nodes: NodeSource) {
  const own = await deps.keys.list();
  const believed = own.map(({ verifier }) => verifier);
  const last = createKeyChain(believed, [...handOversOf(own), ...(await handOvers(deps.db))]).open(note);
  const [first, second] = [last.size, head.size];
  const grown =
    first <= second &&
    verifyConsistency({
      ...{ first, second, firstRoot: last.root, secondRoot: head.root },
      proof: await consistencyProof(nodes, first, second),
    });
  if (!grown)
    throw new AppError(
      'audit_damaged',
      `The audit log of ${second} entries is not the one whose ${first} were signed: it was rewritten, so its head is not signed. Run: retention audit verify`,
    );
}

/**
 * Brings signed heads to the anchor, oldest first. One process does at a time.
 *
 * @returns how many
 * @throws AppError `audit_damaged` when the anchor knows another history, `store_unavailable` when it is away
 */
export async function anchorHeads(deps: AuditLogDeps, now: Date): Promise<number> {
  const { db, anchor } = deps;
  if (!anchor) return 0;
  const done = await unlessBusy(db, 'anchor', async () => {
    let known = (await newestAnchored(db))?.size;
    const waiting = await unanchored(db, ANCHORED_AT_ONCE);
    for (const { id, note, size } of waiting) {
      await anchor.add(note, proofs(db), known);
      await markAnchored(db, id, now);
      known = Math.max(known ?? 0, size);
    }
    return waiting.length;
  });
  return done ?? 0;
}

/** Consistency proofs out of the tree as it is now. */
export function proofs(db: Kysely<Tables>) {
  return (first: number, second: number) => consistencyProof(nodesOf(db), first, second);
}
