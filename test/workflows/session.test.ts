import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { whatNext } from '../../workflows/messages.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { actions, agent, closed, inReview, objects, supervisor } from './session-stage.ts';

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
