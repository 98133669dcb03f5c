import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { watch } from '../../src/acts/watchdog.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { closed, inReview, objects, supervisor } from './session-stage.ts';

describe('an archive object that somebody took away', () => {
  let stage: LifeStage;
  before(async () => {
    stage = await createLifeStage();
  });
  after(() => stage.stop());

  async function takeAway(sessionId: string) {
    for await (const { name, generation } of stage.store.list(`shop/${sessionId}/`))
      await stage.store.delete(name, generation);
  }

  async function approve(sessionId: string) {
    await stage.acts.decideReview({
      ...{ sessionId, decision: 'approve', actor: supervisor, now: await stage.now() },
    });
    await stage.relay();
  }

  async function countsOf(sessionId: string, action: string) {
    const entries = await stage.aside
      .selectFrom('audit_entry')
      .select('counts')
      .where('object_id', '=', sessionId)
      .where('action', '=', action)
      .execute();
    return entries.map(({ counts }) => counts);
  }

  const calls = async () =>
    (await stage.aside.selectFrom('delivery').select('payload').where('kind', '=', 'text').execute())
      .map(({ payload }) => String(payload['key']))
      .filter((key) => key.startsWith('objects-missing'));

  it('does not keep its session from being deleted; audit and people are told that it was missing', async () => {
    const sessionId = await inReview(stage, 41);
    await takeAway(sessionId);
    await approve(sessionId);
    await stage.stands(sessionId, 'deleted');
    for (const action of ['deletion.began', 'session.deleted']) {
      const [counts, ...more] = await countsOf(sessionId, action);
      assert.deepEqual([counts?.['objects'], counts?.['missing'], more], [1, 1, []]);
    }
    assert.deepEqual(await calls(), ['objects-missing:1']);
  });

  it('calls people once a day, however many there are', async () => {
    const both = [await stage.begin('one', 42), await stage.begin('two', 43)];
    for (const sessionId of both) await closed(stage, sessionId);
    await stage.pass('13 hours');
    for (const sessionId of both) await stage.stands(sessionId, 'archived');
    await stage.pass('732 days');
    for (const sessionId of both) await stage.stands(sessionId, 'review');
    const before = (await calls()).length;
    for (const sessionId of both) await takeAway(sessionId);
    for (const sessionId of both) {
      await approve(sessionId);
      await stage.stands(sessionId, 'deleted');
    }
    assert.equal((await calls()).length, before + 1);
    const tomorrow = new Date((await stage.now()).getTime() + 25 * 3_600_000);
    await watch(stage.db, { now: tomorrow, withAnchor: false });
    const lasting = await stage.aside
      .selectFrom('alarm')
      .select('id')
      .where('kind', '=', 'objects-missing')
      .where('cleared_at', 'is', null)
      .execute();
    assert.deepEqual(lasting, []);
  });

  it('is not to be confused with what a deletion removed that is tried again', async () => {
    const sessionId = await inReview(stage, 44);
    const before = (await calls()).length;
    const removeReally = stage.store.delete.bind(stage.store);
    let lost = 0;
    stage.store.delete = async (...of) => {
      const outcome = await removeReally(...of);
      if (lost++ > 0) return outcome;
      throw new Error('the answer was lost');
    };
    await approve(sessionId);
    await stage.stands(sessionId, 'deleted');
    stage.store.delete = removeReally;
    assert.ok(lost > 0);
    const [counts] = await countsOf(sessionId, 'session.deleted');
    assert.deepEqual([counts?.['objects'], counts?.['missing']], [1, undefined]);
    assert.equal((await calls()).length, before);
  });

  it('is told of an erasure as well', async () => {
    const sessionId = await inReview(stage, 45);
    await takeAway(sessionId);
    const act = { projectId: 'shop', telegramUserId: 45, now: await stage.now() };
    const { nonce } = await stage.acts.requestErasure(act);
    await stage.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    await stage.relay();
    await stage.stands(sessionId, 'deleted');
    assert.equal((await countsOf(sessionId, 'session.erased'))[0]?.['missing'], 1);
    assert.deepEqual(await objects(stage, sessionId), []);
  });
});
