import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestDay, soundsAt } from '../../src/domain/quiet-hours.ts';
import { timeLeft } from '../../src/domain/review-reminders.ts';
import { reviewTimes } from '../../src/domain/review-times.ts';

const BERLIN = { quiet: ['22:00', '07:00'], timeZone: 'Europe/Berlin' } as const;
const at = (instant: string) => new Date(instant);

describe('quiet hours', () => {
  const rings = (now: string, deadline?: string) =>
    soundsAt(at(now), BERLIN, deadline ? at(deadline) : undefined).toISOString();

  it('let things ring by day, and keep them until the morning by night, in the project’s time zone', () => {
    assert.equal(rings('2026-06-01T19:59:00Z'), '2026-06-01T19:59:00.000Z', '21:59 in Berlin');
    assert.equal(rings('2026-06-01T20:00:00Z'), '2026-06-02T05:00:00.000Z', 'before midnight');
    assert.equal(rings('2026-06-02T03:00:00Z'), '2026-06-02T05:00:00.000Z', 'after midnight');
    assert.equal(rings('2026-06-02T05:00:00Z'), '2026-06-02T05:00:00.000Z', 'they end at their end');
  });

  it('end by the clock in the night in which the clocks change', () => {
    assert.equal(rings('2026-10-24T21:00:00Z'), '2026-10-25T06:00:00.000Z');
    assert.equal(rings('2026-03-28T22:00:00Z'), '2026-03-29T05:00:00.000Z');
  });

  it('give way four hours before a deadline, and at once where that is past', () => {
    assert.equal(rings('2026-06-01T21:00:00Z', '2026-06-02T06:00:00Z'), '2026-06-02T02:00:00.000Z');
    assert.equal(rings('2026-06-02T03:00:00Z', '2026-06-02T06:00:00Z'), '2026-06-02T03:00:00.000Z');
    assert.equal(rings('2026-06-01T21:00:00Z', '2026-06-09T06:00:00Z'), '2026-06-02T05:00:00.000Z');
  });

  it('can be off, and can lie within a day', () => {
    const off = { quiet: 'off', timeZone: 'UTC' } as const;
    assert.deepEqual(soundsAt(at('2026-06-01T23:00:00Z'), off), at('2026-06-01T23:00:00Z'));
    const noon = { quiet: ['12:00', '13:00'], timeZone: 'UTC' } as const;
    assert.deepEqual(soundsAt(at('2026-06-01T12:30:00Z'), noon), at('2026-06-01T13:00:00Z'));
    assert.deepEqual(soundsAt(at('2026-06-01T13:30:00Z'), noon), at('2026-06-01T13:30:00Z'));
  });
});

describe('the digest', () => {
  const day = (now: string) => digestDay(at(now), { ...BERLIN, digestAt: '09:00' });

  it('is due from its hour on until the quiet hours, on the day of the project’s time zone', () => {
    assert.equal(day('2026-06-01T06:59:00Z'), undefined);
    assert.equal(day('2026-06-01T07:00:00Z'), '2026-06-01');
    assert.equal(day('2026-06-01T19:30:00Z'), '2026-06-01');
    assert.equal(day('2026-06-01T21:00:00Z'), undefined, 'one that was missed wakes nobody');
  });
});

describe('the times of a project’s file', () => {
  it('have defaults, and refuse a digest in the quiet hours and what is no time of day', () => {
    assert.deepEqual(reviewTimes.parse({}), { digestAt: '09:00', quiet: ['22:00', '07:00'] });
    assert.deepEqual(reviewTimes.parse({ digestAt: '06:00', quiet: 'off' }), {
      digestAt: '06:00',
      quiet: 'off',
    });
    for (const wrong of [
      { digestAt: '06:00' },
      { digestAt: '25:00' },
      { quiet: ['22:00', '22:00'] },
      { quiet: '22' },
    ])
      assert.equal(reviewTimes.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});

describe('what is left of a review', () => {
  it('is told in the unit in which people think of it', () => {
    const now = at('2026-06-01T00:00:00Z');
    const left = (hours: number) => {
      const found = timeLeft(new Date(now.getTime() + hours * 3_600_000), now);
      return found.unit === 'none' ? 'none' : `${found.count} ${found.unit}`;
    };
    assert.deepEqual([168, 72, 48, 24, 4, 1, 0.01, 0].map(left), [
      ...['7 days', '3 days', '2 days', '24 hours', '4 hours', '60 minutes', '1 minutes', 'none'],
    ]);
  });
});
