import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkRestore } from '../../src/acts/restore-check.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import { profileContext, revisionContext } from '../../src/db/messages.ts';
import { countUnknown } from '../../src/db/restore-check.ts';
import { createWaitingUpdates } from '../../src/telegram/waiting-updates.ts';
import { createVault } from '../../src/vault/vault.ts';
import { backUp, type BackUp } from '../support/back-up.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { closed, objects } from '../workflows/session-stage.ts';

const ANNA = 90_001;
const BERT = 90_002;
const operator = { kind: 'operator', id: 'cli:test' } as const;

describe('a database restored to before an erasure', () => {
  let stage: LifeStage;
  let main: BackUp;
  let keys: BackUp;
  let archived: string;
  let live: string;
  let others: string;
  let erasureId: string;

  before(async () => {
    stage = await createLifeStage();
    archived = await stage.begin('an old question', ANNA);
    await closed(stage, archived);
    await stage.pass('13 hours');
    await stage.stands(archived, 'archived');
    live = await stage.begin('a new question', ANNA);
    others = await stage.begin('somebody else', BERT);
    await putBy(1);
    const superuserUrl = process.env['TEST_POSTGRES_URL'] ?? '';
    main = await backUp(stage.url, superuserUrl);
    keys = await backUp(stage.keysUrl, superuserUrl);
    erasureId = await erase(ANNA);
    await over();
    await (await waitingUpdates()).remove([1]);
  });

  after(async () => {
    await main.remove();
    await keys.remove();
    await stage.stop();
  });

  it('without a restore nothing is found', async () => {
    assert.deepEqual(await check(), { entries: 1, repeated: [], deletedBefore: [], waiting: 0 });
    assert.equal(await unknownErasures(), 0);
  });

  it('has rows of the person again, of which none can be read: the keys were not part of it', async () => {
    await main.restore();
    assert.equal((await stage.life(live)).phase, 'open');
    assert.equal((await peopleWith(ANNA)).length, 1);
    assert.equal(await unknownErasures(), 1);
    await assertUnreadable();
  });

  it('a dry run tells what is back, and changes nothing', async () => {
    const before = await auditSize();
    const { repeated } = await check({ dryRun: true });
    const [{ number, ...found } = { number: '' }, ...more] = repeated;
    assert.match(number, /^E-/);
    assert.deepEqual(found, { erasureId, sessions: 2, shares: 0, subject: true, keys: 0 });
    assert.deepEqual(more, []);
    assert.equal((await stage.life(live)).phase, 'open');
    assert.equal(await auditSize(), before);
  });

  it('the check erases the person again under the old number, and leaves everybody else alone', async () => {
    const { repeated } = await check();
    assert.equal(repeated.length, 1);
    assert.equal((await stage.life(live)).erased, true, 'hidden at once');
    await over();
    await assertGone();
    assert.deepEqual(await callsForMissing(), [], 'its objects went the first time');
    const life = await stage.life(others);
    assert.equal(life.phase, 'open');
    await readable(others);
    const { counts } = await lastAudit('restore.checked');
    assert.deepEqual(counts, { entries: 1, erasures: 1, sessions: 2, subjects: 1, keys: 0, deletions: 0 });
  });

  it('run once more it finds nothing', async () => {
    assert.deepEqual((await check()).repeated, []);
  });

  it('with the keys restored too everything could be read, and the check destroys the keys at once', async () => {
    await main.restore();
    await keys.restore();
    await readable(live);
    const { repeated } = await check();
    assert.equal(repeated[0]?.keys, 3, 'two sessions and the profile');
    await assertUnreadable();
    await over();
    await assertGone();
  });

  it('updates that waited before the erasure go unread, since nobody knows whose they are; later ones stay', async () => {
    await main.restore();
    await keys.restore();
    await putBy(2);
    assert.equal((await check({ dryRun: true })).waiting, 1);
    const updates = await waitingUpdates();
    await updates.read(1);
    assert.equal((await check()).waiting, 1);
    await assert.rejects(updates.read(1), { code: 'key_destroyed' });
    await updates.read(2);
    assert.equal((await check()).waiting, 0);
    await over();
  });

  it('with the keys alone restored they are destroyed, and no erasure runs for it', async () => {
    await keys.restore();
    assert.equal(await stage.vault.stillThere(live), 1);
    const { repeated } = await check();
    assert.deepEqual([repeated[0]?.keys, repeated[0]?.subject], [2, false]);
    assert.equal(await stage.vault.stillThere(live), 0);
    assert.equal(await stage.vault.stillThere(archived), 0);
  });

  it('a hold that the back-up brings back does not keep what was erased', async () => {
    await main.restore();
    await stage.acts.placeHold({
      sessionId: archived,
      reason: 'old',
      actor: operator,
      now: await stage.now(),
    });
    await check();
    await over();
    await assertGone();
  });

  it('whoever wrote again after the erasure is not touched', async () => {
    const again = await stage.begin('hello again', ANNA);
    assert.deepEqual((await check()).repeated, []);
    assert.equal((await stage.life(again)).phase, 'open');
    await readable(again);
  });

  async function putBy(id: number) {
    await (await waitingUpdates()).putBy([{ id, update: { update_id: id } }]);
  }

  async function waitingUpdates() {
    const now = await stage.now();
    return createWaitingUpdates({ db: stage.db, vault: stage.vault, botId: () => 1, clock: () => now });
  }

  async function check(options: { dryRun?: boolean } = {}) {
    const ledger = createErasureLedger(() => Promise.resolve(stage.store));
    const order = { dryRun: false, actor: operator, now: await stage.now(), ...options };
    return checkRestore(stage, { ...order, entries: ledger.entries() });
  }

  async function unknownErasures() {
    const ledger = createErasureLedger(() => Promise.resolve(stage.store));
    return countUnknown(stage.db, await Array.fromAsync(ledger.ids()));
  }

  async function erase(telegramUserId: number): Promise<string> {
    const act = { projectId: 'shop', telegramUserId, now: await stage.now() };
    const { nonce } = await stage.acts.requestErasure(act);
    const confirmed = await stage.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    return confirmed.erasureId;
  }

  /** The erasure has run to its end. */
  async function over() {
    await until('the erasure to be done', async () => {
      await stage.relay();
      await stage.pass('1 minute');
      await stage.db
        .updateTable('delivery')
        .set({ done_at: await stage.now(), outcome: 'sent' })
        .execute();
      const { state } = await stage.db
        .selectFrom('erasure')
        .select('state')
        .where('id', '=', erasureId)
        .executeTakeFirstOrThrow();
      return state === 'done';
    });
  }

  async function assertGone() {
    assert.deepEqual(await peopleWith(ANNA), []);
    for (const sessionId of [archived, live]) {
      assert.equal((await stage.life(sessionId)).phase, 'deleted');
      assert.deepEqual(await objects(stage, sessionId), []);
      assert.equal(await stage.vault.stillThere(sessionId), 0);
      assert.deepEqual(await revisionsOf(sessionId), []);
    }
  }

  /** Nothing that a restored row holds of Anna opens, for a process that has no key in memory. */
  async function assertUnreadable() {
    const vault = createVault({ db: stage.keys, kek: stage.kek });
    const [person] = await peopleWith(ANNA);
    const sealed = [
      { bytes: person?.profile_sealed, context: profileContext(person?.id ?? '') },
      ...(await revisionsOf(live)).map((row) => ({
        bytes: row.sealed,
        context: revisionContext(row.message_id, 1),
      })),
    ];
    assert.equal(sealed.length, 2);
    for (const { bytes, context } of sealed)
      await assert.rejects(vault.open(bytes ?? Buffer.alloc(0), context), { code: 'key_destroyed' });
    assert.deepEqual(await objects(stage, archived), []);
  }

  async function readable(sessionId: string) {
    const vault = createVault({ db: stage.keys, kek: stage.kek });
    const rows = await revisionsOf(sessionId);
    assert.equal(rows.length, 1);
    for (const row of rows) await vault.open(row.sealed, revisionContext(row.message_id, 1));
  }

  function peopleWith(telegramUserId: number) {
    return stage.db
      .selectFrom('subject')
      .selectAll()
      .where('telegram_user_id', '=', telegramUserId)
      .execute();
  }

  function revisionsOf(sessionId: string) {
    return stage.db
      .selectFrom('revision')
      .innerJoin('message', 'message.id', 'revision.message_id')
      .selectAll('revision')
      .where('message.session_id', '=', sessionId)
      .execute();
  }

  async function callsForMissing() {
    const rows = await stage.db.selectFrom('delivery').select('payload').where('kind', '=', 'text').execute();
    return rows.filter(({ payload }) => String(payload['key']).startsWith('objects-missing'));
  }

  async function auditSize(): Promise<number> {
    return (await stage.db.selectFrom('audit_entry').select('seq').execute()).length;
  }

  function lastAudit(action: string) {
    return stage.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('action', '=', action)
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
  }
});
