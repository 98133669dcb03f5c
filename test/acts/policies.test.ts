import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { waitingApprovals } from '../../src/db/approvals.ts';
import { policyVersions } from '../../src/db/policies.ts';
import { policySchema, type Policy } from '../../src/domain/policy.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { COMPLIANCE, SECOND } from './policies-stage.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('a policy that is applied', () => {
  let at: TestDatabase;
  let projectId: string;
  let projects = 0;
  before(async () => {
    at = await createTestDatabase();
  });
  after(() => at.drop());
  beforeEach(async () => {
    projectId = `shop-${++projects}`;
    await addProject(at.db, { ...testProject(), id: projectId });
  });

  const policy = testProject().policy;
  const longer: Policy = { ...policy, keep: 'P4Y' };
  const shorter: Policy = { ...policy, keep: 'P1Y' };
  const apply = (next: Policy, change: object = {}) =>
    at.acts.applyPolicy({
      projectId,
      policy: next,
      reason: 'new guidance',
      actor: COMPLIANCE,
      now,
      ...change,
    });
  const decide = (approvalId: string, actor: object = SECOND, outcome = 'approved') =>
    at.acts.decideApproval({ approvalId, outcome, actor, now } as Parameters<
      TestDatabase['acts']['decideApproval']
    >[0]);
  const inForce = async () => (await policyVersions(at.db, projectId))[0];
  const asked = async (next = shorter) => {
    const outcome = await apply(next);
    assert.equal(outcome.outcome, 'waiting');
    return outcome.outcome === 'waiting' ? outcome.approvalId : '';
  };

  it('is in force at once when it only keeps longer', async () => {
    assert.deepEqual(await apply(longer), { outcome: 'applied', version: 2 });
    const version = await inForce();
    assert.equal(version?.policy.keep, 'P4Y');
    assert.deepEqual(
      [version?.author, version?.approvedBy, version?.reason],
      ['compliance-1', null, 'new guidance'],
    );
    const entry = await at.db
      .selectFrom('audit_entry')
      .select(['action', 'actor_id', 'object_id', 'counts'])
      .where('project_id', '=', projectId)
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
    assert.deepEqual(entry, {
      action: 'policy.applied',
      actor_id: 'compliance-1',
      object_id: `${projectId}:2`,
      counts: { version: 2 },
    });
  });

  it('makes no version when it says what is in force already', async () => {
    const again = policySchema.parse(JSON.parse(JSON.stringify(policy)));
    assert.deepEqual(await apply(again), { outcome: 'unchanged', version: 1 });
  });

  it('changes nothing until a second person approves, when it shortens', async () => {
    const outcome = await apply(shorter);
    assert.equal(outcome.outcome, 'waiting');
    assert.deepEqual(outcome.outcome === 'waiting' && outcome.shortenings, [
      'keep: its base period of P730D becomes P1Y',
    ]);
    assert.equal((await inForce())?.version, 1);
    await decide(outcome.outcome === 'waiting' ? outcome.approvalId : '');
    const version = await inForce();
    assert.deepEqual(
      [version?.version, version?.policy.keep, version?.author, version?.approvedBy],
      [2, 'P1Y', 'compliance-1', 'compliance-2'],
    );
  });

  it('cannot be approved by whoever asked for it, who may take it back', async () => {
    const id = await asked();
    await assert.rejects(decide(id, COMPLIANCE), { code: 'not_allowed' });
    assert.equal((await inForce())?.version, 1);
    await decide(id, COMPLIANCE, 'refused');
    await assert.rejects(decide(id), { code: 'already_decided' });
    assert.equal((await inForce())?.version, 1);
  });

  it('is decided by one of two people who decide at once', async () => {
    const id = await asked();
    const people = ['a', 'b', 'c', 'd'].map((name) => ({ kind: 'staff', id: `officer-${name}` }));
    const outcomes = await Promise.allSettled(
      people.map((person, index) => decide(id, person, index % 2 ? 'refused' : 'approved')),
    );
    const won = outcomes.filter(({ status }) => status === 'fulfilled');
    assert.equal(won.length, 1);
    for (const one of outcomes)
      if (one.status === 'rejected') assert.equal((one.reason as { code: string }).code, 'already_decided');
    const { outcome } = await at.db
      .selectFrom('approval')
      .select('outcome')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    assert.equal((await inForce())?.version, outcome === 'approved' ? 2 : 1);
  });

  it('that waits is decided while the next one is asked for, and neither blocks the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await asked();
      const outcomes = await Promise.allSettled([
        decide(id, SECOND, 'refused'),
        ...[1, 2, 3].map(() => apply({ ...policy, keep: 'P6M' })),
      ]);
      for (const one of outcomes)
        if (one.status === 'rejected') assert.equal((one.reason as { code: string }).code, 'already_decided');
      const waiting = (await waitingApprovals(at.db, projectId)).map(({ id: left }) => left);
      for (const left of waiting) await decide(left, SECOND, 'refused');
    }
  });

  it('waits for a second person once, not twice', async () => {
    await asked();
    await assert.rejects(apply({ ...policy, keep: 'P6M' }), { code: 'already_decided' });
  });

  it('is refused when another version is in force than the one it was planned against', async () => {
    await apply(longer);
    await assert.rejects(apply({ ...policy, keep: 'P5Y' }, { baseVersion: 1 }), {
      code: 'already_decided',
      message: /planned against version 1; version 2 is in force/,
    });
  });

  it('stays as it is when a version came into force while an approval was waiting', async () => {
    const id = await asked();
    await apply(longer);
    await assert.rejects(decide(id), {
      code: 'already_decided',
      message: new RegExp(`approval refuse ${id}`),
    });
    assert.equal((await inForce())?.policy.keep, 'P4Y');
    await decide(id, SECOND, 'refused');
  });

  it('of several that are applied at once, planned against the same version, one comes into force', async () => {
    const outcomes = await Promise.allSettled(
      ['P3Y', 'P4Y', 'P5Y', 'P6Y'].map((keep) => apply({ ...policy, keep }, { baseVersion: 1 })),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await inForce())?.version, 2);
  });

  it('needs no second person in a demo project', async () => {
    const demo = `demo-${projects}`;
    await addProject(at.db, { ...testProject(), id: demo, policy: { ...policy, demo: true } });
    const outcome = await apply({ ...policy, demo: true, keep: 'PT30S' }, { projectId: demo });
    assert.deepEqual(outcome, { outcome: 'applied', version: 2 });
  });

  it('needs a reason and a project', async () => {
    await assert.rejects(apply(longer, { reason: ' ' }), { code: 'input_invalid' });
    await assert.rejects(apply(longer, { projectId: 'nowhere' }), { code: 'not_found' });
  });
});
