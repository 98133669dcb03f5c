import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { whatNext } from '../../workflows/messages.ts';
import { addProject, customerMessage, testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';

const agent = { kind: 'staff', id: 'agent-1' } as const;
const supervisor = { kind: 'staff', id: 'supervisor-1' } as const;

/** The objects of a session in the store. */
async function objects(stage: LifeStage, sessionId: string) {
  const names = [];
  for await (const object of stage.store.list(`shop/${sessionId}/`)) names.push(object.name);
  return names;
}

async function actions(stage: LifeStage, sessionId: string) {
  const rows = await stage.db
    .selectFrom('audit_entry')
    .select(['action', 'counts'])
    .where('object_id', '=', sessionId)
    .orderBy('seq')
    .execute();
  return rows.map((row) => row.action);
}

async function closed(stage: LifeStage, sessionId: string) {
  await stage.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: await stage.now() });
  await stage.relay();
}

async function inReview(stage: LifeStage, user: number) {
  const sessionId = await stage.begin('a question', user);
  await closed(stage, sessionId);
  await stage.pass('13 hours');
  await stage.stands(sessionId, 'archived');
  await stage.pass('732 days');
  await stage.stands(sessionId, 'review');
  return sessionId;
}

describe('the life of a session', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage();
  });
  after(() => stage.stop());

  it('closes by itself after seven idle days, and a message in between moves the date', async () => {
    const sessionId = await stage.begin('first', 1);
    await stage.pass('6 days');
    await stage.begin('second', 1);
    await stage.pass('2 days');
    assert.equal((await stage.life(sessionId)).phase, 'open');
    await stage.pass('5 days');
    const life = await stage.stands(sessionId, 'closed');
    assert.equal(life.closeReason, 'idle');
  });

  it('is archived when its reopen window ends, within 24 hours of closure', async () => {
    const sessionId = await stage.begin('archive me', 2);
    await closed(stage, sessionId);
    await stage.pass('13 hours');
    const life = await stage.stands(sessionId, 'archived');
    assert.ok(life.archivedAt && life.archiveDueAt && life.archivedAt <= life.archiveDueAt);
    assert.equal((await objects(stage, sessionId)).length, 1);
    const live = await stage.db
      .selectFrom('message')
      .select('id')
      .where('session_id', '=', sessionId)
      .execute();
    assert.deepEqual(live, []);
  });

  it('reopens within its window, and then goes on as if it had never closed', async () => {
    const sessionId = await stage.begin('again', 3);
    await closed(stage, sessionId);
    await stage.pass('11 hours');
    assert.equal(await stage.begin('one more thing', 3), sessionId);
    await stage.pass('3 days');
    assert.equal((await stage.life(sessionId)).phase, 'open');
    assert.deepEqual(await objects(stage, sessionId), []);
  });

  it('stays two years in the archive, is reviewed, approved and deleted', async () => {
    const sessionId = await inReview(stage, 4);
    await stage.acts.decideReview({
      sessionId,
      decision: 'approve',
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.stands(sessionId, 'deleted');
    assert.deepEqual(await stage.handle(sessionId).result(), { phase: 'deleted' });
    assert.deepEqual(await objects(stage, sessionId), []);
    assert.equal(await stage.vault.stillThere(sessionId), 0);
    assert.deepEqual(await actions(stage, sessionId), [
      'session.opened',
      'session.closed',
      'session.archived',
      'review.opened',
      'review.approve',
      'deletion.began',
      'session.deleted',
    ]);
  });

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
    await stage.acts.releaseHolds({ sessionId, actor: supervisor, now: await stage.now() });
    await stage.relay();
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

  it('skips the archive when it is spam, and goes after its own short period', async () => {
    const sessionId = await stage.begin('BUY NOW', 10);
    await stage.acts.changeTag({
      sessionId,
      tag: 'spam',
      change: 'add',
      actor: agent,
      now: await stage.now(),
    });
    await stage.relay();
    assert.equal((await stage.life(sessionId)).phase, 'closed');
    await stage.pass('6 days');
    assert.equal((await stage.life(sessionId)).phase, 'closed');
    await stage.pass('2 days');
    await stage.stands(sessionId, 'deleted');
    assert.ok(!(await actions(stage, sessionId)).includes('session.archived'));
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

  it('sleeps for twenty years, waking once a year to move on to the code of the day', async () => {
    const sessionId = await stage.begin('a medical record', 15);
    await stage.acts.changeTag({
      sessionId,
      tag: 'healthcare',
      change: 'add',
      actor: agent,
      now: await stage.now(),
    });
    await closed(stage, sessionId);
    await stage.pass('13 hours');
    await stage.stands(sessionId, 'archived');
    await stage.pass(`${20 * 365} days`);
    assert.equal((await stage.life(sessionId)).phase, 'archived');
    await stage.pass('7 days');
    await stage.stands(sessionId, 'review');
    const { historyLength } = await stage.handle(sessionId).describe();
    assert.ok(historyLength < 30, `${historyLength} events after twenty years`);
    assert.equal((await actions(stage, sessionId)).filter((one) => one === 'review.opened').length, 1);
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

  it('records what it cannot read, and goes on', async () => {
    const sessionId = await stage.begin('poison', 12);
    const handle = stage.handle(sessionId);
    for (const payload of [
      {},
      null,
      'approve',
      { decision: 'burn', by: 'x' },
      { decision: 'approve', by: 'x'.repeat(5000) },
    ])
      await handle.signal('decideReview', payload);
    await handle.signal('no-such-signal', { text: 'x'.repeat(10_000) });
    await until(
      'six refusals',
      async () => (await actions(stage, sessionId)).filter((one) => one === 'signal.refused').length === 6,
    );
    await closed(stage, sessionId);
    await stage.pass('13 hours');
    await stage.stands(sessionId, 'archived');
  });

  it('is not ended by a request to cancel its workflow', async () => {
    const sessionId = await stage.begin('do not stop', 16);
    const handle = stage.handle(sessionId);
    await handle.cancel();
    await closed(stage, sessionId);
    await until(
      'the workflow to know it is closed',
      async () => (await handle.query(whatNext)).phase === 'closed',
    );
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    // The time-skipping server never continues a run as new that was asked to cancel; the real one does.
    await handle.terminate('end of the test');
  });

  it('comes back at its phase when its workflow was lost', async () => {
    const sessionId = await inReview(stage, 13);
    await stage.handle(sessionId).terminate('lost');
    await stage.acts.decideReview({
      sessionId,
      decision: 'approve',
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.stands(sessionId, 'deleted');
    assert.equal((await actions(stage, sessionId)).filter((one) => one === 'session.deleted').length, 1);
  });
});
