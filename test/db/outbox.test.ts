import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { relayBatch } from '../../src/main/relay.ts';
import type { Relayed } from '../../src/temporal/relay.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';

const AGENT = { kind: 'staff', id: 'agent-1' } as const;

describe('an event that waits in the outbox', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db);
  });
  after(() => at.drop());

  async function relayed(deliver: (event: Relayed) => Promise<void>) {
    return relayBatch({ db: at.db, log: pino({ level: 'silent' }) }, deliver);
  }
  const waiting = async () =>
    (await at.aside.selectFrom('outbox').select('event').where('delivered_at', 'is', null).execute()).length;

  it('reaches its workflow once, however often it was said before', async () => {
    const { sessionId = '' } = await at.acts.receiveMessage(customerMessage('Hello'));
    await relayed(() => Promise.resolve());
    const act = { sessionId, actor: AGENT };
    const tag = (name: string) => at.acts.changeTag({ ...act, tag: name, change: 'add', now: new Date() });
    for (const name of ['refund', 'parcel', 'urgent']) await tag(name);
    await at.acts.closeSession({ ...act, reason: 'agent', now: new Date() });
    const waited = await waiting();
    assert.ok(waited >= 4);

    const failing = await relayed(() => Promise.reject(new Error('Temporal is away')));
    assert.equal(failing.failed, 1);
    assert.equal(await waiting(), waited, 'what did not arrive waits, all of it');
    await at.db
      .updateTable('outbox')
      .set({ next_attempt_at: new Date(0) })
      .execute();

    const told: string[] = [];
    const deliver = async (event: Relayed) => {
      told.push(event.event);
      // Said once more while it is on its way: nobody can know whether it was in time.
      if (told.length === 1) await tag('late');
    };
    while ((await relayed(deliver)).taken > 0);
    assert.deepEqual(told, ['tagged', 'closed', 'tagged']);
    assert.equal(await waiting(), 0);
  });
});
