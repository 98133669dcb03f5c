import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyIdOf, openText, sealText } from '../../src/vault/sealed-text.ts';

const key = { id: randomUUID(), bytes: randomBytes(32) };
const text = fc.string({ unit: 'binary', maxLength: 300 });
const damaged = { code: 'sealed_text_damaged' };

describe('sealed text', () => {
  it('opens to what was sealed, and names its key', () => {
    fc.assert(
      fc.property(text, text, (plaintext, context) => {
        const sealed = sealText(key, context, plaintext);
        assert.equal(keyIdOf(sealed), key.id);
        assert.equal(
          openText(key, sealed, context).toString('utf8'),
          Buffer.from(plaintext, 'utf8').toString('utf8'),
        );
        assert.equal(sealed.length, 1 + 16 + 12 + Buffer.byteLength(plaintext) + 16);
      }),
    );
  });

  it('seals the same text to other bytes each time', () => {
    assert.notDeepEqual(sealText(key, 'c', 'same'), sealText(key, 'c', 'same'));
  });

  it('does not open with any one bit flipped', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(7), (plaintext, position, bit) => {
        const sealed = sealText(key, 'c', plaintext);
        const at = position % sealed.length;
        sealed[at] = (sealed[at] ?? 0) ^ (1 << bit);
        assert.throws(() => openText(key, sealed, 'c'), damaged);
      }),
    );
  });

  it('does not open when cut or lengthened', () => {
    const sealed = sealText(key, 'c', 'Where is my parcel?');
    for (let length = 0; length < sealed.length; length++) {
      assert.throws(
        () => keyIdOf(sealed.subarray(0, length)) && openText(key, sealed.subarray(0, length), 'c'),
        damaged,
      );
    }
    assert.throws(() => openText(key, Buffer.concat([sealed, Buffer.of(0)]), 'c'), damaged);
  });

  it('does not open in another place, or with another key', () => {
    fc.assert(
      fc.property(text, text, text, (plaintext, context, other) => {
        fc.pre(Buffer.compare(Buffer.from(context), Buffer.from(other)) !== 0);
        assert.throws(() => openText(key, sealText(key, context, plaintext), other), damaged);
      }),
    );
    const sealed = sealText(key, 'c', 'x');
    assert.throws(() => openText({ id: key.id, bytes: randomBytes(32) }, sealed, 'c'), damaged);
  });
});
