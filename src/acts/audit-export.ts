import type { Kysely } from 'kysely';
import { parseCheckpoint } from '../audit/checkpoint.ts';
import { writeExport, type ExportedLeaf, type ExportSource } from '../audit/export-format.ts';
import { HASH_BYTES } from '../audit/merkle.ts';
import { inclusionProof } from '../audit/proofs.ts';
import { createReceipt, type Receipt } from '../audit/receipt.ts';
import { TILE_WIDTH } from '../audit/tiles.ts';
import type { AuditRow } from '../db/audit.ts';
import {
  checkpointCovering,
  checkpointsOf,
  handOvers,
  newestCheckpoint,
  readCheckpoints,
  type StoredCheckpoint,
} from '../db/audit-checkpoints.ts';
import {
  placeOfEntry,
  readLeaves,
  readTile,
  strayEntries,
  treeState,
  type TreeState,
} from '../db/audit-tree.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { nodesOf, recordOfRow } from './audit-log.ts';

/**
 * The whole log up to its newest signed head, line by line, as the offline verifier reads it: as it stands in
 * one moment, however long the reading takes.
 *
 * @throws AppError `not_found` before the first head is signed
 */
export async function* exportLog(db: Kysely<Tables>, origin: string): AsyncGenerator<string> {
  const moment = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    const head = await newestCheckpoint(moment);
    if (!head) throw nothingSigned();
    const state = await treeState(moment);
    yield* writeExport({
      header: await headerOf(moment, origin, head, state),
      leaves: exportedLeaves(moment, state.cutAt, head.size),
      checkpoints: upTo(head.size, readCheckpoints(moment, state.cutAt + 1)),
      strays: strays(moment),
    });
  } finally {
    await moment.rollback().execute();
  }
}

/** From which entry to which an export reaches now. @throws AppError `not_found` */
export async function exportedRange(db: Kysely<Tables>): Promise<{ from: number; to: number }> {
  const [head, { cutAt }] = [await newestCheckpoint(db), await treeState(db)];
  if (!head) throw nothingSigned();
  return { from: cutAt, to: head.size };
}

async function headerOf(
  db: Kysely<Tables>,
  origin: string,
  head: StoredCheckpoint,
  { cutAt, cutFrontier }: TreeState,
): Promise<ExportSource['header']> {
  const cut = cutAt > 0 ? await cutCheckpoint(db, cutAt) : undefined;
  return {
    origin,
    from: cutAt,
    to: head.size,
    checkpoint: head.note,
    handOvers: await handOvers(db),
    ...(cut && cutFrontier && { before: { frontier: cutFrontier, checkpoint: cut.note } }),
  };
}

/** The head that says the log was cut there; damage where there is none is for the verifier to name. */
async function cutCheckpoint(db: Kysely<Tables>, size: number): Promise<StoredCheckpoint | undefined> {
  const signed = await checkpointsOf(db, size);
  return signed.findLast(({ note }) => parseCheckpoint(note).checkpoint.cut) ?? signed.at(-1);
}

async function* exportedLeaves(
  db: Kysely<Tables>,
  from: number,
  until: number,
): AsyncGenerator<ExportedLeaf> {
  let tile: { index: number; bytes: Buffer } | undefined;
  for await (const { position, seq, entry } of readLeaves(db, from, until)) {
    const index = Math.floor(position / TILE_WIDTH);
    // The hash as the tree has it, not made anew from the row: so a row that was changed is told from one that was not.
    if (tile?.index !== index) tile = { index, bytes: (await readTile(db, 0, index)) ?? Buffer.alloc(0) };
    const at = (position % TILE_WIDTH) * HASH_BYTES;
    const leaf = tile.bytes.subarray(at, at + HASH_BYTES);
    yield entry ? { position, leaf, entry: recordOfRow(entry) } : { position, leaf, seq: String(seq) };
  }
}

async function* upTo(size: number, checkpoints: AsyncIterable<StoredCheckpoint>) {
  for await (const checkpoint of checkpoints) if (checkpoint.size <= size) yield checkpoint;
}

async function* strays(db: Kysely<Tables>) {
  for (const row of await strayEntries(db)) yield recordOfRow(row);
}

/**
 * The proof that an entry is in the log: the entry, its path to a signed head, and the head.
 *
 * @param key the public key that signs now
 * @throws AppError `rows_changed` while the entry waits for its place or the next signed head
 */
export async function receiptFor(db: Kysely<Tables>, row: AuditRow, key: string): Promise<Receipt> {
  const position = await placeOfEntry(db, row.seq);
  const head = position === undefined ? undefined : await checkpointCovering(db, position);
  if (position === undefined || !head)
    throw new AppError(
      'rows_changed',
      `Audit entry ${row.seq} is not under a signed head yet. One is signed every few minutes: try again then.`,
    );
  return createReceipt({
    entry: recordOfRow(row),
    position,
    proof: await inclusionProof(nodesOf(db), position, head.size),
    checkpoint: head.note,
    key,
    handOvers: await handOvers(db),
  });
}

function nothingSigned(): AppError {
  return new AppError(
    'not_found',
    'No head of the audit log is signed yet. The service signs one within minutes of the first entry.',
  );
}
