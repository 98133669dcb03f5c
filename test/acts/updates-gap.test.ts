import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPollingMark, notePollingStart } from '../../src/acts/updates-gap.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';

const HOUR = 3_600_000;

describe('the gap that an outage leaves in Telegram’s updates', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db);
  });
  after(() => at.drop());
  const start = new Date('2026-01-10T12:00:00Z');
  const later = (hours: number) => new Date(start.getTime() + hours * HOUR);
  const begin = (botId: number, hours: number) =>
    notePollingStart(at.db, { projectId: 'shop', botId, now: later(hours) });

  it('is none at the first start, after a short outage, and after quiet days with the bot at work', async () => {
    assert.equal(await begin(1, 0), undefined);
    assert.equal(await begin(1, 23), undefined);
    let now = later(23);
    const mark = createPollingMark(at.db, () => now);
    for (let hours = 23; hours <= 95; hours += 0.5) {
      now = later(hours);
      await mark(1);
    }
    assert.equal(await begin(1, 100), undefined);
  });

  it('is recorded and told from the last sign of life until what Telegram still had', async () => {
    assert.deepEqual(await begin(1, 150), { from: later(100), until: later(126) });
    const entry = await at.aside
      .selectFrom('audit_entry')
      .select(['action', 'object_id', 'counts', 'reason'])
      .where('action', '=', 'updates.gap')
      .executeTakeFirstOrThrow();
    assert.deepEqual(entry, {
      action: 'updates.gap',
      object_id: 'shop',
      counts: { hours: 26 },
      reason: '2026-01-14T16:00:00.000Z/2026-01-15T18:00:00.000Z',
    });
    const told = await at.aside.selectFrom('delivery').select(['target', 'kind']).execute();
    assert.deepEqual(told, [{ target: 'supervisors', kind: 'text' }]);
    assert.equal(await begin(1, 151), undefined, 'and only once');
  });

  it('goes by the last update where the bot left no mark yet', async () => {
    await at.acts.receiveMessage(customerMessage('Hello', { now: start }));
    assert.deepEqual(await begin(77, 48), { from: start, until: later(24) });
  });
});
