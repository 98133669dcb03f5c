import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Kysely } from 'kysely';
import { checkRestore } from '../../../src/acts/restore-check.ts';
import type { BackupServices } from '../../../src/cli/backup.ts';
import { clearSchema } from '../../../src/db/backup.ts';
import { connect } from '../../../src/db/connect.ts';
import { createBackupServices } from '../../../src/main/backup-cli.ts';
import { openReconcile } from '../../../src/main/reconcile.ts';
import type { TestDatabase } from '../../support/database.ts';
import { objectsOf } from '../archived.ts';
import { close } from '../conversation.ts';
import { erase, erasureDone } from '../erasing.ts';
import type { Installation } from '../installation.ts';
import { assertInvariants } from '../invariants.ts';
import { approve, workflowEnds, workflowReaches } from '../life.ts';
import type { PartProcess } from '../processes.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { until } from '../until.ts';

const OPERATOR = { kind: 'operator', id: 'cli:test' } as const;

describe('faults 48 and 55: a back-up is restored after life went on', () => {
  let stage: Stage;
  let installation: Installation;
  let database: TestDatabase;
  let remove: () => Promise<void>;
  let backups: BackupServices;
  let place: string;
  let parts: PartProcess[] = [];
  const customers = { anna: 0, bert: 0, carl: 0, dora: 0 };
  const sessions = { anna: '', bert: '', carl: '', dora: '' };
  const names = Object.keys(sessions) as (keyof typeof sessions)[];

  before(async () => {
    stage = await startStage();
    ({ installation, database, remove } = await stage.install({ keep: 'PT1S' }));
    place = await mkdtemp(join(tmpdir(), 'retention-drill-'));
    backups = await createBackupServices({
      ...installation.services.config,
      databaseOwnerUrl: asOwner(database.url),
      keysDatabaseOwnerUrl: asOwner(database.keysUrl),
    });
    parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
  });
  after(async () => {
    await backups.close();
    await remove();
    await stage.stop();
    await rm(place, { recursive: true, force: true });
  });

  it('is made while the service works', async () => {
    for (const name of names) {
      customers[name] = installation.addCustomer();
      sessions[name] = await opened(name);
    }
    for (const name of ['anna', 'carl', 'dora'] as const) close(installation, await topicOf(sessions[name]));
    for (const name of ['anna', 'carl', 'dora'] as const)
      await workflowReaches(installation, sessions[name], 'review');
    await assertInvariants(sceneOf(installation));
    const { id } = await backups.create({ place, actor: OPERATOR, now: new Date() });
    await backups.verify(place, id);
  });

  it('and then a person is erased, a session deleted, another held, and somebody new writes', async () => {
    await approve(installation, sessions.dora);
    await workflowEnds(installation, sessions.dora);
    const { erasureId } = await erase(installation, customers.anna);
    await erasureDone(installation, erasureId);
    await hold();
    const late = installation.addCustomer();
    installation.sandbox.world.play.send(late, { text: 'I am new' });
    await until('the new session is stored', async () => (await countSessions()) === 5);
    await assertInvariants(sceneOf(installation));
  });

  for (const keysToo of [false, true])
    it(`with the database ${keysToo ? 'and the keys ' : ''}lost, the old state comes back, and nothing of it that must not`, async () => {
      for (const part of parts) await part.kill();
      await lose(database.url);
      if (keysToo) await lose(database.keysUrl);
      const order = { place, withoutKeys: false, actor: OPERATOR, now: new Date() };
      const restored = await backups.restore(order);
      assert.equal(restored.keysFrom, keysToo ? restored.id : null);
      assert.equal(await countSessions(), 4, 'what came after the back-up is lost');
      const { services } = installation;
      assert.equal(await services.vault.stillThere(sessions.anna), keysToo ? 1 : 0);

      const bot = installation.start('bot');
      parts = [bot, installation.start('relay'), installation.start('worker')];
      await until('the bot waits', () => bot.output().includes('restore_unchecked'));
      installation.sandbox.world.play.send(customers.bert, { text: 'Is anybody there?' });
      const { repeated, deletedBefore } = await checkRestore(services, {
        ...{ entries: services.ledger.entries(), dryRun: false, actor: OPERATOR, now: new Date() },
      });
      assert.equal(repeated.length, 1);
      // Where the keys are as they were, they tell that this one was deleted.
      assert.deepEqual(deletedBefore, keysToo ? [] : [sessions.dora]);
      assert.equal(await services.vault.stillThere(sessions.anna), 0);
      await erasureDone(installation, repeated[0]?.erasureId ?? '');
      assert.deepEqual(await objectsOf(installation, sessions.anna), []);
      await until('the bot has taken what waited', async () => (await messagesOf(sessions.bert)) === 2);

      const { run, close: closeReconcile } = openReconcile(services);
      const report = await run({ dryRun: false, deep: false, actor: OPERATOR, clock: () => new Date() });
      await closeReconcile();
      assert.ok(report.mended > 0);
      await hold();
      if (keysToo) {
        await workflowReaches(installation, sessions.dora, 'review');
        // Its objects went before the restore; what its rows still say goes the way they went.
        assert.deepEqual(await objectsOf(installation, sessions.dora), []);
        await approve(installation, sessions.dora);
      }
      await services.acts.resumeDeletions({
        ...{ projectId: 'shop', reason: 'restored', actor: OPERATOR, now: new Date() },
      });
      await workflowEnds(installation, sessions.dora);
      assert.equal((await objectsOf(installation, sessions.carl)).length, 1, 'held again, and whole');
      await assertInvariants(sceneOf(installation));
    });

  async function opened(name: keyof typeof customers): Promise<string> {
    const { db } = installation.services;
    const before = (await db.selectFrom('session').select('id').execute()).map(({ id }) => id);
    installation.sandbox.world.play.send(customers[name], { text: `This is ${name}.` });
    return until('the session has a topic', async () => {
      const all = await db.selectFrom('session').select(['id', 'topic_id']).execute();
      return all.find(({ id, topic_id }) => !before.includes(id) && topic_id !== null)?.id;
    });
  }

  async function topicOf(sessionId: string): Promise<number> {
    const { topic_id: topicId } = await installation.services.db
      .selectFrom('session')
      .select('topic_id')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    return topicId ?? 0;
  }

  async function hold(): Promise<void> {
    await installation.services.acts.placeHold({
      ...{ sessionId: sessions.carl, reason: 'a claim', actor: OPERATOR, now: new Date() },
    });
  }

  async function countSessions(): Promise<number> {
    return (await installation.services.db.selectFrom('session').select('id').execute()).length;
  }

  async function messagesOf(sessionId: string): Promise<number> {
    const { db } = installation.services;
    return (await db.selectFrom('message').select('id').where('session_id', '=', sessionId).execute()).length;
  }
});

function asOwner(url: string): string {
  return Object.assign(new URL(url), { username: 'retention_owner' }).href;
}

/** Everything in a database is gone, as after the loss of its disk. */
async function lose(url: string): Promise<void> {
  const db = connect(asOwner(url), () => undefined, 1) as unknown as Kysely<never>;
  await clearSchema(db);
  await db.destroy();
}
