import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnchor, type AnchorStore } from '../../src/audit/anchor.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { consistencyProof, rootAt } from '../../src/audit/proofs.ts';
import { leafHash } from '../../src/audit/merkle.ts';
import { createTileStore, newSigner, ORIGIN } from './log-fixture.ts';

const signer = newSigner();

/** A history of leaves with signed heads of any size. */
function history(name: string, size = 700) {
  const tree = createTileStore();
  tree.append(Array.from({ length: size }, (_, n) => leafHash(`${name} ${n}`)));
  return {
    head: async (at: number, cut = false) =>
      signCheckpoint({ origin: ORIGIN, size: at, root: await rootAt(tree.nodes(), at), cut }, [signer]),
    prove: (first: number, second: number) => consistencyProof(tree.nodes(), first, second),
  };
}

function memory() {
  const objects = new Map<string, Buffer>();
  const store: AnchorStore = {
    put: (name, body) => Promise.resolve(void objects.set(name, body)),
    get: (name) => Promise.resolve(objects.get(name) ?? Buffer.alloc(0)),
    async *list(prefix) {
      await Promise.resolve();
      yield* [...objects.keys()].filter((name) => name.startsWith(prefix)).reverse();
    },
  };
  return { objects, store };
}

describe('an anchor', () => {
  const ours = history('ours');
  const theirs = history('theirs');

  it('takes heads that each follow from the one before, and gives them back in order of size', async () => {
    const anchor = createAnchor(memory().store);
    const heads = await Promise.all([3, 255, 256, 257, 699].map((size) => ours.head(size)));
    for (const [at, head] of heads.entries()) await anchor.add(head, ours.prove, [3, 255, 256, 257][at - 1]);
    assert.deepEqual(await anchor.notes(), heads);
  });

  it('takes the same head again, as after a lost answer', async () => {
    const { objects, store } = memory();
    const anchor = createAnchor(store);
    await anchor.add(await ours.head(5), ours.prove);
    await anchor.add(await ours.head(5), ours.prove, 5);
    assert.equal(objects.size, 1);
  });

  it('refuses a head of another history, larger or of the same size', async () => {
    const { objects, store } = memory();
    await createAnchor(store).add(await ours.head(300), ours.prove);
    for (const size of [300, 301, 600])
      await assert.rejects(createAnchor(store).add(await theirs.head(size), theirs.prove), {
        code: 'audit_damaged',
        message: /its history was rewritten/,
      });
    assert.equal(objects.size, 1);
  });

  it('refuses a smaller head: the end was cut off', async () => {
    const { store } = memory();
    await createAnchor(store).add(await ours.head(300), ours.prove);
    await assert.rejects(createAnchor(store).add(await ours.head(299), ours.prove), {
      code: 'audit_damaged',
      message: /its end was cut off/,
    });
  });

  it('asks the store anew when another process anchored meanwhile', async () => {
    const { store } = memory();
    const one = createAnchor(store);
    await one.add(await ours.head(100), ours.prove);
    await createAnchor(store).add(await ours.head(200), ours.prove);
    // What the first remembers would let a history pass that parts after 100.
    await assert.rejects(one.add(await theirs.head(300), theirs.prove, 200), { code: 'audit_damaged' });
    await one.add(await ours.head(300), ours.prove, 200);
  });

  it('takes the head at which the log was cut, though it is an old one, if it is of this history', async () => {
    const anchor = createAnchor(memory().store);
    await anchor.add(await ours.head(300), ours.prove);
    await anchor.add(await ours.head(100, true), ours.prove, 300);
    await anchor.add(await ours.head(301), ours.prove, 300);
    await assert.rejects(anchor.add(await theirs.head(100, true), ours.prove, 301), {
      code: 'audit_damaged',
    });
  });
});
