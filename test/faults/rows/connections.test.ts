import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import type { Installation } from '../installation.ts';
import { assertInvariants } from '../invariants.ts';
import { whatNext } from '../life.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { countMessages, storedSessions } from '../stored.ts';
import { until } from '../until.ts';

const MESSAGES = 10;

describe('a database that takes no connection', () => {
  let stage: Stage;
  let installation: Installation;
  let database: TestDatabase;
  let remove: () => Promise<void>;

  before(async () => {
    stage = await startStage();
    ({ installation, database, remove } = await stage.install());
  });
  after(async () => {
    await remove();
    await stage.stop();
  });

  /** As when others have taken all there are: those that are open break, and there are no new ones. */
  async function limit(connections: number) {
    const name = new URL(database.url).pathname.slice(1);
    const client = new Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
    await client.connect();
    await client.query(`alter database ${name} connection limit ${connections}`);
    if (connections === 0)
      await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
    await client.end();
  }

  it('fault 58: messages wait while the database takes no connection, and none is lost', async () => {
    const parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
    const customer = installation.addCustomer();
    const { play } = installation.sandbox.world;
    play.send(customer, { text: 'before' });
    const [session] = await until('the first message is stored', async () => {
      const sessions = await storedSessions(installation);
      return sessions.length === 1 && sessions;
    });
    const sessionId = session?.sessionId ?? '';
    await until('its workflow runs', () => whatNext(installation, sessionId));
    await limit(0);
    const said = Array.from({ length: MESSAGES }, (_, number) => `message ${number}`);
    for (const text of said) play.send(customer, { text });
    await until('the bot has noticed', () => parts[0]?.output().includes('a service is away'));
    await limit(-1);
    await until('all messages are stored', async () => {
      return (await countMessages(installation).catch(() => 0)) > MESSAGES;
    });
    assert.deepEqual(
      (await storedSessions(installation)).map(({ texts }) => texts),
      [['before', ...said]],
    );
    assert.ok(parts.every((part) => part.isRunning()));
    await assertInvariants(sceneOf(installation, { accepted: MESSAGES + 1 }));
  });
});
