import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { anchorHeads, nodesOf, sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import type { Problem } from '../../src/audit/findings.ts';
import { rootAt } from '../../src/audit/proofs.ts';
import { verifyReceipt } from '../../src/audit/receipt.ts';
import { receiptFor } from '../../src/acts/audit-export.ts';
import { readAuditEntry } from '../../src/db/audit.ts';
import { createAuditStage, ORIGIN, type AuditStage } from './audit-stage.ts';

describe('whoever owns the table of the audit log', () => {
  let stage: AuditStage;
  let first: number;

  beforeEach(async () => {
    stage = await createAuditStage();
    // Four signed heads over 300 entries, which is more than one tile.
    await stage.grow(4, 75);
    const { min } = await stage.owner
      .selectFrom('audit_entry')
      .select((eb) => eb.fn.min('seq').as('min'))
      .where('op_id', '=', 'op-1')
      .executeTakeFirstOrThrow();
    first = Number(min);
    assert.equal((await stage.check()).ok, true);
  });
  afterEach(() => stage.drop());

  async function position(seq: number): Promise<number> {
    const row = await stage.owner
      .selectFrom('audit_leaf')
      .select('position')
      .where('seq', '=', seq)
      .executeTakeFirstOrThrow();
    return row.position;
  }

  async function assertFound(problem: Problem, seq?: number, at?: number): Promise<void> {
    const { ok, first: found, findings } = await stage.check();
    assert.equal(ok, false);
    assert.equal(found?.problem, problem, JSON.stringify(findings, null, 1));
    if (seq !== undefined) assert.equal(found.seq, String(seq));
    if (at !== undefined) assert.equal(found.from, at);
  }

  it('changes a count: the entry is named', async () => {
    await stage.tamper(`update audit_entry set counts = '{"messages": 0}' where seq = ${first + 41}`);
    await assertFound('changed', first + 41, await position(first + 41));
  });

  it('changes any column: each is found', async () => {
    for (const change of [
      `at = at + interval '1 millisecond'`,
      `actor_kind = 'system'`,
      `actor_id = 'x'`,
      `actor_role = null`,
      `workflow_id = null`,
      `run_id = 'x'`,
      `activity = null`,
      `action = 'session.archived'`,
      `object_kind = 'x'`,
      `object_id = 'x'`,
      `project_id = null`,
      `reason = null`,
      `op_id = null`,
      `request_id = 'x'`,
    ]) {
      await stage.tamper(
        `create table kept as select * from audit_entry where seq = ${first + 9}; update audit_entry set ${change} where seq = ${first + 9}`,
      );
      await assertFound('changed', first + 9);
      await stage.tamper(
        `delete from audit_entry where seq = ${first + 9}; insert into audit_entry overriding system value select * from kept; drop table kept`,
      );
      assert.equal((await stage.check()).ok, true, change);
    }
  });

  it('removes an entry: it is named', async () => {
    const at = await position(first + 100);
    await stage.tamper(`delete from audit_entry where seq = ${first + 100}`);
    await assertFound('removed', first + 100, at);
  });

  it('removes an entry with its place: the gap is named', async () => {
    const at = await position(first + 100);
    await stage.tamper(
      `delete from audit_entry where seq = ${first + 100}; delete from audit_leaf where seq = ${first + 100}`,
    );
    await assertFound('removed', undefined, at);
  });

  it('swaps two entries: the first is named', async () => {
    const [a, b] = [first + 10, first + 20];
    const at = await position(a);
    await stage.tamper(
      `update audit_leaf set seq = -1 where seq = ${a}; update audit_leaf set seq = ${a} where seq = ${b}; update audit_leaf set seq = ${b} where seq = -1`,
    );
    await assertFound('reordered', b, at);
  });

  it('inserts an entry past the log: it is named', async () => {
    await stage.tamper(
      `insert into audit_entry (at, actor_kind, actor_id, action, object_kind, object_id, counts) values (now(), 'staff', 'x', 'hold.placed', 'session', 'x', '{}')`,
    );
    await assertFound('inserted');
  });

  it('empties the table: it is found', async () => {
    await stage.tamper('truncate audit_entry');
    await assertFound('removed', undefined, 0);
  });

  it('removes what waits for its place: it is found', async () => {
    await stage.append(2);
    await stage.tamper(`delete from audit_entry where op_id = 'op-301'`);
    await sequenceEntries(stage.log);
    await assertFound('removed');
  });

  it('cuts the end off, heads and all: the anchor tells', async () => {
    const kept = first + 224;
    const size = (await position(kept)) + 1;
    await stage.tamper(
      `delete from audit_entry where seq > ${kept}; delete from audit_leaf where seq > ${kept}; delete from audit_checkpoint where size > ${size}; update audit_tree set size = ${size}`,
    );
    await stage.rebuildTree();
    await assertFound('truncated', undefined, size);
    // Without an anchor nobody can know: this is what it is for.
    await stage.append(1);
    await assert.rejects(async () => {
      await stage.keep();
    }, /audit_damaged|its end was cut off|not the one that was anchored/);
  });

  it('rewrites an entry with all hashes, without the key: the signed heads tell', async () => {
    await stage.tamper(`update audit_entry set counts = '{"messages": 0}' where seq = ${first + 100}`);
    await stage.rebuildTree();
    const { first: found } = await stage.check();
    assert.equal(found?.problem, 'rewritten');
    const at = await position(first + 100);
    assert.ok(found.from <= at && at < found.until && found.until - found.from <= 76, JSON.stringify(found));
  });

  it('rewrites an entry with all hashes: the next head is not signed', async () => {
    await stage.tamper(`update audit_entry set counts = '{"messages": 0}' where seq = ${first + 100}`);
    await stage.rebuildTree();
    await stage.append(1);
    await sequenceEntries(stage.log);
    await assert.rejects(signHead(stage.log, new Date()), { code: 'audit_damaged' });
  });

  it('rewrites the log and signs it with the stolen key: the anchor tells, and takes no more heads', async () => {
    await stage.tamper(`update audit_entry set counts = '{"messages": 0}' where seq = ${first + 100}`);
    await stage.rebuildTree();
    const signers = await stage.log.keys.signers();
    for (const { id, size } of await stage.owner
      .selectFrom('audit_checkpoint')
      .select(['id', 'size'])
      .execute()) {
      const note = signCheckpoint(
        { origin: ORIGIN, size, root: await rootAt(nodesOf(stage.db), size) },
        signers,
      );
      await stage.owner.updateTable('audit_checkpoint').set({ note }).where('id', '=', id).execute();
    }
    const { first: found, findings } = await stage.check();
    assert.ok(found && ['rewritten', 'diverged', 'bad_checkpoint'].includes(found.problem));
    assert.ok(
      findings.some(({ problem }) => problem === 'diverged'),
      JSON.stringify(findings, null, 1),
    );
    await stage.append(1);
    await sequenceEntries(stage.log);
    assert.equal(await signHead(stage.log, new Date()), true);
    await assert.rejects(anchorHeads(stage.log, new Date()), { code: 'audit_damaged' });
  });

  it('empties the anchor: the check tells', async () => {
    stage.store.objects.clear();
    await assertFound('bad_checkpoint');
  });
});

describe('the service itself', () => {
  let stage: AuditStage;
  before(async () => {
    stage = await createAuditStage();
    await stage.grow(1, 3);
  });
  after(() => stage.drop());

  it('cannot change, remove or empty entries, nor their places', async () => {
    for (const statement of [
      `update audit_entry set reason = 'x'`,
      'delete from audit_entry',
      'truncate audit_entry',
      'update audit_leaf set seq = 1',
      'delete from audit_leaf',
      `select set_config('retention.audit_cut', 'on', false); delete from audit_entry`,
    ])
      await assert.rejects(sql.raw(statement).execute(stage.db), /permission denied/, statement);
    assert.equal((await stage.check()).ok, true);
  });

  it('gives a receipt that its key alone confirms, and no altered one is confirmed', async () => {
    const row = await readAuditEntry(
      stage.db,
      (
        await stage.db
          .selectFrom('audit_entry')
          .select('seq')
          .where('op_id', '=', 'op-2')
          .executeTakeFirstOrThrow()
      ).seq,
    );
    assert.ok(row);
    const [key] = await stage.log.keys.list();
    const receipt = await receiptFor(stage.db, row, key?.verifier ?? '');
    assert.equal(verifyReceipt(receipt, [key?.verifier ?? '']).verdict, 'genuine');
    const altered = { ...receipt, entry: { ...receipt.entry, counts: { messages: 0 } } };
    assert.equal(verifyReceipt(altered, [key?.verifier ?? '']).verdict, 'not_in_log');
  });
});
