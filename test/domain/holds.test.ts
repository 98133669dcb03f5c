import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeTarget, openedBetween } from '../../src/domain/holds.ts';

const range = (first: string | undefined, last: string | undefined, timeZone = 'UTC') => {
  const days = { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
  const { from, before } = openedBetween(days, timeZone);
  return [from?.toISOString() ?? null, before?.toISOString() ?? null];
};

describe('days between which sessions were opened', () => {
  it('begin and end by the calendar of a time zone, a change of clocks included', () => {
    assert.deepEqual(range('2026-02-28', '2026-02-28'), [
      '2026-02-28T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
    ]);
    // A day of 23 hours.
    assert.deepEqual(range('2026-03-29', '2026-03-29', 'Europe/Berlin'), [
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
  });
  it('leave a side open that is not named', () => {
    assert.deepEqual(range('2028-02-29', undefined), ['2028-02-29T00:00:00.000Z', null]);
    assert.deepEqual(range(undefined, '2028-02-29'), [null, '2028-03-01T00:00:00.000Z']);
  });
  it('are days that exist, in their order, without a time of day', () => {
    for (const day of ['2026-02-29', '2026-13-01', 'yesterday', '2026-1-1', '2026-01-01T00:00Z', ''])
      assert.throws(() => range(day, undefined), { code: 'input_invalid', message: /is not a day/ }, day);
    assert.throws(() => range('2026-02-02', '2026-02-01'), { code: 'input_invalid' });
  });
});

describe('what a hold is on', () => {
  const nothing = { session_id: null, subject_id: null, tag: null, opened_from: null, opened_before: null };
  const id = '0b8c4c9e-6f0a-4f5e-9d5b-2f1f5a1c7e01';
  it('is told in words, with ids shortened', () => {
    assert.equal(describeTarget({ ...nothing, scope: 'session', session_id: id }), 'session 0b8c4c9e');
    assert.equal(
      describeTarget({ ...nothing, scope: 'subject', subject_id: id }),
      'every session of subject 0b8c4c9e',
    );
    const opened_from = new Date('2026-01-01T00:00:00Z');
    assert.equal(
      describeTarget({ ...nothing, scope: 'query', tag: 'complaint', opened_from }),
      'every session tagged complaint opened from 2026-01-01 00:00 UTC',
    );
    assert.equal(describeTarget({ ...nothing, scope: 'query', tag: 'x' }), 'every session tagged x');
  });
});
