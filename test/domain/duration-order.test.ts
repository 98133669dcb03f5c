import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mayEndEarlier } from '../../src/domain/duration-order.ts';
import { addDuration } from '../../src/domain/durations.ts';

describe('a duration may end earlier than another', () => {
  const days = fc.integer({ min: 1, max: 800 }).map((count) => `P${count}D`);
  const months = fc.integer({ min: 1, max: 30 }).map((count) => `P${count}M`);
  const hours = fc.integer({ min: 1, max: 400 }).map((count) => `PT${count}H`);
  const durations = fc.oneof(days, months, hours, fc.constantFrom('P1Y6M', 'P1Y1D', 'P4W', 'P1M2DT3H'));

  it('unless it never does, in any time zone', () => {
    fc.assert(
      fc.property(
        durations,
        durations,
        fc.date({ min: new Date('1999-01-01'), max: new Date('2110-01-01'), noInvalidDate: true }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe'),
        (duration, than, from, zone) => {
          if (mayEndEarlier(duration, than)) return;
          assert.ok(addDuration(from, duration, zone) >= addDuration(from, than, zone));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('where a leap year or a change of clocks decides', () => {
    for (const [duration, than, answer] of [
      ['P365D', 'P12M', true],
      ['P366D', 'P12M', false],
      ['P4Y', 'P1461D', true],
      ['P28D', 'P1M', true],
      ['P31D', 'P1M', false],
      ['PT24H', 'P1D', true],
      ['P1D', 'PT24H', true],
      ['P2D', 'PT24H', false],
      ['P4W', 'P28D', false],
    ] as const)
      assert.equal(mayEndEarlier(duration, than), answer, `${duration} than ${than}`);
  });
});
