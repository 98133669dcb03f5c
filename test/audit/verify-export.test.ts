import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { signCheckpoint, signHandOver } from '../../src/audit/checkpoint.ts';
import type { ExportedLeaf } from '../../src/audit/export-format.ts';
import { createFrontier } from '../../src/audit/merkle.ts';
import {
  assertFirst,
  check,
  exportLines,
  leafFor,
  newLog,
  newSigner,
  notesOf,
  ORIGIN,
  recordNumber,
  sealed,
  verifyLines,
  type Log,
} from './log-fixture.ts';

const log = newLog(30);
const publicKeys = [log.signer.verifier.text];
const anchored = notesOf(log);
const changed = { reason: 'another reason' };
/** What the row at a position says once its owner changed it, with its recorded hash or without. */
const withRow = (at: number, leaf: ExportedLeaf): Log => ({
  ...log,
  leaves: log.leaves.toSpliced(at, 1, leaf),
});

describe('somebody who edits the file', () => {
  it('is found whatever line is taken out, doubled, moved or altered', async () => {
    const lines = await exportLines(log);
    const at = fc.integer({ min: 1, max: lines.length - 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('remove', 'double', 'swap', 'alter'),
        at,
        fc.nat(),
        async (how, line, pick) => {
          const text = lines[line] ?? '';
          const place = pick % text.length;
          const altered = {
            remove: () => lines.toSpliced(line, 1),
            double: () => lines.toSpliced(line, 0, text),
            swap: () =>
              lines.with(line, lines[line === 1 ? 2 : line - 1] ?? '').with(line === 1 ? 2 : line - 1, text),
            alter: () =>
              lines.with(
                line,
                text.slice(0, place) + (text[place] === '1' ? '2' : '1') + text.slice(place + 1),
              ),
          }[how]();
          const checkpointsAlone = how !== 'alter' && text.startsWith('{"checkpoint"');
          const { ok } = await verifyLines(altered, { publicKeys });
          // A checkpoint that is missing or doubled alters no entry: the next one covers them as well.
          if (!(checkpointsAlone && how !== 'swap')) assert.equal(ok, false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is found where lines are missing, come twice, or come in another order', async () => {
    const lines = await exportLines(log);
    const line = lines.findIndex((text) => text.startsWith('{"position":9,'));
    assertFirst(await verifyLines(lines.toSpliced(line, 1), { publicKeys }), 'removed', 9, 10);
    assertFirst(
      await verifyLines(lines.toSpliced(line, 0, lines[line] ?? ''), { publicKeys }),
      'inserted',
      9,
      10,
      '10',
    );
    const swapped = lines.with(line, lines[line + 1] ?? '').with(line + 1, lines[line] ?? '');
    assertFirst(await verifyLines(swapped, { publicKeys }), 'reordered', 9, 10);
    assertFirst(await verifyLines(lines.slice(0, line), { publicKeys }), 'truncated', 9, 30);
    assertFirst(await verifyLines(lines.slice(0, -1), { publicKeys }), 'truncated', 30, 30);
    assertFirst(await verifyLines([...lines, lines[line] ?? ''], { publicKeys }), 'unreadable', 30, 31);
  });

  it('cannot show a reader something else than the verifier sees', async () => {
    const lines = await exportLines(log);
    const line = lines.findIndex((text) => text.startsWith('{"position":9,'));
    for (const [what, by] of [
      ['"action":', '"action":"session.held","action":'],
      [',"entry":', ', "entry":'],
      ['}}', '},"note":"approved"}'],
      ['"session.deleted"', '"\\u0073ession.deleted"'],
    ] as const) {
      const altered = lines.with(line, (lines[line] ?? '').replace(what, by));
      assertFirst(await verifyLines(altered, { publicKeys }), 'unreadable', 9, 10);
    }
  });

  it('gains nothing by saying in the header that the export is shorter', async () => {
    const lines = await exportLines(log, { to: 5 });
    const forged = lines.map((text) => text.replace('without an answer', 'with an answer'));
    assert.equal((await verifyLines(forged, { publicKeys })).ok, false);
    const resealed = withRow(29, leafFor(29, recordNumber(30, changed)));
    assertFirst(
      await verifyLines(await exportLines(resealed, { to: 5 }), { publicKeys }),
      'rewritten',
      28,
      30,
    );
  });
});

describe('a log that its own retention rule has cut', () => {
  const tree = createFrontier();
  for (const { leaf } of log.leaves.slice(0, 12)) tree.append(leaf);
  const rest = { ...log, leaves: log.leaves.slice(12), checkpoints: log.checkpoints.slice(3) };
  const head = { origin: ORIGIN, size: 12, root: tree.root() };
  const cut = { frontier: tree.state(), checkpoint: signCheckpoint({ ...head, cut: true }, [log.signer]) };
  const uncut = { ...cut, checkpoint: signCheckpoint(head, [log.signer]) };

  it('is confirmed from the signed cut on, against older checkpoints of the anchor too', async () => {
    const report = await verifyLines(await exportLines(rest, { from: 12, before: cut }), {
      publicKeys,
      anchored,
    });
    assert.equal(report.ok, true);
    assert.deepEqual([report.cut, report.from, report.until, report.anchored], [true, 12, 30, 6]);
  });

  it('cannot be told from a hole without a signature that says it was cut', async () => {
    const lines = await exportLines(rest, { from: 12, before: uncut });
    assertFirst(await verifyLines(lines, { publicKeys }), 'removed', 0, 12);
    assert.equal((await verifyLines(lines, { publicKeys, part: true })).ok, true);
    assertFirst(
      await verifyLines(await exportLines(rest, { from: 12 }), { publicKeys, part: true }),
      'removed',
      0,
      12,
    );
  });

  it('is found when what the export says of the tree before is not what was signed', async () => {
    const other = createFrontier();
    for (const { leaf } of log.leaves.slice(1, 13)) other.append(leaf);
    for (const before of [
      { ...cut, frontier: other.state() },
      { ...cut, frontier: { ...tree.state(), size: 13 } },
      { ...cut, checkpoint: signCheckpoint({ ...head, cut: true }, [newSigner()]) },
      { ...cut, checkpoint: signCheckpoint({ ...head, size: 8, cut: true }, [log.signer]) },
    ]) {
      const lines = await exportLines(rest, { from: 12, before });
      assertFirst(await verifyLines(lines, { publicKeys }), 'removed', 0, 12);
    }
    const shifted = await exportLines({ ...rest, leaves: rest.leaves.slice(1) }, { from: 12, before: cut });
    assertFirst(await verifyLines(shifted, { publicKeys }), 'removed', 12, 13);
  });

  it('may be exported in part: the end then need not be the one that the anchor knows', async () => {
    const part = { ...log, leaves: log.leaves.slice(0, 20), checkpoints: log.checkpoints.slice(0, 5) };
    assert.equal((await check(part, { anchored, part: true })).ok, true);
  });
});

describe('a log whose key was changed', () => {
  const next = newSigner();
  const tree = createFrontier();
  for (const { leaf } of log.leaves.slice(0, 12)) tree.append(leaf);
  const handOver = signHandOver({ origin: ORIGIN, size: 12, root: tree.root() }, log.signer, next);
  const later = sealed(log.leaves, next).checkpoints.filter(({ size }) => size > 12);
  const checkpoints = [...log.checkpoints.slice(0, 3), { size: 12, note: handOver }, ...later];

  it('is confirmed with the old key and with the new one', async () => {
    const lines = await exportLines({ ...log, checkpoints }, { handOvers: [handOver] });
    for (const signer of [log.signer, next])
      assert.equal((await verifyLines(lines, { publicKeys: [signer.verifier.text] })).ok, true);
    const without = await exportLines({ ...log, checkpoints });
    assert.equal((await verifyLines(without, { publicKeys })).ok, false);
    assert.equal((await verifyLines(without, { publicKeys, anchored: [handOver] })).ok, true);
  });

  it('shows what the old key signs afterwards, and a hand-over to two', async () => {
    const lines = await exportLines(log, { handOvers: [handOver] });
    assertFirst(await verifyLines(lines, { publicKeys }), 'bad_checkpoint', 12, 16);
    const other = signHandOver({ origin: ORIGIN, size: 12, root: tree.root() }, log.signer, newSigner());
    const report = await verifyLines(await exportLines({ ...log, checkpoints }, { handOvers: [handOver] }), {
      publicKeys,
      anchored: [other],
    });
    assert.ok(report.findings.some(({ problem }) => problem === 'diverged'));
  });
});
