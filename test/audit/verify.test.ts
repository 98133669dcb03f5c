import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import type { ExportedLeaf } from '../../src/audit/export-format.ts';
import { writeExport } from '../../src/audit/export-format.ts';
import { createFrontier } from '../../src/audit/merkle.ts';
import {
  assertFirst,
  check,
  EVERY,
  exportLines,
  leafFor,
  newLog,
  newSigner,
  notesOf,
  ORIGIN,
  recordNumber,
  renumbered,
  sealed,
  verifyLines,
  type Log,
} from './log-fixture.ts';

const log = newLog(30);
const publicKeys = [log.signer.verifier.text];
const anchored = notesOf(log);
const noEntry = ({ position, leaf }: ExportedLeaf): ExportedLeaf => ({ position, leaf });
const changed = { reason: 'another reason' };
/** What the row at a position says once its owner changed it, with its recorded hash or without. */
const withRow = (at: number, leaf: ExportedLeaf): Log => ({
  ...log,
  leaves: log.leaves.toSpliced(at, 1, leaf),
});

describe('an export that nobody altered', () => {
  it('is confirmed with the public key alone, and its progress told', async () => {
    const told: [number, number][] = [];
    const report = await check(log, { onProgress: (...now) => told.push(now) });
    assert.equal(report.ok, true);
    assert.equal(report.first, undefined);
    assert.deepEqual([report.from, report.until, report.entries, report.checkpoints], [0, 30, 30, 8]);
    assert.equal(report.head?.size, 30);
    assert.deepEqual(told.at(-1), [30, 30]);
  });

  it('is confirmed against the anchor, whatever its length', async () => {
    for (const count of [0, 1, 3, EVERY, 17]) {
      const whole = newLog(count, log.signer);
      const report = await check(whole, { anchored: notesOf(whole) });
      const nothing = count === 0;
      // Without any checkpoint there is no log to believe.
      assert.equal(report.ok, !nothing);
      assert.equal(report.anchored, whole.checkpoints.length);
    }
  });

  it('names the key of another log as the fault, and not an entry', async () => {
    const report = await check(log, { publicKeys: [newSigner().verifier.text] });
    assert.equal(report.first?.problem, 'bad_checkpoint');
    assert.equal(report.findingCount, 1);
    assert.equal(report.head, undefined);
    await assert.rejects(check(log, { publicKeys: ['nonsense'] }), { code: 'input_invalid' });
  });

  it('is refused when it is none, or one of a later version', async () => {
    for (const lines of [[], [''], ['{}'], ['nonsense']])
      await assert.rejects(verifyLines(lines, { publicKeys }), {
        code: 'input_invalid',
        message: /not the header/,
      });
    const [header = '', ...rest] = await exportLines(log);
    const later = header.replace('"version":1', '"version":2');
    await assert.rejects(verifyLines([later, ...rest], { publicKeys }), {
      code: 'input_invalid',
      message: /newer/,
    });
  });
});

