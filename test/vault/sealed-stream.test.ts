import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openStream, sealStream } from '../../src/vault/sealed-stream.ts';

const FRAME = 64 * 1024;
const SEALED_FRAME = FRAME + 16;
const HEADER = 49;
const key = { id: randomUUID(), bytes: randomBytes(32) };
const keys = { keyById: () => Promise.resolve(key) };
const damaged = { code: 'sealed_text_damaged' };

async function* pieces(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
const seal = (plaintext: Buffer, context = 'c') => buffer(sealStream(key, context)(pieces(plaintext)));
const open = (sealed: Buffer, context = 'c', size?: number) =>
  buffer(openStream(keys, context)(pieces(sealed, size)));

describe('sealed stream', () => {
  it('opens to what was sealed, at every size around a frame and cut into any pieces', async () => {
    for (const size of [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 77]) {
      const plaintext = randomBytes(size);
      const sealed = await seal(plaintext);
      assert.equal(sealed.length, HEADER + size + 16 * Math.max(1, Math.ceil(size / FRAME)));
      for (const piece of [7, HEADER, 50_000, sealed.length])
        assert.deepEqual(await open(sealed, 'c', piece), plaintext);
    }
  });

  it('does not open with any one bit flipped', async () => {
    const sealed = await seal(randomBytes(FRAME + 100));
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.nat(7), async (at, bit) => {
        const altered = Buffer.from(sealed);
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        await assert.rejects(open(altered), damaged);
      }),
    );
  });

  it('does not open when cut, wherever the cut falls', async () => {
    const sealed = await seal(randomBytes(2 * FRAME + 5));
    for (const length of [
      0,
      10,
      HEADER,
      HEADER + 15,
      HEADER + 16,
      HEADER + SEALED_FRAME,
      HEADER + 2 * SEALED_FRAME,
      sealed.length - 1,
    ]) {
      await assert.rejects(open(sealed.subarray(0, length)), damaged, `cut at ${length}`);
    }
  });

  it('does not open with anything added', async () => {
    for (const size of [0, 5, FRAME]) {
      const sealed = await seal(randomBytes(size));
      for (const added of [1, 16, SEALED_FRAME]) {
        await assert.rejects(open(Buffer.concat([sealed, Buffer.alloc(added)])), damaged);
      }
      await assert.rejects(open(Buffer.concat([sealed, sealed.subarray(HEADER)])), damaged);
    }
  });

  it('does not open with frames exchanged, dropped, repeated or taken from another object', async () => {
    const frames = async () => {
      const sealed = await seal(randomBytes(3 * FRAME));
      const frame = (at: number) =>
        sealed.subarray(HEADER + at * SEALED_FRAME, HEADER + (at + 1) * SEALED_FRAME);
      return { header: sealed.subarray(0, HEADER), all: [frame(0), frame(1), frame(2)] as const };
    };
    const { header, all } = await frames();
    const [first, second, last] = all;
    const foreign = (await frames()).all[0];
    assert.equal((await open(Buffer.concat([header, first, second, last]))).length, 3 * FRAME);
    const orders = [
      [second, first, last],
      [first, last],
      [first, first, second, last],
      [foreign, second, last],
      [last],
    ];
    for (const order of orders) {
      await assert.rejects(open(Buffer.concat([header, ...order])), damaged);
    }
  });

  it('does not open in another place', async () => {
    await assert.rejects(open(await seal(Buffer.from('x'), 'here'), 'there'), damaged);
  });

  it('says that the key is gone rather than that the object is damaged', async () => {
    const gone = {
      keyById: () => Promise.reject(Object.assign(new Error('gone'), { code: 'key_destroyed' })),
    };
    const sealed = await seal(Buffer.from('x'));
    await assert.rejects(buffer(openStream(gone, 'c')(pieces(sealed))), { code: 'key_destroyed' });
  });

  it('holds no more than a few frames of an object in memory', async () => {
    let produced = 0;
    async function* source(): AsyncGenerator<Buffer> {
      for (let at = 0; at < 512; at++) {
        produced += FRAME;
        yield await Promise.resolve(Buffer.alloc(FRAME));
      }
    }
    let consumed = 0;
    let furthest = 0;
    for await (const chunk of openStream(keys, 'c')(sealStream(key, 'c')(source()))) {
      furthest = Math.max(furthest, produced - consumed);
      consumed += chunk.length;
    }
    assert.equal(consumed, 512 * FRAME);
    assert.ok(furthest <= 4 * FRAME, `${furthest} bytes were read ahead`);
  });

  it('gives its source back when the reader stops early', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(FRAME));
      } finally {
        closed = true;
      }
    }
    for await (const _ of openStream(keys, 'c')(sealStream(key, 'c')(source()))) break;
    assert.ok(closed);
  });
});
