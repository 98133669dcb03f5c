import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { startDevServer } from '../support/servers.ts';
import { assertArchived, auditCounts } from './archived.ts';
import { close, converse, CONVERSATION } from './conversation.ts';
import { install, type Installation } from './installation.ts';
import { assertInvariants } from './invariants.ts';
import { whatNext, workflowReaches } from './life.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';
import type { PartProcess } from './processes.ts';
import { sceneOf } from './scene.ts';
import { countMessages, storedSessions, waitingEvents } from './stored.ts';
import { until } from './until.ts';

const CUSTOMERS = 10;
const MESSAGES = 20;

describe('PostgreSQL is killed in a burst of messages', () => {
  let server: Awaited<ReturnType<typeof startDevServer>>;
  let postgres: OwnPostgres;
  let installation: Installation;
  let parts: PartProcess[];

  before(async () => {
    server = await startDevServer();
    postgres = await startOwnPostgres();
    installation = await install({ databases: postgres.databases, temporal: server });
    parts = (['bot', 'relay', 'worker'] as const).map((part) => installation.start(part));
  });

  after(async () => {
    await installation.close();
    await server.stop();
    await postgres.remove();
  });

  it('and once it is back every message is stored exactly once, in order, and every session lives', async () => {
    const { play } = installation.sandbox.world;
    const customers = Array.from({ length: CUSTOMERS }, () => installation.addCustomer());
    const said = customers.map((_, at) =>
      Array.from({ length: MESSAGES }, (_, number) => `${at} says ${number}`),
    );
    for (let number = 0; number < MESSAGES; number++)
      customers.forEach((customer, at) => play.send(customer, { text: said[at]?.[number] ?? '' }));
    await until('the burst has begun', async () => (await countMessages(installation)) > 0);
    await postgres.crash();
    await until('the bot has noticed', () => parts[0]?.output().includes('a service is away'));
    await postgres.restart();

    const all = CUSTOMERS * MESSAGES;
    await until('all messages are stored', async () => (await countStored()) >= all);
    await until('the outbox is empty', async () => (await waitingEvents(installation)) === 0);
    const sessions = await storedSessions(installation);
    assert.deepEqual(sessions.map(({ texts }) => texts).sort(), said.sort());
    for (const { sessionId } of sessions)
      await until(
        'the workflow runs',
        async () => (await whatNext(installation, sessionId))?.phase === 'open',
      );
    assert.ok(parts.every((part) => part.isRunning()));
    await assertInvariants(sceneOf(installation, { accepted: all }));
  });

  async function countStored(): Promise<number> {
    // A connection of the pool may be one that broke.
    return countMessages(installation).catch(() => 0);
  }
});

describe('PostgreSQL is killed in the middle of the transaction that records an archive', () => {
  it('and nothing of it is there, until the same activity records it once', async () => {
    const server = await startDevServer();
    const postgres = await startOwnPostgres();
    const installation = await install({ databases: postgres.databases, temporal: server });
    const blocker = new Client({ connectionString: postgres.superuserUrl('retention') });
    // The crash cuts this connection too.
    blocker.on('error', () => undefined);
    try {
      await installation.startDeskHere();
      installation.start('worker');
      const conversation = await converse(installation);
      const { sessionId, topicId } = conversation;
      await blocker.connect();
      close(installation, topicId);
      await until(
        'it is closed',
        async () => (await auditCounts(installation, sessionId, 'session.closed')).length > 0,
      );
      await blocker.query('begin');
      // Manifests are in by then, and the entry of the audit is what the transaction waits for.
      await blocker.query('lock table audit_entry in share row exclusive mode');
      await until('the recording waits in its transaction', async () => {
        // Of the locks alone: a transaction reads pg_stat_activity once, and this one is older than what it waits for.
        const { rowCount } = await blocker.query(`select from pg_locks l
          where not l.granted and l.relation = 'audit_entry'::regclass
            and exists (select from pg_locks w where w.pid = l.pid and w.granted
              and w.relation = 'archive'::regclass and w.mode = 'RowExclusiveLock')`);
        return (rowCount ?? 0) > 0;
      });
      await postgres.crash();
      await postgres.restart();
      await workflowReaches(installation, sessionId, 'archived');
      await assertArchived(installation, conversation);
      await assertInvariants(sceneOf(installation, { accepted: CONVERSATION.messages }));
    } finally {
      await blocker.end().catch(() => undefined);
      await installation.close();
      await server.stop();
      await postgres.remove();
    }
  });
});