describe('an owner of the table who changes rows', () => {
  it('is found at each entry, by position and number', async () => {
    for (const at of log.leaves.keys()) {
      const leaf = log.leaves[at];
      assert.ok(leaf);
      const report = await check(withRow(at, { ...leaf, entry: recordNumber(at + 1, changed) }), {
        anchored,
      });
      assertFirst(report, 'changed', at, at + 1, String(at + 1));
      assert.equal(report.findingCount, 1, 'the recorded hashes confirm all others');
    }
  });

  it('is found at every one of several entries', async () => {
    const leaves = log.leaves.map((leaf) =>
      [3, 4, 20].includes(leaf.position)
        ? { ...leaf, entry: recordNumber(leaf.position + 1, changed) }
        : leaf,
    );
    const { findings } = await check({ ...log, leaves });
    assert.deepEqual(
      findings.map(({ problem, from }) => [problem, from]),
      [
        ['changed', 3],
        ['changed', 4],
        ['changed', 20],
      ],
    );
  });

  it('is found when one row is overwritten with a copy of another', async () => {
    for (const [at, from] of [
      [5, 6],
      [6, 5],
      [5, 20],
      [20, 5],
    ] as const) {
      const [leaf, other] = [log.leaves[at], log.leaves[from]];
      assert.ok(leaf && other?.entry);
      assertFirst(
        await check(withRow(at, { ...leaf, entry: other.entry })),
        'changed',
        at,
        at + 1,
        String(from + 1),
      );
    }
  });

  it('is found between two checkpoints when the recorded hash was changed as well', async () => {
    for (const [at, from, until] of [
      [0, 0, 4],
      [5, 4, 8],
      [7, 4, 8],
      [29, 28, 30],
    ] as const) {
      const forged = withRow(at, leafFor(at, recordNumber(at + 1, changed)));
      assertFirst(await check(forged), 'rewritten', from, until);
      assertFirst(await check(forged, { anchored }), 'rewritten', from, until);
    }
  });

  it('is found in a narrower range when only the anchor has the checkpoint in between', async () => {
    const forged = withRow(13, leafFor(13, recordNumber(14, changed)));
    const few = {
      ...forged,
      checkpoints: forged.checkpoints.filter(({ size }) => size === 8 || size === 30),
    };
    assertFirst(await check(few), 'rewritten', 8, 30);
    assertFirst(await check(few, { anchored }), 'rewritten', 12, 16);
  });

  it('is found by its signature when a checkpoint was made to fit without the key', async () => {
    const forged = withRow(5, leafFor(5, recordNumber(6, changed)));
    const resealed = sealed(forged.leaves, newSigner());
    assertFirst(await check(resealed, { publicKeys }), 'bad_checkpoint', 0, 4);
    const report = await check(resealed, { publicKeys, anchored });
    assert.ok(
      report.findings.some((one) => one.problem === 'rewritten' && one.from === 4 && one.until === 8),
    );
  });
});

describe('an owner of the table who removes, inserts or moves rows', () => {
  it('is found when the row is gone and its hash is left', async () => {
    const [leaf] = log.leaves.slice(9);
    assert.ok(leaf);
    assertFirst(await check(withRow(9, { ...noEntry(leaf), seq: '10' })), 'removed', 9, 10, '10');
    assertFirst(await check(withRow(9, noEntry(leaf))), 'removed', 9, 10);
  });

  it('is found when row and hash are gone', async () => {
    for (const count of [1, 3]) {
      const leaves = log.leaves.toSpliced(9, count);
      assertFirst(await check({ ...log, leaves }), 'removed', 9, 9 + count);
    }
  });

  it('is found when the rows after it moved up', async () => {
    for (const count of [1, 2]) {
      const entries = log.leaves.map(({ entry }) => entry).toSpliced(9, count);
      const leaves = log.leaves.map((leaf, at) => {
        const entry = entries[at];
        return entry ? { ...noEntry(leaf), entry } : noEntry(leaf);
      });
      const report = await check({ ...log, leaves });
      assertFirst(report, 'removed', 9, 9 + count);
      assert.equal(report.findingCount, 1);
    }
  });

  it('is found between two checkpoints when all after it was renumbered', async () => {
    const report = await check({ ...log, leaves: renumbered(log.leaves.toSpliced(9, 1)) }, { anchored });
    assertFirst(report, 'rewritten', 8, 12);
  });

  it('is found when a row was put between others', async () => {
    const entries = log.leaves.flatMap(({ entry }) => entry ?? []).toSpliced(9, 0, recordNumber(99));
    const leaves = log.leaves.flatMap((leaf, at) => {
      const entry = entries[at];
      return entry ? [{ ...leaf, entry }] : [];
    });
    const report = await check({ ...log, leaves });
    assertFirst(report, 'inserted', 9, 10, '99');
  });

  it('is found when a row was put between others with a hash of its own', async () => {
    const leaves = renumbered(log.leaves.toSpliced(9, 0, leafFor(9, recordNumber(99))));
    assertFirst(await check({ ...log, leaves }), 'rewritten', 8, 12);
  });

  it('is found when a row is in the table and in no leaf', async () => {
    const last = log.checkpoints.at(-1);
    assert.ok(last);
    const lines: string[] = [];
    const header = { origin: ORIGIN, from: 0, to: 30, checkpoint: last.note, handOvers: [] };
    for await (const line of writeExport({ header, ...log, strays: [recordNumber(99)] }))
      lines.push(line.slice(0, -1));
    assertFirst(await verifyLines(lines, { publicKeys }), 'inserted', 30, 30, '99');
  });

  it('is found when two rows changed places', async () => {
    for (const [one, other] of [
      [9, 10],
      [2, 25],
    ] as const) {
      const [first, second] = [log.leaves[one], log.leaves[other]];
      assert.ok(first?.entry && second?.entry);
      const leaves = log.leaves
        .with(one, { ...first, entry: second.entry })
        .with(other, { ...second, entry: first.entry });
      const report = await check({ ...log, leaves });
      assertFirst(report, 'reordered', one, one + 1, String(other + 1));
      assert.equal(report.findingCount, 1);
      const withHashes = renumbered(log.leaves.with(one, second).with(other, first));
      assertFirst(
        await check({ ...log, leaves: withHashes }),
        'rewritten',
        one - (one % EVERY),
        one - (one % EVERY) + EVERY,
      );
    }
  });

  it('is found when the end was cut off: without the anchor by its checkpoint, with it in any case', async () => {
    const cutRows = { ...log, leaves: log.leaves.slice(0, 25) };
    assertFirst(await check(cutRows), 'truncated', 25, 30);
    const cutAll = { ...cutRows, leaves: log.leaves.slice(0, 24), checkpoints: log.checkpoints.slice(0, 6) };
    assert.equal((await check(cutAll)).ok, true, 'an older export looks just the same');
    assertFirst(await check(cutAll, { anchored }), 'truncated', 24, 30);
    const cutCheckpoints = { ...cutRows, checkpoints: log.checkpoints.slice(0, 6) };
    assertFirst(await check(cutCheckpoints), 'unsealed', 24, 25);
  });
});

