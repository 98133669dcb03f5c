import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertArchived, auditCounts } from '../archived.ts';
import { close, converse, CONVERSATION } from '../conversation.ts';
import { assertInvariants } from '../invariants.ts';
import { approve, workflowEnds, workflowReaches } from '../life.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { until } from '../until.ts';

const DAY = 86_400_000;

describe('a worker whose clock is wrong', { concurrency: 3 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  for (const [how, clockAheadMs] of [
    ['two days ahead', 2 * DAY],
    ['two days behind', -2 * DAY],
    ['six minutes ahead', 360_000],
  ] as const)
    it(`fault 17: ${how} opens no review and deletes nothing, calls people, and another one goes on`, async () => {
      const { installation, remove } = await stage.install({ keep: 'PT1S' });
      const { db } = installation.services;
      const wrong = () => installation.start('worker', undefined, undefined, { clockAheadMs });
      const refuses = (worker: ReturnType<typeof wrong>) =>
        until('it refuses and calls', () => worker.output().includes('"alarm":"clock_skewed"'));
      try {
        await installation.startDeskHere();
        const conversation = await converse(installation);
        const { sessionId } = conversation;
        close(installation, conversation.topicId);
        const first = wrong();
        await refuses(first);
        assert.deepEqual(await db.selectFrom('review').selectAll().execute(), []);
        await assertArchived(installation, conversation);
        await first.kill();
        const right = installation.start('worker');
        await workflowReaches(installation, sessionId, 'review');
        const review = await db.selectFrom('review').selectAll().executeTakeFirstOrThrow();
        assert.ok(Math.abs(review.opened_at.getTime() - Date.now()) < 60_000);

        await right.kill();
        await approve(installation, sessionId);
        const second = wrong();
        await refuses(second);
        assert.deepEqual(await auditCounts(installation, sessionId, 'deletion.began'), []);
        await assertArchived(installation, conversation);
        await second.kill();
        installation.start('worker');
        await workflowEnds(installation, sessionId);
        await assertInvariants(sceneOf(installation, { accepted: CONVERSATION.messages }));
      } finally {
        await remove();
      }
    });
});
