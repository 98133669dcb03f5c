import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ProcessingActivity } from '../../src/domain/processing-register.ts';
import { addProject } from '../support/database.ts';
import { createAuditCliStage, type AuditCliStage } from './audit-stage.ts';

describe('retention register', () => {
  let stage: AuditCliStage;
  before(async () => {
    stage = await createAuditCliStage();
    await addProject(stage.database.db);
  });
  after(() => stage.close());

  it('is a document with everything that GDPR Art. 30(1) asks for', async () => {
    const { code, stdout } = await stage.run('register');
    assert.equal(code, 0);
    for (const heading of [
      'Controller (Art. 30(1)(a))',
      'Purposes (b)',
      'People concerned (c)',
      'Data (c)',
      'Recipients (d)',
      'Transfers to third countries (e)',
      'Time limits for erasure (f)',
      'Security (g)',
    ])
      assert.ok(stdout.includes(`### ${heading}`), heading);
    assert.ok(stdout.includes('## Test shop (shop)'));
  });

  it('says the period of every rule of the policy in force, and where it comes from', async () => {
    const { stdout } = await stage.run('register', '--project', 'shop');
    assert.match(stdout, /- Every session: 730 days after its closure/);
    assert.match(
      stdout,
      /- Rule transactions, tag transaction: at least 3 years from closure, because audits\./,
    );
    assert.match(stdout, /Policy version 1, in force since \d{4}-\d\d-\d\d\./);
  });

  it('says that it is not the audit log', async () => {
    const { stdout } = await stage.run('register');
    assert.match(stdout, /says nothing of what happened\. What happened is in the audit log/);
  });

  it('is the same as JSON', async () => {
    const { activities } = await stage.json<{ activities: ProcessingActivity[] }>('register');
    assert.deepEqual(
      activities.map(({ projectId }) => projectId),
      ['shop'],
    );
  });

  it('refuses a project that does not exist', async () => {
    assert.equal((await stage.run('register', '--project', 'nope')).code, 3);
  });
});
