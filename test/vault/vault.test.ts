import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { migrateVault } from '../../src/vault/migrate.ts';
import { createVault } from '../../src/vault/vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { rewrapAll } from '../../src/vault/wrapping.ts';
import { vaultFixture } from './vault-fixture.ts';
import type { VaultFixture } from './vault-fixture.ts';

const TEXT = 'Where is my parcel?';

describe('vault', () => {
  let fixture: VaultFixture;
  let vault: Vault;

  /** What another process sees: the same database and key file, nothing in memory. */
  const anotherProcess = () => createVault({ db: fixture.db, kek: fixture.kek });
  const newScope = () => ({ sessionId: randomUUID(), subjectId: randomUUID() });

  async function sealedText(scope = newScope()) {
    const [key] = await vault.keysFor([scope]);
    assert.ok(key);
    return { ...scope, key, sealed: vault.seal(key, 'message/1', TEXT) };
  }

  before(async () => {
    fixture = await vaultFixture();
    vault = createVault({ db: fixture.db, kek: fixture.kek });
  });
  after(() => fixture[Symbol.asyncDispose]());

  it('migrates once, whoever comes first', async () => {
    assert.deepEqual(await Promise.all([migrateVault(fixture.db), migrateVault(fixture.db)]), [[], []]);
  });

  it('opens in another process what it sealed', async () => {
    const { sealed } = await sealedText();
    assert.equal((await anotherProcess().open(sealed, 'message/1')).toString(), TEXT);
  });

  it('gives each (session, subject) one key, and the subject without a session another', async () => {
    const { sessionId, subjectId } = newScope();
    const scopes = [
      { sessionId, subjectId },
      { sessionId: null, subjectId },
      { sessionId, subjectId },
      { sessionId, subjectId: randomUUID() },
    ];
    const ids = (await vault.keysFor(scopes)).map((key) => key.id);
    assert.equal(new Set(ids).size, 3);
    assert.equal(ids[0], ids[2]);
    assert.deepEqual(
      (await anotherProcess().keysFor(scopes)).map((key) => key.id),
      ids,
    );
  });

  it('ends in one key when two processes ask for the same scopes at once, in any order', async () => {
    for (let round = 0; round < 10; round++) {
      const scopes = Array.from({ length: 200 }, (_, at) => ({
        ...newScope(),
        ...(at % 5 === 0 && { sessionId: null }),
      }));
      const [mine, theirs] = await Promise.all([
        anotherProcess().keysFor(scopes),
        anotherProcess().keysFor(scopes.toReversed()),
      ]);
      assert.deepEqual(mine, theirs.toReversed());
    }
  });

  it('fetches ten thousand keys in one statement, and none that it remembers', async () => {
    const scopes = Array.from({ length: 10_000 }, newScope);
    const keys = await vault.keysFor(scopes);
    const sealed = keys.map((key) => ({ sealed: vault.seal(key, 'c', TEXT), context: 'c' }));
    const cold = anotherProcess();
    const start = fixture.statements();
    await cold.keysFor(scopes);
    assert.equal(fixture.statements() - start, 1);
    await cold.openMany(sealed);
    assert.equal(fixture.statements() - start, 1);
    const colder = anotherProcess();
    const opened = await colder.openMany(sealed);
    assert.equal(fixture.statements() - start, 2);
    assert.equal(opened.length, scopes.length);
  });

  it('stores no key in clear', async () => {
    const { key } = await sealedText();
    const rows = await fixture.db.selectFrom('data_key').where('id', '=', key.id).select('wrapped').execute();
    assert.equal(rows[0]?.wrapped.indexOf(key.bytes), -1);
  });

  it('refuses a wrapped key that was moved to another scope', async () => {
    const { key } = await sealedText();
    await sql`update data_key set subject_id = ${randomUUID()} where id = ${key.id}`.execute(fixture.db);
    await assert.rejects(anotherProcess().keyById(key.id), { code: 'sealed_text_damaged' });
  });

  it('tells a key that was destroyed from one that never was', async () => {
    const { sessionId, sealed, key } = await sealedText();
    assert.equal(await vault.destroy({ sessionId }), 1);
    for (const one of [vault, anotherProcess()]) {
      await assert.rejects(one.open(sealed, 'message/1'), { code: 'key_destroyed' });
      await assert.rejects(one.keyById(key.id), { code: 'key_destroyed' });
      await assert.rejects(one.keyById(randomUUID()), { code: 'key_unknown' });
    }
  });

  it('keeps nothing of a destroyed key but that it was', async () => {
    const { sessionId, subjectId, key } = await sealedText();
    await vault.destroy({ sessionId, subjectId });
    const { rows } = await sql<{ marker: object }>`
      select to_jsonb(d) - 'destroyed_at' as marker from destroyed_key d where id = ${key.id}`.execute(
      fixture.db,
    );
    assert.deepEqual(rows, [{ marker: { id: key.id, session_id: sessionId, subject_id: subjectId } }]);
  });

  it('destroys by session, by subject, or by both, and says how many went now', async () => {
    const [sessionId, other] = [randomUUID(), randomUUID()];
    const [anna, boris] = [randomUUID(), randomUUID()];
    await vault.keysFor([
      { sessionId, subjectId: anna },
      { sessionId, subjectId: boris },
      { sessionId: other, subjectId: anna },
      { sessionId: null, subjectId: anna },
      { sessionId: other, subjectId: boris },
    ]);
    assert.equal(await vault.destroy({ sessionId, subjectId: anna }), 1);
    assert.equal(await vault.destroy({ sessionId, subjectId: anna }), 0);
    assert.equal(await vault.stillThere(sessionId), 1);
    assert.equal(await vault.destroy({ subjectId: anna }), 2);
    assert.equal(await vault.destroy({ sessionId }), 1);
    assert.equal(await vault.stillThere(sessionId), 0);
    assert.equal(await vault.stillThere(other), 1);
  });

  it('destroys the key of a profile and leaves those of the sessions', async () => {
    const [sessionId, subjectId] = [randomUUID(), randomUUID()];
    await vault.keysFor([
      { sessionId, subjectId },
      { sessionId: null, subjectId },
    ]);
    assert.equal(await vault.destroy({ sessionId: null, subjectId }), 1);
    assert.equal(await vault.stillThere(sessionId), 1);
  });

  it('counts each key once when two processes destroy the same session', async () => {
    const sessionId = randomUUID();
    await vault.keysFor(Array.from({ length: 20 }, () => ({ sessionId, subjectId: randomUUID() })));
    const counts = await Promise.all([vault.destroy({ sessionId }), anotherProcess().destroy({ sessionId })]);
    assert.equal(counts[0] + counts[1], 20);
  });

  it('makes no new key for a session whose key was destroyed, but lets a person come back', async () => {
    const { sessionId, subjectId } = await sealedText();
    const [profile] = await vault.keysFor([{ sessionId: null, subjectId }]);
    await vault.destroy({ subjectId });
    await assert.rejects(vault.keysFor([{ sessionId, subjectId }]), { code: 'key_destroyed' });
    const [fresh] = await vault.keysFor([{ sessionId: null, subjectId }]);
    assert.notEqual(fresh?.id, profile?.id);
  });

  it('wraps every key anew after a rotation, in batches, going on where a crash cut it off', async () => {
    await using own = await vaultFixture();
    const { db, kek } = own;
    const writer = createVault({ db, kek });
    const scopes = Array.from({ length: 25 }, newScope);
    const keys = await writer.keysFor(scopes);
    const old = (await kek.current()).id;
    const current = await kek.rotate(new Date());

    const crash = () => {
      throw new Error('crash');
    };
    await assert.rejects(rewrapAll({ db, kek, batchSize: 10, onBatch: crash }), /crash/);
    assert.deepEqual(await createVault({ db, kek }).keysFor(scopes), keys);
    assert.deepEqual(await rewrapAll({ db, kek, batchSize: 10 }), { keys: 15, retired: [old] });
    assert.deepEqual(await rewrapAll({ db, kek }), { keys: 0, retired: [] });
    assert.deepEqual(await createVault({ db, kek }).keysFor(scopes), keys);

    const used = await db.selectFrom('data_key').select('kek_id').distinct().execute();
    assert.deepEqual(used, [{ kek_id: current }]);
  });
});
