import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { until } from '../support/until.ts';
import { createReconcileStage } from './reconcile-stage.ts';

it('a step that is refused for good does not end its workflow', { timeout: 60_000 }, async () => {
  const stage = await createReconcileStage();
  try {
    const id = randomUUID();
    await stage.workflows.bring({
      ...{ kind: 'session', id, projectId: 'shop' },
      next: { phase: 'archived', step: 'wait', at: null, held: false, round: 0 },
    });
    await until('the row to be asked for in vain', async () => {
      const { events } = await stage.handle(id).fetchHistory();
      return events?.some((event) => event.timerStartedEventAttributes);
    });
    assert.equal((await stage.workflows.describe('session', id))?.status, 'running');
    await stage.handle(id).terminate();
  } finally {
    await stage.stop();
  }
});