describe('somebody who has everything but the anchor', () => {
  it('is found by the two heads, where the histories part', async () => {
    const forged = withRow(13, leafFor(13, recordNumber(14, changed)));
    const resealed = sealed(forged.leaves, log.signer);
    assert.equal((await check(resealed)).ok, true, 'the key alone cannot tell');
    assertFirst(await check(resealed, { anchored }), 'diverged', 12, 16);
  });

  it('is found when the false history has no head of a size that the anchor knows', async () => {
    const forged = withRow(13, leafFor(13, recordNumber(14, changed)));
    const [last] = sealed(forged.leaves, log.signer).checkpoints.slice(-1);
    assert.ok(last);
    const resealed = { ...forged, checkpoints: [last] };
    const before30 = anchored.slice(0, -1);
    assertFirst(await check(resealed, { anchored: before30 }), 'rewritten', 12, 16);
  });

  it('is found when the log was cut and signed anew, or grew another end', async () => {
    const shorter = sealed(log.leaves.slice(0, 22), log.signer);
    assertFirst(await check(shorter, { anchored }), 'truncated', 22, 30);
    const other = sealed(
      [...log.leaves.slice(0, 28), ...[28, 29, 30, 31].map((at) => leafFor(at, recordNumber(at + 100)))],
      log.signer,
    );
    assertFirst(await check(other, { anchored }), 'rewritten', 28, 30);
  });

  it('is found when the anchor itself holds two heads of one size', async () => {
    const other = sealed(withRow(13, leafFor(13, recordNumber(14, changed))).leaves, log.signer);
    const report = await check(log, { anchored: [...anchored, ...notesOf(other)] });
    assertFirst(report, 'diverged', 12, 16);
  });

  it('does not turn the entries false by signing a false checkpoint beside them', async () => {
    const head = { origin: ORIGIN, size: 12, root: createFrontier().root() };
    const note = signCheckpoint(head, [log.signer]);
    const checkpoints = log.checkpoints.map((one) => (one.size === 12 ? { size: 12, note } : one));
    const report = await check({ ...log, checkpoints }, { anchored });
    assert.deepEqual(report.findings.map(({ problem }) => problem).sort(), ['bad_checkpoint', 'diverged']);
  });
});
