import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { appendAuditEntry } from '../../src/audit/append.ts';
import { checkBackups } from '../../src/main/doctor/backups.ts';
import { runChecks } from '../../src/main/doctor/run-checks.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('the doctor on back-ups', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
  });
  after(() => at.drop());

  it('knows how old the last back-up is, and what of an erasure lives on in one that is too old', async () => {
    const now = new Date('2026-03-10T12:00:00Z');
    const look = async () => (await runChecks([checkBackups(at.db, () => now)]))[0];
    assert.match((await look())?.found ?? '', /none was made/);
    const made = (hoursAgo: number) =>
      appendAuditEntry(at.db, {
        ...{
          at: new Date(now.getTime() - hoursAgo * 3_600_000),
          actor: { kind: 'operator', id: 'cli:test' },
        },
        ...{ action: 'backup.created', object: { kind: 'backup', id: 'x' }, projectId: null, counts: {} },
      });
    await made(50);
    const old = await look();
    assert.equal(old?.level, 'warning');
    assert.match(old.consequence, /no erasure is final/);
    await made(30);
    assert.equal((await look())?.level, 'warning');
    await made(2);
    assert.equal((await look())?.level, 'ok');
  });
});
