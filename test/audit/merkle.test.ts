import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFrontier, EMPTY_ROOT, leafHash, nodeHash } from '../../src/audit/merkle.ts';
import {
  consistencyProof,
  frontierAt,
  inclusionProof,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from '../../src/audit/proofs.ts';
import { partialTiles, TILE_WIDTH, growTiles, nodesFromTiles } from '../../src/audit/tiles.ts';
import { createTileStore } from './log-fixture.ts';

/** The vectors that Certificate Transparency's logs and transparency-dev/merkle test themselves with. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map(fromHex);
const INCLUSION: [index: number, size: number, proof: string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];
const CONSISTENCY: [first: number, second: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    6,
    7,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
];

function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** RFC 6962 section 2.1, word for word. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0] ?? EMPTY_ROOT;
  const k = naiveSplit(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

function naivePath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const k = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...naivePath(m, left), naiveRoot(right)] : [...naivePath(m - k, right), naiveRoot(left)];
}

function naiveSubproof(m: number, leaves: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === leaves.length) return whole ? [] : [naiveRoot(leaves)];
  const k = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k
    ? [...naiveSubproof(m, left, whole), naiveRoot(right)]
    : [...naiveSubproof(m - k, right, false), naiveRoot(left)];
}

function naiveSplit(n: number): number {
  return n <= 2 ? 1 : 2 * naiveSplit(Math.ceil(n / 2));
}

function leavesOf(count: number, seed = 0): Buffer[] {
  return Array.from({ length: count }, (_, at) => leafHash(`leaf ${seed} ${at}`));
}

function storeOf(leaves: readonly Buffer[]) {
  const store = createTileStore();
  store.append(leaves);
  return store.nodes();
}

const flipped = (hash: Buffer, bit: number) => {
  const copy = Buffer.from(hash);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

const bit = fc.nat(255);
/** A size, and a smaller one or an index in it. Around the width of a tile more often than by chance. */
const sizeAndPlace = fc
  .oneof(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 250, max: 262 }),
    fc.integer({ min: 500, max: 1100 }),
  )
  .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));

