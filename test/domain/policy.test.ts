import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDuration, isDuration, spreadOf } from '../../src/domain/durations.ts';
import { PACK_IDS, PACKS } from '../../src/domain/packs.ts';
import { PACK_NOTICE } from '../../src/domain/packs/pack.ts';
import { policyOf } from './stage.ts';

const DAY = 86_400_000;

describe('durations follow the calendar', () => {
  it('a month after 31 January is the last day of February', () => {
    assert.equal(
      addDuration(new Date('2026-01-31T10:00:00Z'), 'P1M', 'UTC').toISOString(),
      '2026-02-28T10:00:00.000Z',
    );
    assert.equal(
      addDuration(new Date('2028-01-31T10:00:00Z'), 'P1M', 'UTC').toISOString(),
      '2028-02-29T10:00:00.000Z',
    );
  });

  it('a day across a change of clocks is still a day, a day of hours is not', () => {
    const before = new Date('2026-03-28T12:00:00Z');
    assert.equal(addDuration(before, 'P1D', 'Europe/Berlin').getTime() - before.getTime(), 23 * 3_600_000);
    assert.equal(addDuration(before, 'PT24H', 'Europe/Berlin').getTime() - before.getTime(), DAY);
  });

  it('takes ISO 8601 and nothing else', () => {
    for (const good of ['P12M', 'P7D', 'PT24H', 'P1Y2M3DT4H5M6S']) assert.ok(isDuration(good), good);
    for (const bad of ['12 months', '', 'P', 'PT0S', '-P1D', '7d', 'P1W2']) assert.ok(!isDuration(bad), bad);
  });
});

describe('the spread within the day', () => {
  it('only ever adds, never more than a day, nor than a thirtieth of the period', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1000, max: 20 * 365 * DAY }), (id, period) => {
        const spread = spreadOf(id, period);
        assert.ok(spread >= 0 && spread <= Math.min(DAY, period / 30));
        assert.equal(spreadOf(id, period), spread);
      }),
    );
  });
});

describe('packs', () => {
  it('name a source and a reason for every rule, and no id twice', () => {
    const rules = PACK_IDS.flatMap((pack) => PACKS[pack].rules);
    for (const { id, source, because } of rules) assert.ok(source && because, id);
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    assert.match(PACK_NOTICE, /not legal advice/);
  });

  it('come before the policy’s own rules and say where they are from', () => {
    const own = { id: 'own', when: { tag: 'vip' }, keepAtLeast: 'P5Y', because: 'x' };
    assert.deepEqual(
      policyOf({ packs: ['transactions'], rules: [own] }).rules.map(({ id, pack }) => [id, pack]),
      [
        ['transactions', 'transactions'],
        ['own', undefined],
      ],
    );
  });

  it('give way to a rule with the same id', () => {
    const own = { id: 'transactions', when: { tag: 'transaction' }, keepAtLeast: 'P5Y', because: 'x' };
    assert.deepEqual(
      policyOf({ packs: ['transactions'], rules: [own] }).rules.map(({ keepAtLeast }) => keepAtLeast),
      ['P5Y'],
    );
  });
});
