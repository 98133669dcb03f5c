import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readNextStep } from '../../src/db/life.ts';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { sessionWorkflowId } from '../../src/temporal/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDevServer } from '../support/servers.ts';
import { close, everythingSent, topicTexts } from './conversation.ts';
import { install, type Installation } from './installation.ts';
import { assertInvariants } from './invariants.ts';
import { whatNext, workflowReaches } from './life.ts';
import type { PartProcess } from './processes.ts';
import { sceneOf } from './scene.ts';
import { countMessages, storedSessions, waitingEvents, type StoredSession } from './stored.ts';
import { until } from './until.ts';

const CUSTOMERS = 20;
/** So many of them wrote already before the outage, and so have a workflow. */
const EARLIER = 10;
const MESSAGES = 10;

describe('while Temporal is away', () => {
  const directory = mkdtempSync(join(tmpdir(), 'retention-outage-'));
  const dbFile = join(directory, 'temporal.db');
  let server: Awaited<ReturnType<typeof startDevServer>>;
  let database: TestDatabase;
  let installation: Installation;
  let parts: PartProcess[];
  let customers: number[];
  /** What each customer wrote, in order. */
  let said: string[][];

  before(async () => {
    server = await startDevServer({ dbFile });
    database = await createTestDatabase();
    installation = await install(
      { databases: database, temporal: server },
      { reopen: 'PT1H', archiveWithin: 'PT2H' },
    );
    customers = Array.from({ length: CUSTOMERS }, () => installation.addCustomer());
    said = customers.map(() => []);
    parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
    for (let at = 0; at < EARLIER; at++) say(at, `${at} was here before`);
    await until('the earlier customers have their workflows', async () => {
      const sessions = await storedSessions(installation);
      if (sessions.length < EARLIER) return false;
      const told = await Promise.all(sessions.map(({ sessionId }) => whatNext(installation, sessionId)));
      return told.every((next) => next?.phase === 'open');
    });
  });

  after(async () => {
    await installation.close();
    await server.stop();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('the bot goes on storing and relaying, and staff go on closing', async () => {
    process.kill(server.pid, 'SIGKILL');
    await until('Temporal is gone', () => !isRunning(server.pid));
    await server.stop();

    for (let number = 0; number < MESSAGES; number++)
      for (let at = 0; at < CUSTOMERS; at++) say(at, `${at} says ${number}`);
    await until('all messages are stored', async () => {
      return (await countMessages(installation)) >= EARLIER + CUSTOMERS * MESSAGES;
    });
    await everythingSent(installation);

    // One of those who had a workflow before and one of those who had none, for each way.
    for (const at of [0, 1, EARLIER, EARLIER + 1]) close(installation, await topicOf(at));
    await until('four sessions are closed', async () => (await phases()).closed === 4);
    for (const at of [1, EARLIER + 1]) say(at, `${at} is back`);
    await until('two of them are open again', async () => (await phases()).closed === 2);
    await everythingSent(installation);

    await until('the relay has tried in vain', async () => {
      const tried = await installation.services.db
        .selectFrom('outbox')
        .select('id')
        .where('delivered_at', 'is', null)
        .where('attempts', '>', 1)
        .execute();
      return tried.length >= CUSTOMERS - EARLIER;
    });
    assert.ok(parts.every((part) => part.isRunning()));
  });

  it('nothing is lost: once it is back every session has its workflow at the right phase', async () => {
    server = await startDevServer({ dbFile, port: server.port });
    await until('the outbox is empty', async () => (await waitingEvents(installation)) === 0);
    const sessions = await storedSessions(installation);
    assert.equal(sessions.length, CUSTOMERS);
    for (const { sessionId } of sessions) {
      const { phase, step } = await readNextStep(installation.services.db, sessionId, new Date());
      assert.equal((await workflowReaches(installation, sessionId, phase)).step, step);
      const workflow = installation.temporal.workflow.getHandle(sessionWorkflowId(sessionId));
      assert.equal((await workflow.describe()).status.name, 'RUNNING');
    }
    assert.deepEqual(await phases(), { open: CUSTOMERS - 2, closed: 2 });
    assert.ok(parts.every((part) => part.isRunning()));
  });

  it('every message is stored once and in order, and stands so in its topic', async () => {
    const sessions = await storedSessions(installation);
    assert.deepEqual(sessions.map(({ texts }) => texts).sort(byFirst), [...said].sort(byFirst));
    for (const { topicId, texts } of sessions) {
      const shown = topicTexts(installation, topicId ?? 0).filter((text) => texts.includes(text));
      assert.deepEqual(shown, texts);
    }
    await assertInvariants(sceneOf(installation, { accepted: said.flat().length }));
  });

  function say(at: number, text: string) {
    installation.sandbox.world.play.send(customers[at] ?? 0, { text });
    said[at]?.push(text);
  }

  async function topicOf(at: number): Promise<number> {
    const mine = (session: StoredSession) => session.texts.includes(said[at]?.at(-1) ?? '');
    return (await storedSessions(installation)).find(mine)?.topicId ?? 0;
  }

  async function phases(): Promise<Record<string, number>> {
    const rows = await installation.services.db.selectFrom('session').select('phase').execute();
    const counts: Record<string, number> = {};
    for (const { phase } of rows) counts[phase] = (counts[phase] ?? 0) + 1;
    return counts;
  }
});

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? '') < (b[0] ?? '') ? -1 : 1;
}
