import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkLog } from '../../src/acts/audit-check.ts';
import { exportLog, receiptFor } from '../../src/acts/audit-export.ts';
import { sequenceEntries, signHead, type AuditLogDeps } from '../../src/acts/audit-log.ts';
import { verifyReceipt } from '../../src/audit/receipt.ts';
import { erasureEntry } from '../../src/db/audit.ts';
import { openSigningKeys } from '../../src/main/audit-deps.ts';
import { customerMessage } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';

const CANARY = { firstName: 'Kanarina', text: 'the canary sings at dawn', telegramUserId: 9_123_456_789 };

describe('an erasure and the audit log', () => {
  let stage: LifeStage;
  let log: AuditLogDeps;
  let secrets: string;

  before(async () => {
    stage = await createLifeStage();
    secrets = await mkdtemp(join(tmpdir(), 'retention-audit-'));
    log = { db: stage.aside, ...(await openSigningKeys(secrets)) };
  });
  after(async () => {
    await stage.stop();
    await rm(secrets, { recursive: true, force: true });
  });

  async function keep() {
    while ((await sequenceEntries(log)) > 0);
    await signHead(log, new Date());
  }

  async function exported(): Promise<string> {
    let lines = '';
    for await (const line of exportLog(stage.aside, log.origin)) lines += line;
    return lines;
  }

  it('leaves every entry as it was: the tree is whole before and after, and never held a name', async () => {
    const { firstName, text, telegramUserId } = CANARY;
    const message = customerMessage(text, { firstName, telegramUserId, now: await stage.now() });
    await stage.acts.receiveMessage(message);
    await stage.relay();
    await keep();
    assert.equal((await checkLog(log)).ok, true);
    const before = (await exported()).split('\n').filter((line) => line.startsWith('{"position"'));

    const number = await erase(telegramUserId);
    await keep();

    const check = await checkLog(log);
    assert.equal(check.ok, true, JSON.stringify(check.findings));
    const after = await exported();
    for (const line of before)
      assert.ok(after.includes(`${line}\n`), 'an entry from before is not there any more');
    for (const canary of [firstName, text, String(telegramUserId)])
      assert.ok(!after.includes(canary), `${canary} is in the audit log`);

    const entry = await erasureEntry(stage.aside, number);
    assert.equal(entry?.action, 'erasure.completed');
    const [key] = await log.keys.list();
    const receipt = await receiptFor(stage.aside, entry, key?.verifier ?? '');
    assert.equal(verifyReceipt(receipt, [key?.verifier ?? '']).verdict, 'genuine');
  });

  async function erase(telegramUserId: number): Promise<string> {
    const projectId = 'shop';
    const asked = await stage.acts.requestErasure({ projectId, telegramUserId, now: await stage.now() });
    await stage.relay();
    const nonce = asked.nonce ?? '';
    await stage.acts.confirmErasure({ projectId, telegramUserId, nonce, now: await stage.now() });
    await stage.relay();
    await until('the erasure to be done', async () => {
      await stage.pass('1 minute');
      // The sender of messages is not part of this stage: what it would have sent is sent.
      const sent = { done_at: await stage.now(), outcome: 'sent' };
      await stage.db.updateTable('delivery').set(sent).execute();
      await stage.relay();
      const rows = await stage.db
        .selectFrom('erasure')
        .select('state')
        .where('id', '=', asked.erasureId)
        .execute();
      return rows[0]?.state === 'done';
    });
    return asked.number;
  }
});
