import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runChaos } from './chaos.ts';

describe('an installation whose processes die at random', () => {
  it('loses nothing, does nothing twice, and finishes what was begun', async () => {
    const { violations, killed, acts } = await runChaos({
      kills: 12,
      seed: 20_261_122,
      log: () => undefined,
    });
    assert.deepEqual(violations, []);
    assert.ok(Object.values(killed).reduce((sum, one) => sum + one, 0) >= 12);
    assert.ok((acts['message'] ?? 0) > 0);
  });
});
