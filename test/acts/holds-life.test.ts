import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { releaseThrottledEvents } from '../../src/db/throttled-events.ts';
import { testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { closed, inReview, supervisor } from '../workflows/session-stage.ts';

const second = { kind: 'staff', id: 'compliance-1' } as const;

let stage: LifeStage;
before(async () => {
  const project = testProject();
  const policy = { ...project.policy, breaker: { sharePerDay: 0.01, orFewerThan: 1 } };
  stage = await createLifeStage({ project: { ...project, policy } });
});
after(() => stage.stop());

/** Brings what many sessions are told to their workflows. */
async function tell() {
  await releaseThrottledEvents(stage.db, 100, await stage.now());
  await stage.relay();
}

async function approve(sessionId: string) {
  const now = await stage.now();
  await stage.acts.decideReview({ sessionId, decision: 'approve', actor: supervisor, now });
  await stage.relay();
}

describe('workflows under what holds many sessions at once', () => {
  it('wait under a hold on what a query finds, and get a new full window when it is released', async () => {
    const sessionId = await inReview(stage, 21);
    const now = await stage.now();
    const query = { projectId: 'shop', firstDay: '2000-01-01' };
    const { holdId } = await stage.acts.holdQuery({ ...query, reason: 'audit', actor: supervisor, now });
    await tell();
    await stage.pass('100 days');
    assert.equal((await stage.life(sessionId)).phase, 'review');
    const asked = await stage.acts.releaseHold({ holdId, actor: supervisor, now: await stage.now() });
    assert.ok(asked.outcome === 'requested');
    const { approvalId } = asked;
    await stage.acts.decideApproval({
      approvalId,
      outcome: 'approved',
      actor: second,
      now: await stage.now(),
    });
    await tell();
    const life = await until('a second round', async () => {
      const at = await stage.life(sessionId);
      return at.round === 2 && at;
    });
    assert.ok(life.review && life.review.dueAt.getTime() - (await stage.now()).getTime() > 6 * 86_400_000);
  });

  it('wait while deletions are paused, and delete once they are resumed', async () => {
    const other = await stage.begin('another question', 23);
    await closed(stage, other);
    const first = await inReview(stage, 22);
    await stage.stands(other, 'review');
    await approve(first);
    await stage.stands(first, 'deleted');
    await approve(other);
    await until('the breaker to pause', async () => (await stage.life(other)).deletionsPausedAt);
    assert.equal((await stage.life(other)).phase, 'review');
    const act = { projectId: 'shop', reason: 'TICKET-1', actor: second, now: await stage.now() };
    assert.ok((await stage.acts.resumeDeletions(act)).sessions > 0);
    await tell();
    await stage.stands(other, 'deleted');
  });
});
