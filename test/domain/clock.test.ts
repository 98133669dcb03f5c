import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agreeOnTime } from '../../src/domain/clock.ts';

const MINUTE = 60_000;

describe('the time that counts for a step', () => {
  const database = new Date('2026-03-01T12:00:00Z');
  const from = (ms: number) => new Date(database.getTime() + ms);

  it('is the later of the workflow’s and the database’s', () => {
    assert.deepEqual(agreeOnTime(from(4 * MINUTE), database, database), from(4 * MINUTE));
    assert.deepEqual(agreeOnTime(from(-2880 * MINUTE), database, database), database);
  });

  it('is none while the workflow is ahead, or the worker differs, by more than five minutes', () => {
    assert.throws(() => agreeOnTime(from(6 * MINUTE), database), {
      code: 'clock_skewed',
      message: /Temporal/,
    });
    for (const apart of [-6, 6]) {
      const step = () => agreeOnTime(database, database, from(apart * MINUTE));
      assert.throws(step, { code: 'clock_skewed', message: /this worker is 360 s/ });
    }
    assert.deepEqual(agreeOnTime(database, database, from(-4 * MINUTE)), database);
  });
});
