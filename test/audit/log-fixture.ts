import assert from 'node:assert/strict';
import { recordOf, leafOf, type AuditRecord } from '../../src/audit/canonical.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import {
  writeExport,
  type ExportedLeaf,
  type ExportHeader,
  type SizedNote,
} from '../../src/audit/export-format.ts';
import { linesOf } from '../../src/audit/lines.ts';
import { createFrontier } from '../../src/audit/merkle.ts';
import { newSignerText, readSigner, type NoteSigner } from '../../src/audit/note.ts';
import type { Problem } from '../../src/audit/findings.ts';
import type { NodeSource } from '../../src/audit/proofs.ts';
import { growTiles, nodesFromTiles, partialTiles, type Tile } from '../../src/audit/tiles.ts';
import { verifyExport, type VerifyOptions, type VerifyReport } from '../../src/audit/verify.ts';

export const ORIGIN = 'example.com/audit';

export function newSigner(): NoteSigner {
  return readSigner(newSignerText(ORIGIN));
}

export function recordNumber(n: number, changes: Partial<AuditRecord> = {}): AuditRecord {
  const record = recordOf(n, {
    at: new Date(Date.UTC(2026, 0, 1) + n * 1000),
    actor: { kind: 'staff', id: `staff-${n % 3}`, role: 'supervisor' },
    source: { workflowId: `session:${n}`, runId: `run-${n}`, activity: 'deleteArchive' },
    action: 'session.deleted',
    object: { kind: 'session', id: `session-${n}` },
    projectId: 'support',
    counts: { messages: n, revisions: 2 * n },
    reason: 'the window ended\u2028without an answer',
    opId: `op-${n}`,
  });
  return { ...record, ...changes };
}

/** A log as the tables hold it: leaves with their entries, and a signed checkpoint of every fourth size. */
export interface Log {
  readonly leaves: readonly ExportedLeaf[];
  readonly checkpoints: readonly SizedNote[];
  readonly signer: NoteSigner;
}

export const EVERY = 4;

/** Signs the tree that leaves make: what an honest service does, or whoever has its key. */
export function sealed(leaves: readonly ExportedLeaf[], signer: NoteSigner): Log {
  const tree = createFrontier();
  const checkpoints: SizedNote[] = [];
  for (const { leaf } of leaves) {
    tree.append(leaf);
    if (tree.size % EVERY !== 0 && tree.size !== leaves.length) continue;
    const head = { origin: ORIGIN, size: tree.size, root: tree.root() };
    checkpoints.push({ size: tree.size, note: signCheckpoint(head, [signer]) });
  }
  return { leaves, checkpoints, signer };
}

export function leafFor(position: number, entry: AuditRecord): ExportedLeaf {
  return { position, leaf: leafOf(entry), entry };
}

export function newLog(count: number, signer = newSigner()): Log {
  return sealed(
    Array.from({ length: count }, (_, position) => leafFor(position, recordNumber(position + 1))),
    signer,
  );
}

/** Entries and recorded hashes each in the order given, at the positions from 0 on. */
export function renumbered(leaves: readonly ExportedLeaf[]): ExportedLeaf[] {
  return leaves.map((leaf, position) => ({ ...leaf, position }));
}

export async function exportLines(log: Log, header: Partial<ExportHeader> = {}): Promise<string[]> {
  const last = log.checkpoints.at(-1);
  const lines = writeExport({
    header: {
      origin: ORIGIN,
      from: 0,
      to: last?.size ?? 0,
      checkpoint: last?.note ?? '',
      handOvers: [],
      ...header,
    },
    leaves: log.leaves,
    checkpoints: log.checkpoints,
  });
  const all: string[] = [];
  for await (const line of lines) all.push(line.slice(0, -1));
  return all;
}

export function verifyLines(lines: readonly string[], options: VerifyOptions): Promise<VerifyReport> {
  return verifyExport(linesOf([Buffer.from(lines.map((line) => `${line}\n`).join(''))]), options);
}

/** Exports the log and checks it with its own key. */
export async function check(log: Log, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  return verifyLines(await exportLines(log), { publicKeys: [log.signer.verifier.text], ...options });
}

export function notesOf(log: Log): string[] {
  return log.checkpoints.map(({ note }) => note);
}

/** A store of tiles, grown by steps. */
export function createTileStore() {
  const tiles = new Map<string, Tile>();
  let size = 0;
  return {
    tiles,
    append(leaves: readonly Buffer[]): void {
      const partials = partialTiles(size).flatMap(({ level, index }) => tiles.get(`${level}/${index}`) ?? []);
      for (const tile of growTiles(size, leaves, partials)) tiles.set(`${tile.level}/${tile.index}`, tile);
      size += leaves.length;
    },
    nodes: (): NodeSource =>
      nodesFromTiles((level, index) => Promise.resolve(tiles.get(`${level}/${index}`)?.bytes)),
  };
}

/** That the finding at the lowest position is this one. */
export function assertFirst(
  report: VerifyReport,
  problem: Problem,
  from: number,
  until: number,
  seq?: string,
): void {
  assert.equal(report.ok, false);
  const { first } = report;
  assert.deepEqual(
    { problem: first?.problem, from: first?.from, until: first?.until, seq: first?.seq },
    { problem, from, until, seq },
    JSON.stringify(report.findings, null, 1),
  );
}
