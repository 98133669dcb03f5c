import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { saveProject } from '../../src/db/projects.ts';
import { findStaff, supervisorsOf } from '../../src/db/staff.ts';
import { createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';

describe('a project that is read again', () => {
  let at: TestDatabase;
  before(async () => {
    at = await createTestDatabase();
  });
  after(() => at.drop());

  const change = { author: 'test', reason: 'test', now: new Date() };

  it('gets a new version of its policy when the policy changed, and none when it did not', async () => {
    const project = testProject();
    assert.deepEqual(await saveProject(at.db, project, change), { version: 1, changed: true });
    assert.deepEqual(await saveProject(at.db, project, change), { version: 1, changed: false });
    const shorter = { ...project, policy: { ...project.policy, keep: 'P1Y' } };
    assert.deepEqual(await saveProject(at.db, shorter, change), { version: 2, changed: true });
  });

  it('takes every right from staff who are not in it any more', async () => {
    const project = testProject();
    await saveProject(at.db, project, change);
    assert.deepEqual(await supervisorsOf(at.db, 'shop'), [502]);
    const telegram = { staffChat: -1001, staff: [{ id: 501, roles: ['agent' as const] }] };
    await saveProject(at.db, { ...project, telegram }, change);
    assert.deepEqual(await supervisorsOf(at.db, 'shop'), []);
    assert.equal(await findStaff(at.db, 'shop', 502), undefined);
    assert.deepEqual((await findStaff(at.db, 'shop', 501))?.roles, ['agent']);
  });
});