describe('the Merkle tree', () => {
  const leaves = LEAVES.map((hex) => leafHash(fromHex(hex)));

  it('has the roots of the published vectors', async () => {
    assert.equal(
      EMPTY_ROOT.toString('hex'),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    const tree = createFrontier();
    assert.deepEqual(tree.root(), EMPTY_ROOT);
    const nodes = storeOf(leaves);
    for (const [at, leaf] of leaves.entries()) {
      tree.append(leaf);
      assert.deepEqual(tree.root(), ROOTS[at]);
      assert.deepEqual(await rootAt(nodes, at + 1), ROOTS[at]);
    }
  });

  it('has the inclusion proofs of the published vectors', async () => {
    for (const [index, size, expected] of INCLUSION) {
      const proof = await inclusionProof(storeOf(leaves), index, size);
      assert.deepEqual(proof, expected.map(fromHex));
      const [leaf, root] = [leaves[index] ?? EMPTY_ROOT, ROOTS[size - 1] ?? EMPTY_ROOT];
      assert.ok(verifyInclusion({ leaf, index, size, proof, root }));
    }
  });

  it('has the consistency proofs of the published vectors', async () => {
    for (const [first, second, expected] of CONSISTENCY) {
      const proof = await consistencyProof(storeOf(leaves), first, second);
      assert.deepEqual(proof, expected.map(fromHex));
      const [firstRoot, secondRoot] = [ROOTS[first - 1] ?? EMPTY_ROOT, ROOTS[second - 1] ?? EMPTY_ROOT];
      assert.ok(verifyConsistency({ first, second, firstRoot, secondRoot, proof }));
    }
  });

  it('hashes text as its UTF-8', () => {
    assert.deepEqual(leafHash('häsh\u2028'), leafHash(Buffer.from('häsh\u2028')));
  });

  it('agrees with the definition of RFC 6962 for every size and leaf', async () => {
    const all = leavesOf(40);
    for (let size = 1; size <= all.length; size++) {
      const part = all.slice(0, size);
      const nodes = storeOf(all);
      assert.deepEqual(await rootAt(nodes, size), naiveRoot(part));
      for (let m = 0; m < size; m++) {
        assert.deepEqual(await inclusionProof(nodes, m, size), naivePath(m, part));
        if (m > 0) assert.deepEqual(await consistencyProof(nodes, m, size), naiveSubproof(m, part, true));
      }
    }
  });

  it('goes on from its stored frontier as if never stopped', () => {
    fc.assert(
      fc.property(sizeAndPlace, ([size, stop]) => {
        const all = leavesOf(size);
        const before = createFrontier();
        for (const leaf of all.slice(0, stop)) before.append(leaf);
        const after = createFrontier(
          JSON.parse(JSON.stringify(before.state())) as ReturnType<typeof before.state>,
        );
        for (const leaf of all.slice(stop)) after.append(leaf);
        assert.deepEqual(after.root(), naiveRoot(all));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a frontier that no tree has', () => {
    const hash = EMPTY_ROOT.toString('base64');
    for (const state of [
      { size: 3, hashes: [hash] },
      { size: -1, hashes: [] },
      { size: 1.5, hashes: [hash] },
      { size: 1, hashes: ['AAAA'] },
    ])
      assert.throws(() => createFrontier(state), { code: 'audit_damaged' });
  });
});

describe('inclusion proofs', () => {
  it('verify for every leaf of every tree, and never once anything in them is altered', async () => {
    await fc.assert(
      fc.asyncProperty(sizeAndPlace, fc.nat(), bit, fc.nat(), async ([size, index], seed, flip, pick) => {
        const all = leavesOf(size, seed);
        const [leaf, root] = [all[index] ?? EMPTY_ROOT, naiveRoot(all)];
        const proof = await inclusionProof(storeOf(all), index, size);
        const claim = { leaf, index, size, proof, root };
        assert.ok(verifyInclusion(claim));
        const at = pick % Math.max(1, proof.length);
        const altered = [
          { ...claim, leaf: flipped(leaf, flip) },
          { ...claim, root: flipped(root, flip) },
          { ...claim, leaf: leaf.subarray(1) },
          { ...claim, proof: [...proof, root] },
          { ...claim, proof: [root, ...proof] },
          // Two sizes whose trees hold the leaf at the same path share its proof: the signed head tells them apart.
          { ...claim, size: size * 2 },
          { ...claim, size: index },
          { ...claim, index: -1 },
          { ...claim, index: index + 0.5 },
          ...(size > 1 ? [{ ...claim, index: (index + 1 + (pick % (size - 1))) % size }] : []),
          ...(proof.length > 0
            ? [
                { ...claim, proof: proof.with(at, flipped(proof[at] ?? root, flip)) },
                { ...claim, proof: proof.toSpliced(at, 1) },
                { ...claim, proof: proof.with(at, Buffer.alloc(0)) },
              ]
            : []),
          ...(proof.length > 1 ? [{ ...claim, proof: [...proof.slice(1), ...proof.slice(0, 1)] }] : []),
        ];
        for (const claimed of altered) assert.equal(verifyInclusion(claimed), false);
      }),
      { numRuns: 150 },
    );
  });

  it('are refused for leaves that the tree does not have', async () => {
    const nodes = storeOf(leavesOf(5));
    for (const [index, size] of [
      [5, 5],
      [-1, 5],
      [0, 0],
      [0.5, 5],
    ] as const)
      await assert.rejects(inclusionProof(nodes, index, size), RangeError);
  });
});

describe('consistency proofs', () => {
  it('verify between any two sizes, and never once anything in them is altered', async () => {
    await fc.assert(
      fc.asyncProperty(sizeAndPlace, fc.nat(), bit, fc.nat(), async ([second, first], seed, flip, pick) => {
        const all = leavesOf(second, seed);
        const proof = await consistencyProof(storeOf(all), first, second);
        const [firstRoot, secondRoot] = [naiveRoot(all.slice(0, first)), naiveRoot(all)];
        const claim = { first, second, firstRoot, secondRoot, proof };
        assert.ok(verifyConsistency(claim));
        assert.equal(verifyConsistency({ ...claim, firstRoot: flipped(firstRoot, flip) }), false);
        assert.equal(verifyConsistency({ ...claim, proof: [...proof, secondRoot] }), false);
        assert.equal(verifyConsistency({ ...claim, first: second, second: first }), false);
        if (first === 0) return;
        const at = pick % proof.length;
        for (const altered of [
          { ...claim, secondRoot: flipped(secondRoot, flip) },
          { ...claim, second: second * 2 },
          { ...claim, firstRoot: secondRoot, secondRoot: firstRoot },
          { ...claim, proof: proof.with(at, flipped(proof[at] ?? firstRoot, flip)) },
          { ...claim, proof: proof.toSpliced(at, 1) },
          { ...claim, proof: [] },
          { ...claim, proof: [firstRoot, ...proof] },
        ])
          assert.equal(verifyConsistency(altered), false);
      }),
      { numRuns: 150 },
    );
  });

  it('do not exist between two histories', async () => {
    await fc.assert(
      fc.asyncProperty(sizeAndPlace, fc.nat(), async ([second, first], pick) => {
        fc.pre(first > 0);
        const all = leavesOf(second);
        const forged = all.with(pick % first, leafHash('forged'));
        const proof = await consistencyProof(storeOf(forged), first, second);
        const [firstRoot, secondRoot] = [naiveRoot(all.slice(0, first)), naiveRoot(forged)];
        assert.equal(verifyConsistency({ first, second, firstRoot, secondRoot, proof }), false);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused when the first tree is the larger', async () => {
    await assert.rejects(consistencyProof(storeOf(leavesOf(5)), 5, 4), RangeError);
  });
});

describe('tiles', () => {
  it('are as wide as the specification says for a tree of 70,000', () => {
    assert.deepEqual(partialTiles(70_000), [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    assert.deepEqual(partialTiles(256), [{ level: 1, index: 0, width: 1 }]);
    assert.deepEqual(partialTiles(0), []);
  });

  it('are the same however many leaves come at a time, and hold what the tree is', async () => {
    const all = leavesOf(70_000);
    const [atOnce, bySteps] = [createTileStore(), createTileStore()];
    atOnce.append(all);
    for (let [start, step] = [0, 1]; start < all.length; start += step, step = ((step * 7) % 1000) + 1)
      bySteps.append(all.slice(start, start + step));
    assert.deepEqual(new Map([...bySteps.tiles].sort()), new Map([...atOnce.tiles].sort()));
    assert.equal(atOnce.tiles.size, 274 + 2 + 1);
    for (const size of [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000]) {
      const tree = createFrontier();
      for (const leaf of all.slice(0, size)) tree.append(leaf);
      assert.deepEqual(await rootAt(bySteps.nodes(), size), tree.root());
      assert.deepEqual(await frontierAt(bySteps.nodes(), size), tree.state());
    }
    const root = await rootAt(bySteps.nodes(), 70_000);
    for (const index of [0, 65_535, 65_536, 69_999]) {
      const proof = await inclusionProof(bySteps.nodes(), index, 70_000);
      assert.ok(verifyInclusion({ leaf: all[index] ?? root, index, size: 70_000, proof, root }));
    }
  });

  it('say so when one is missing, too short or too wide', async () => {
    const leaves = leavesOf(TILE_WIDTH + 3);
    const [full, begun, above] = growTiles(0, leaves, []);
    assert.ok(full && begun && above);
    const more = leavesOf(1, 1);
    assert.throws(() => growTiles(TILE_WIDTH + 3, more, [above]), { code: 'audit_damaged' });
    const wide = { ...begun, bytes: Buffer.concat([begun.bytes, ...more]) };
    assert.throws(() => growTiles(TILE_WIDTH + 3, more, [wide, above]), { code: 'audit_damaged' });
    const short = nodesFromTiles((level, index) =>
      Promise.resolve(
        [full, { ...begun, bytes: begun.bytes.subarray(32) }].find(
          (t) => t.level === level && t.index === index,
        )?.bytes,
      ),
    );
    await assert.rejects(rootAt(short, TILE_WIDTH + 3), { code: 'audit_damaged' });
    await assert.rejects(short.readNode(8, 0), { code: 'audit_damaged' });
  });
});
