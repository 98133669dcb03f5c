import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addProject, customerMessage, testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { actions, closed, inReview, released, supervisor } from './session-stage.ts';

describe('the review of a session', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage();
  });
  after(() => stage.stop());

  it('is deleted after seven days of silence, and not before', async () => {
    const sessionId = await inReview(stage, 5);
    const { review } = await stage.life(sessionId);
    const left = (review?.dueAt.getTime() ?? 0) - (await stage.now()).getTime();
    await stage.pass(left - 60_000);
    assert.equal((await stage.life(sessionId)).phase, 'review');
    await stage.pass(120_000);
    await stage.stands(sessionId, 'deleted');
    assert.ok((await actions(stage, sessionId)).includes('review.lapsed'));
  });

  it('goes back to the archive when a supervisor extends it', async () => {
    const sessionId = await inReview(stage, 6);
    const until = new Date((await stage.now()).getTime() + 400 * 86_400_000);
    await stage.acts.decideReview({
      sessionId,
      decision: 'extend',
      until,
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.stands(sessionId, 'archived');
    await stage.pass('399 days');
    assert.equal((await stage.life(sessionId)).phase, 'archived');
    await stage.pass('2 days');
    const life = await stage.stands(sessionId, 'review');
    assert.equal(life.round, 2);
  });

  it('goes back to the archive when it is relabelled and a rule keeps the new tag longer', async () => {
    const sessionId = await inReview(stage, 7);
    await stage.acts.decideReview({
      sessionId,
      decision: 'relabel',
      tag: 'transaction',
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    const life = await stage.stands(sessionId, 'archived');
    assert.ok(life.keepUntil && life.keepUntil > (await stage.now()));
  });

  it('stays while it is held, and gets a new full window once it is released', async () => {
    const sessionId = await inReview(stage, 8);
    await stage.acts.placeHold({ sessionId, reason: 'claim', actor: supervisor, now: await stage.now() });
    await stage.relay();
    await stage.pass('400 days');
    assert.equal((await stage.life(sessionId)).phase, 'review');
    await released(stage, sessionId);
    const life = await until('a second round', async () => {
      const at = await stage.life(sessionId);
      return at.round === 2 && at;
    });
    assert.ok(life.review && life.review.dueAt.getTime() - (await stage.now()).getTime() > 6 * 86_400_000);
    await stage.pass('8 days');
    await stage.stands(sessionId, 'deleted');
  });

  it('goes into review by itself when a hold reaches its end', async () => {
    const sessionId = await stage.begin('held for a while', 9);
    await closed(stage, sessionId);
    await stage.pass('13 hours');
    await stage.stands(sessionId, 'archived');
    const endsAt = new Date((await stage.now()).getTime() + 1000 * 86_400_000);
    await stage.acts.placeHold({
      sessionId,
      reason: 'audit',
      endsAt,
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.pass('999 days');
    assert.equal((await stage.life(sessionId)).phase, 'archived');
    await stage.pass('2 days');
    await stage.stands(sessionId, 'review');
  });

  it('is held instead of deleted after silence, where the policy says so', async () => {
    const project = testProject();
    const review = { ...project.policy.review, onSilence: 'hold' as const };
    await addProject(stage.db, { ...project, id: 'careful', policy: { ...project.policy, review } });
    const message = customerMessage('with care', {
      projectId: 'careful',
      telegramUserId: 14,
      now: await stage.now(),
    });
    const { sessionId = '' } = await stage.acts.receiveMessage(message);
    await stage.relay();
    await closed(stage, sessionId);
    await stage.pass('13 hours');
    await stage.stands(sessionId, 'archived');
    await stage.pass('760 days');
    const life = await until('the review to lapse', async () => {
      const at = await stage.life(sessionId);
      return at.review?.ended === 'silence-hold' && at;
    });
    assert.equal(life.phase, 'review');
    assert.deepEqual(life.holdEnds, [null]);
  });

  it('takes a decision straight from the Temporal UI, and audits its author', async () => {
    const sessionId = await inReview(stage, 11);
    await stage.handle(sessionId).signal('decideReview', { decision: 'approve', by: 'maria' });
    await stage.stands(sessionId, 'deleted');
    const entry = await stage.db
      .selectFrom('audit_entry')
      .select(['actor_kind', 'actor_id', 'workflow_id'])
      .where('object_id', '=', sessionId)
      .where('action', '=', 'review.approve')
      .executeTakeFirstOrThrow();
    assert.deepEqual(entry, {
      actor_kind: 'operator',
      actor_id: 'maria',
      workflow_id: `session:${sessionId}`,
    });
  });

  it('takes none, from there either, on what an erasure left restricted, and audits that', async () => {
    const sessionId = await inReview(stage, 12);
    const now = await stage.now();
    await stage.db.updateTable('session').set({ restricted_at: now }).where('id', '=', sessionId).execute();
    await stage.handle(sessionId).signal('decideReview', { decision: 'approve', by: 'maria' });
    await until('the refusal', async () => (await actions(stage, sessionId)).includes('signal.refused'));
    const { phase, review } = await stage.life(sessionId);
    assert.deepEqual([phase, review?.ended], ['review', null]);
  });
});
