import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { policyInForce } from '../../src/db/policies.ts';
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

  it('gets the first version of its policy from its file, and no other', async () => {
    const project = testProject();
    assert.deepEqual(await saveProject(at.db, project, change), { version: 1, differs: false });
    assert.deepEqual(await saveProject(at.db, project, change), { version: 1, differs: false });
    const shorter = { ...project, policy: { ...project.policy, keep: 'P1Y' } };
    assert.deepEqual(await saveProject(at.db, shorter, change), { version: 1, differs: true });
    assert.equal((await policyInForce(at.db, 'shop')).policy.keep, 'P730D');
  });

  it('does not differ once its policy was applied by a person', async () => {
    const project = testProject();
    const policy = { ...project.policy, keep: 'P4Y' };
    const actor = { kind: 'staff', id: 'compliance-1' } as const;
    await at.acts.applyPolicy({ projectId: 'shop', policy, reason: 'more time', actor, now: change.now });
    assert.deepEqual(await saveProject(at.db, { ...project, policy }, change), {
      version: 2,
      differs: false,
    });
    assert.deepEqual(await saveProject(at.db, project, change), { version: 2, differs: true });
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
