import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { leafOf, recordOf } from '../../src/audit/canonical.ts';
import { signCheckpoint, signHandOver } from '../../src/audit/checkpoint.ts';
import { inclusionProof, rootAt } from '../../src/audit/proofs.ts';
import { createReceipt, verifyReceipt, type Receipt } from '../../src/audit/receipt.ts';
import { createTileStore, newLog, newSigner, ORIGIN, recordNumber } from './log-fixture.ts';

const log = newLog(300);
const { signer } = log;
const keys = [signer.verifier.text];
const store = createTileStore();
store.append(log.leaves.map(({ leaf }) => leaf));

async function receiptFor(position: number, size = 300): Promise<Receipt> {
  const nodes = store.nodes();
  const receipt = createReceipt({
    entry: recordNumber(position + 1),
    position,
    proof: await inclusionProof(nodes, position, size),
    checkpoint: signCheckpoint({ origin: ORIGIN, size, root: await rootAt(nodes, size) }, [signer]),
    key: signer.verifier.text,
  });
  return JSON.parse(JSON.stringify(receipt)) as Receipt;
}

const verdict = (receipt: unknown, believed = keys) => verifyReceipt(receipt, believed).verdict;

describe('a receipt', () => {
  it('is genuine for every entry, and says so in a sentence', async () => {
    for (const position of [0, 1, 255, 256, 299]) {
      const result = verifyReceipt(await receiptFor(position), keys);
      assert.equal(result.verdict, 'genuine');
      assert.ok(result.verdict === 'genuine' && result.position === position && result.head.size === 300);
      assert.match(result.message, new RegExp(`^Genuine: this is entry ${position + 1} of the 300`));
    }
  });

  it('is genuine however its JSON is laid out', async () => {
    const receipt = await receiptFor(7);
    const entry = Object.fromEntries(Object.entries(receipt.entry).reverse());
    assert.equal(verdict({ ...receipt, entry }), 'genuine');
  });

  it('is not once anything in it is altered', async () => {
    const texts = await Promise.all([receiptFor(41), receiptFor(299), receiptFor(0, 1)]);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(), (receipt, pick, by) => {
        // Neither the key nor what JSON does not mind is what makes a receipt genuine.
        const text = JSON.stringify({ ...receipt, key: undefined });
        const at = pick % text.length;
        const altered = text.slice(0, at) + String.fromCharCode(33 + (by % 94)) + text.slice(at + 1);
        fc.pre(altered !== text);
        let parsed: unknown;
        try {
          parsed = JSON.parse(altered);
        } catch {
          return;
        }
        assert.notEqual(verdict({ ...(parsed as Receipt), key: receipt.key }), 'genuine');
      }),
      { numRuns: 2000 },
    );
  });

  it('says what is wrong with it', async () => {
    const receipt = await receiptFor(41);
    assert.equal(verdict({ ...receipt, entry: recordNumber(42, { counts: { messages: 0 } }) }), 'not_in_log');
    assert.equal(verdict({ ...receipt, position: 40 }), 'not_in_log');
    assert.equal(verdict({ ...receipt, proof: receipt.proof.slice(1) }), 'not_in_log');
    assert.equal(verdict({ ...receipt, proof: ['x'] }), 'not_in_log');
    assert.equal(verdict({ ...receipt, entry: { ...receipt.entry, reason: '\ud800' } }), 'not_in_log');
    assert.equal(verdict(receipt, [newSigner().verifier.text]), 'not_signed');
    assert.equal(verdict(receipt, []), 'not_signed');
    assert.equal(verdict({ ...receipt, checkpoint: 'nothing' }), 'not_signed');
    for (const other of [null, 'x', [], {}, { ...receipt, entry: {} }, { ...receipt, more: 1 }])
      assert.equal(verdict(other), 'not_a_receipt');
    assert.throws(() => verifyReceipt(receipt, ['mistyped']), { code: 'input_invalid' });
  });

  it('is not made genuine by the key that it brings along', async () => {
    const forger = newSigner();
    const receipt = await receiptFor(41);
    const root = await rootAt(store.nodes(), 300);
    const checkpoint = signCheckpoint({ origin: ORIGIN, size: 300, root }, [forger]);
    assert.equal(verdict({ ...receipt, checkpoint, key: forger.verifier.text }), 'not_signed');
  });

  it('stays genuine once the key has been changed', async () => {
    const next = newSigner();
    const root = await rootAt(store.nodes(), 300);
    const handOvers = [signHandOver({ origin: ORIGIN, size: 300, root }, signer, next)];
    const receipt = { ...(await receiptFor(41)), handOvers };
    assert.equal(verdict(receipt), 'genuine');
    assert.equal(verdict(receipt, [next.verifier.text]), 'genuine');
  });

  it('is not made genuine by a key that was retired before, whatever hand-overs it brings or leaves out', async () => {
    const [next, forger] = [newSigner(), newSigner()];
    const at = async (size: number) => ({ origin: ORIGIN, size, root: await rootAt(store.nodes(), size) });
    const known = [signHandOver(await at(100), signer, next)];
    const believed = [signer.verifier.text, next.verifier.text];
    const stolen = await receiptFor(41);
    const elsewhere = signHandOver(await at(100), signer, forger);
    for (const handOvers of [[], [elsewhere]])
      assert.equal(verifyReceipt({ ...stolen, handOvers }, believed, known).verdict, 'not_signed');
    assert.equal(verifyReceipt(await receiptFor(41, 100), believed, known).verdict, 'genuine');
  });
});

describe('the canonical form of an entry', () => {
  const entry = {
    at: new Date('2026-03-01T10:00:00.5Z'),
    actor: { kind: 'system', id: 'watchdog' },
    action: 'session.deleted',
    object: { kind: 'session', id: 's-1' },
    projectId: null,
  } as const;

  it('has the hash of this text: sorted, without spaces, without what is absent', () => {
    assert.deepEqual(recordOf(7, entry), {
      seq: '7',
      at: '2026-03-01T10:00:00.500Z',
      actor: { kind: 'system', id: 'watchdog' },
      action: 'session.deleted',
      object: { kind: 'session', id: 's-1' },
      counts: {},
    });
    // sha256 of a zero byte and {"action":"session.deleted","actor":{"id":"watchdog","kind":"system"},"at":"2026-03-01T10:00:00.500Z","counts":{},"object":{"id":"s-1","kind":"session"},"seq":"7"}
    assert.equal(
      leafOf(recordOf(7, entry)).toString('hex'),
      'd998e2e2e4cf67a3213749959c784c00ea2dbd3eda3eab0edb004ec81be77246',
    );
  });

  it('is the same whatever order the parts came in', () => {
    const one = recordOf(7, { ...entry, counts: { messages: 1, objects: 2 }, opId: 'o', requestId: 'r' });
    const reversed = Object.fromEntries(Object.entries(one).reverse()) as unknown as typeof one;
    assert.deepEqual(leafOf({ ...reversed, counts: { objects: 2, messages: 1 } }), leafOf(one));
  });

  it('is refused for what JSON cannot say', () => {
    for (const odd of [{ reason: '\ud800' }, { counts: { messages: Infinity } }])
      assert.throws(() => leafOf(recordOf(7, { ...entry, ...odd })), { code: 'input_invalid' });
  });
});
