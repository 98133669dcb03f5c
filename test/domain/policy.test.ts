import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDuration, isDuration, spreadOf } from '../../src/domain/durations.ts';
import { decide, policySchema, type Policy } from '../../src/domain/policy.ts';

const DAY = 86_400_000;
const base = {
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P12M',
  review: { window: 'P7D' },
  spam: { deleteAfter: 'P7D' },
};

function policy(change: object = {}): Policy {
  return policySchema.parse({ ...base, ...change });
}

function issues(change: object): string[] {
  const result = policySchema.safeParse({ ...base, ...change });
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function facts(change: object = {}) {
  return {
    sessionId: '0b8c4c9e-6f0a-4f5e-9d5b-2f1f5a1c7e01',
    closedAt: new Date('2026-01-31T10:00:00Z'),
    tags: [],
    extendedUntil: null,
    timeZone: 'UTC',
    ...change,
  };
}

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

describe('how long a session is kept', () => {
  it('is the base period counted from closure', () => {
    const { keepUntil, trace } = decide(policy(), facts());
    const late = keepUntil.getTime() - Date.parse('2027-01-31T10:00:00Z');
    assert.ok(late >= 0 && late <= DAY);
    assert.deepEqual(
      trace.map((line) => line.rule),
      ['base'],
    );
  });

  it('is extended by a rule whose tag it carries, and says so', () => {
    const rules = [{ id: 'audit', tag: 'transaction', keepAtLeast: 'P3Y', because: 'audits' }];
    const { keepUntil, trace } = decide(policy({ rules }), facts({ tags: ['transaction'] }));
    assert.equal(keepUntil.getUTCFullYear(), 2029);
    assert.deepEqual(trace.at(-1), { rule: 'audit', asks: '2029-01-31T10:00:00.000Z', because: 'audits' });
  });

  it('is never brought before what a supervisor extended it to', () => {
    const extendedUntil = new Date('2040-01-01T00:00:00Z');
    assert.equal(decide(policy(), facts({ extendedUntil })).keepUntil.getTime(), extendedUntil.getTime());
  });

  it('does not depend on the order of rules, and a further rule never shortens it', () => {
    const rule = fc.record({
      id: fc.string({ minLength: 1 }),
      tag: fc.constantFrom('refund', 'complaint', 'transaction'),
      keepAtLeast: fc.constantFrom('P1D', 'P6M', 'P2Y', 'P20Y'),
      because: fc.constant('x'),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 6 }),
        rule,
        fc.subarray(['refund', 'complaint', 'transaction']),
        (rules, more, tags) => {
          const until = (list: object[]) =>
            decide(policy({ rules: list }), facts({ tags })).keepUntil.getTime();
          assert.equal(until(rules), until([...rules].reverse()));
          assert.ok(until([...rules, more]) >= until(rules));
        },
      ),
    );
  });
});

describe('a policy that cannot be meant is refused, with the place and what to write', () => {
  it('a duration in words', () => {
    assert.match(issues({ keep: '12 months' })[0] ?? '', /^keep: expected an ISO 8601 duration/);
  });
  it('an archive later than 24 hours', () => {
    assert.deepEqual(issues({ archiveWithin: 'PT25H' }), ['archiveWithin: expected PT24H or less']);
  });
  it('a reopen window as long as the archive may take', () => {
    assert.match(issues({ reopen: 'PT24H' })[0] ?? '', /^reopen: expected less than archiveWithin/);
  });
  it('a review under a day or over thirty, unless the project is a demo', () => {
    assert.match(
      issues({ review: { window: 'PT23H' } })[0] ?? '',
      /^review.window: expected between P1D and P30D/,
    );
    assert.match(issues({ review: { window: 'P31D' } })[0] ?? '', /^review.window/);
    assert.deepEqual(issues({ demo: true, review: { window: 'PT3M' } }), []);
  });
  it('an unknown key', () => {
    assert.match(issues({ keepFor: 'P1D' })[0] ?? '', /keepFor/);
  });
});
