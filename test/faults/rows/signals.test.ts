import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { createReconcileStage, type ReconcileStage } from '../../workflows/reconcile-stage.ts';
import { until } from '../until.ts';
import { assertInvariants } from '../invariants.ts';

const SIGNALS = 1200;
const AT_ONCE = 50;
const agent = { kind: 'staff', id: 'agent-1' } as const;

describe('faults 19 and 20: a flood of signals', () => {
  let stage: ReconcileStage;
  let directory: string;
  before(async () => {
    stage = await createReconcileStage();
    directory = await mkdtemp(join(tmpdir(), 'retention-signals-'));
  });
  after(async () => {
    await stage.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is worked off in runs that stay short, and no event that comes meanwhile is lost', async () => {
    const sessionId = await stage.beginTold();
    const workflow = stage.handle(sessionId);
    const { runId: first } = await workflow.describe();
    const act = { sessionId, actor: agent };
    let acts = 0;
    for (let sent = 0; sent < SIGNALS; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => workflow.signal('nudge', { from: 'test' })));
      // Something happens to the session every now and then, also while a new run begins.
      if (sent % (4 * AT_ONCE) !== 0) continue;
      const now = new Date();
      if (acts++ % 2 === 0) await stage.acts.closeSession({ ...act, reason: 'agent', now });
      else await stage.acts.reopenSession({ ...act, now });
      await stage.relay();
    }
    const { phase } = await stage.db
      .selectFrom('session')
      .select('phase')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    await until('the workflow stands where the row does', async () => {
      return (await stage.next(sessionId))?.phase === phase;
    });
    const { runId: last, historyLength, status } = await workflow.describe();
    assert.equal(status.name, 'RUNNING');
    assert.notEqual(last, first, 'a new run has begun');
    assert.ok(historyLength < 5000, `${historyLength} events in one run`);
    const store = await openDirectoryStore(directory);
    await assertInvariants({
      ...{ db: stage.aside, vault: stage.vault },
      stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
      phaseInWorkflow: async (id) => (await stage.next(id))?.phase,
    });
  });
});
