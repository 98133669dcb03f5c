import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDecision } from '../../src/domain/review.ts';

describe('a decision that somebody typed', () => {
  it('is read with what it needs and nothing else', () => {
    const whole = { decision: 'extend', by: 'maria', round: 2, until: '2030-01-31T00:00:00Z', tag: 'vip' };
    assert.deepEqual(parseDecision({ ...whole, colour: 'red' }), whole);
    assert.deepEqual(parseDecision({ decision: 'approve', by: 'x' }), { decision: 'approve', by: 'x' });
  });

  it('is refused when a part of it cannot be meant', () => {
    const good = { decision: 'approve', by: 'maria' };
    const bad: unknown[] = [
      null,
      'approve',
      [],
      {},
      { ...good, decision: 'burn' },
      { ...good, by: '' },
      { ...good, by: 'x'.repeat(101) },
      { ...good, round: 0 },
      { ...good, round: 1.5 },
      { ...good, until: 'next year' },
      { ...good, tag: 7 },
    ];
    for (const payload of bad) assert.equal(parseDecision(payload), undefined, JSON.stringify(payload));
  });

  it('never throws, whatever came', () => {
    fc.assert(fc.property(fc.anything(), (payload) => void parseDecision(payload)));
  });
});
