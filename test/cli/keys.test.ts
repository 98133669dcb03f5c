import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createVault } from '../../src/vault/vault.ts';
import { createStage, OPERATOR, type Stage } from './stage.ts';

describe('retention keys', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  interface Rotation {
    readonly current: string;
    readonly keys: number;
    readonly retired: string[];
  }

  it('rotate wraps every data key anew, and what was sealed before still opens', async () => {
    const sessionId = await stage.archiveSession('sealed under the old key');
    const before = await stage.database.kek.current();
    const rotation = await stage.json<Rotation>('keys', 'rotate');
    assert.notEqual(rotation.current, before.id);
    assert.ok(rotation.keys >= 2);
    assert.deepEqual(rotation.retired, [before.id]);
    const kept = await stage.database.keys.selectFrom('data_key').select('kek_id').distinct().execute();
    assert.deepEqual(kept, [{ kek_id: rotation.current }]);
    const cat = await stage.run('archive', 'cat', sessionId, '--reason', 'T-1');
    assert.match(cat.stdout, /sealed under the old key/);
    const afresh = createVault({ db: stage.database.keys, kek: stage.database.kek });
    assert.equal(await afresh.stillThere(sessionId), 1);
  });

  it('rewrap finds nothing left to do, and both are in the audit with their counts', async () => {
    assert.equal((await stage.json<Rotation>('keys', 'rewrap')).keys, 0);
    const entries = await stage.database.db
      .selectFrom('audit_entry')
      .select(['action', 'actor_id'])
      .where('object_kind', '=', 'key-encryption-key')
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      entries.map(({ action, actor_id }) => [action, actor_id]),
      [
        ['keys.rotated', OPERATOR.id],
        ['keys.rewrapped', OPERATOR.id],
        ['keys.rewrapped', OPERATOR.id],
      ],
    );
  });
});
