import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkRestore } from '../../src/acts/restore-check.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { backUp, type BackUp } from '../support/back-up.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { inReview, objects, supervisor } from '../workflows/session-stage.ts';

const operator = { kind: 'operator', id: 'cli:test' } as const;

describe('a database restored to before a deletion, with the keys as they are', () => {
  let stage: LifeStage;
  let main: BackUp;
  let doomed: string;
  let others: string;

  before(async () => {
    stage = await createLifeStage();
    doomed = await inReview(stage, 51);
    others = await stage.begin('somebody else', 52);
    main = await backUp(stage.url, process.env['TEST_POSTGRES_URL'] ?? '');
    await approve();
    await stage.stands(doomed, 'deleted');
    await main.restore();
  });
  after(async () => {
    await main.remove();
    await stage.stop();
  });

  it('has the session again, in review, without its objects and keys', async () => {
    assert.equal((await stage.life(doomed)).phase, 'review');
    assert.deepEqual(await objects(stage, doomed), []);
    assert.equal(await stage.vault.stillThere(doomed), 0);
  });

  it('a dry run tells it, and changes nothing', async () => {
    assert.deepEqual((await check({ dryRun: true })).deletedBefore, [doomed]);
    assert.equal((await stage.life(doomed)).deletionBeganAt, null);
  });

  it('the check completes it as deleted, once, and says that it was restored', async () => {
    assert.deepEqual((await check()).deletedBefore, [doomed]);
    await stage.relay();
    await stage.stands(doomed, 'deleted');
    const entries = await stage.aside
      .selectFrom('audit_entry')
      .select(['action', 'actor_id', 'reason', 'counts'])
      .where('object_id', '=', doomed)
      .where('action', 'in', ['deletion.began', 'session.deleted'])
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      entries.map(({ action, reason }) => [action, reason]),
      [
        ['deletion.began', 'deleted before; restored from a back-up'],
        ['session.deleted', null],
      ],
    );
    assert.equal(entries[0]?.actor_id, 'cli:test');
    assert.deepEqual(entries[1]?.counts, entries[0]?.counts);
    const days = await stage.aside.selectFrom('deletion_day').select('began').execute();
    assert.deepEqual(days, [], 'no breaker counts it');
  });

  it('run once more it finds nothing, and everybody else is as they were', async () => {
    assert.deepEqual((await check()).deletedBefore, []);
    assert.equal((await stage.life(others)).phase, 'open');
    assert.equal(await stage.vault.stillThere(others), 1);
  });

  it('a session of which only those are left who never had a key is not taken for one', async () => {
    await stage.vault.destroy({ sessionId: others });
    await stage.db
      .insertInto('participant')
      .values({ session_id: others, subject_id: await newSubject() })
      .execute();
    assert.deepEqual((await check()).deletedBefore, []);
  });

  async function newSubject(): Promise<string> {
    const sessionId = await stage.begin('new here', 53);
    return (await stage.life(sessionId)).subjectId ?? '';
  }

  async function check(options: { dryRun?: boolean } = {}) {
    const ledger = createErasureLedger(() => Promise.resolve(stage.store));
    const order = { dryRun: false, actor: operator, now: await stage.now(), ...options };
    return checkRestore(stage, { ...order, entries: ledger.entries() });
  }

  async function approve() {
    const now = await stage.now();
    await stage.acts.decideReview({ sessionId: doomed, decision: 'approve', actor: supervisor, now });
    await stage.relay();
  }
});
