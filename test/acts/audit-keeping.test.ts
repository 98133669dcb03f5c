import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { endAlarm, lagOf, raiseAlarm, recordCheck } from '../../src/acts/audit-check.ts';
import { cut, planCut } from '../../src/acts/audit-cut.ts';
import { exportLog } from '../../src/acts/audit-export.ts';
import { rotateSigningKey } from '../../src/acts/audit-keys.ts';
import { anchorHeads, sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { appendAuditEntry } from '../../src/audit/append.ts';
import { lastCheck } from '../../src/db/audit.ts';
import { treeState } from '../../src/db/audit-tree.ts';
import { createAuditStage, entryNumber, type AuditStage } from './audit-stage.ts';

const HOUR_MS = 3_600_000;
const OPERATOR = { kind: 'operator', id: 'cli:test' } as const;

describe('the keeping of the audit log', () => {
  let stage: AuditStage;
  beforeEach(async () => {
    stage = await createAuditStage();
  });
  afterEach(() => stage.drop());

  async function deliveries(key: string) {
    const rows = await stage.db.selectFrom('delivery').select(['target', 'payload']).execute();
    return rows.filter(({ payload }) => payload['key'] === key);
  }

  it('gives every committed entry one place, whoever commits first and whoever keeps', async () => {
    // The one with the lower number commits last, after the other has its place already.
    const gate = Promise.withResolvers<void>();
    const drawn = Promise.withResolvers<void>();
    const late = stage.db.transaction().execute(async (tx) => {
      await appendAuditEntry(tx, entryNumber(1000));
      drawn.resolve();
      await gate.promise;
    });
    await drawn.promise;
    await stage.append(10);
    await stage.keep();
    gate.resolve();
    await late;
    const writers = Array.from({ length: 4 }, (_, w) =>
      (async () => {
        for (let n = 0; n < 25; n++) await appendAuditEntry(stage.db, entryNumber(2000 + w * 100 + n));
      })(),
    );
    let writing = true;
    const keepers = Array.from({ length: 3 }, async () => {
      while (writing) await sequenceEntries(stage.log);
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(keepers);
    await stage.keep();
    const { ok, entries } = await stage.check();
    const { rows } = await sql<{ n: number }>`select count(*) as n from audit_entry`.execute(stage.db);
    assert.equal(ok, true);
    assert.equal(entries, rows[0]?.n);
  });

  it('an entry of a transaction that is rolled back leaves no gap', async () => {
    await stage.append(3);
    await assert.rejects(
      stage.db.transaction().execute(async (tx) => {
        await appendAuditEntry(tx, entryNumber(500));
        throw new Error('rolled back');
      }),
    );
    await stage.append(3);
    await stage.keep();
    assert.equal((await stage.check()).ok, true);
  });

  it('several processes sign one head for one size', async () => {
    await stage.append(5);
    await sequenceEntries(stage.log);
    const signed = await Promise.all([1, 2, 3, 4].map(() => signHead(stage.log, new Date())));
    assert.deepEqual(signed.filter(Boolean), [true]);
  });

  it('signs and checks on after a clock that was years ahead was put right', async () => {
    const [now, ahead] = [new Date(), new Date(Date.now() + 87_600 * HOUR_MS)];
    await stage.append(3);
    await stage.keep(ahead);
    await recordCheck(stage.db, await stage.check(), ahead);
    await sequenceEntries(stage.log);
    assert.equal(await signHead(stage.log, now, HOUR_MS), true);
    assert.equal(await lastCheck(stage.db, new Date(now.getTime() - 24 * HOUR_MS), now), undefined);
  });

  it('signs on while keys are changed, and everything can still be checked with the first key', async () => {
    const [first] = await stage.log.keys.list();
    for (let round = 0; round < 3; round++) {
      await stage.append(5);
      await sequenceEntries(stage.log);
      await Promise.all([
        signHead(stage.log, new Date()),
        rotateSigningKey(stage.log, { actor: OPERATOR, now: new Date() }),
        signHead(stage.log, new Date()),
      ]);
    }
    await stage.keep();
    const check = await stage.check();
    assert.equal(check.ok, true, JSON.stringify(check.findings));
    assert.equal((await stage.log.keys.list()).length, 4);
    assert.notEqual(check.head?.signedBy.text, first?.verifier);
  });

  it('goes on while the anchor is away, calls for people after an hour, and anchors all of it later', async () => {
    const began = new Date();
    const after = (hours: number) => new Date(began.getTime() + hours * HOUR_MS);
    await stage.append(3);
    await stage.keep(began);
    stage.store.away = true;
    for (const hours of [0.1, 0.2, 0.3]) {
      await stage.append(3);
      await sequenceEntries(stage.log);
      assert.equal(await signHead(stage.log, after(hours)), true);
      await assert.rejects(anchorHeads(stage.log, after(hours)), { code: 'store_unavailable' });
    }
    assert.deepEqual(await lagOf(stage.log, after(1)), {});
    assert.deepEqual(await lagOf(stage.log, after(1.2)), { unanchoredSince: after(0.1) });
    stage.store.away = false;
    assert.equal(await anchorHeads(stage.log, after(2)), 3);
    assert.deepEqual(await lagOf(stage.log, after(2)), {});
    const { ok, anchored } = await stage.check();
    assert.deepEqual({ ok, anchored }, { ok: true, anchored: 4 });
  });

  it('calls for people once for as long as it lasts, and says when it is over', async () => {
    const now = new Date('2026-03-01T12:00:00Z');
    const alarm = { what: 'unanchored', reason: 'anchor away' } as const;
    const raised = [now, new Date(now.getTime() + HOUR_MS), new Date(now.getTime() + 24 * HOUR_MS)];
    const told = [];
    for (const at of raised) told.push(await raiseAlarm(stage.db, { ...alarm, now: at }));
    assert.deepEqual(told, [true, false, false]);
    assert.equal((await deliveries('audit-unanchored')).length, 1);
    const over = [await endAlarm(stage.db, 'unanchored', now), await endAlarm(stage.db, 'unanchored', now)];
    assert.deepEqual(over, [true, false]);
    assert.equal((await deliveries('cleared:audit-unanchored')).length, 1);
    assert.ok(await raiseAlarm(stage.db, { ...alarm, now }), 'the next time people are called again');
  });

  it('a check goes into the log it checked; a bad one calls for people and says where, without any text', async () => {
    await stage.grow(1, 10);
    const now = new Date('2026-03-01T12:00:00Z');
    await recordCheck(stage.db, await stage.check(), now);
    await stage.tamper(`update audit_entry set reason = 'Anna Canary' where op_id = 'op-4'`);
    await recordCheck(stage.db, await stage.check(), now);
    const entries = await stage.db
      .selectFrom('audit_entry')
      .select(['action', 'counts', 'reason'])
      .where('action', 'like', 'audit.%')
      .orderBy('seq')
      .execute();
    const { size } = await treeState(stage.db);
    assert.deepEqual(entries, [
      { action: 'audit.verified', counts: { entries: size, checkpoints: 1, anchored: 1 }, reason: null },
      {
        action: 'audit.damaged',
        counts: { entries: size, findings: 1 },
        reason: `changed ${size - 7}-${size - 6}`,
      },
    ]);
    assert.equal((await deliveries('audit-damaged')).length, 1);
  });

  describe('its own retention', () => {
    const YEAR_MS = 365 * 24 * HOUR_MS;
    const years = (ago: number) => new Date(Date.now() - ago * YEAR_MS);

    async function oldLog() {
      // The project's own entries are as young as this test.
      const { count } = await stage.owner
        .selectFrom('audit_entry')
        .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
        .executeTakeFirstOrThrow();
      await stage.tamper(`update audit_entry set at = now() - interval '9 years'`);
      for (const ago of [8, 6, 4, 1]) {
        await stage.append(100, years(ago));
        await stage.keep(years(ago - 0.01));
      }
      return count + 400;
    }

    it('never goes below 24 months, by whatever way', async () => {
      await oldLog();
      await assert.rejects(planCut(stage.log, { months: 23, now: new Date() }), { code: 'input_invalid' });
      const { size } = await treeState(stage.db);
      await assert.rejects(
        sql`select audit_cut(${size}, '{}'::jsonb)`.execute(stage.db),
        /younger than 24 months/,
      );
    });

    it('cuts at an anchored head, and what is left is whole and says that it was cut', async () => {
      const all = await oldLog();
      const now = new Date();
      const plan = await planCut(stage.log, { months: 60, now });
      assert.equal(plan?.size, all - 200);
      assert.equal(await cut(stage.log, plan, { actor: OPERATOR, now }), all - 200);
      await stage.append(3);
      await stage.keep();
      const check = await stage.check();
      assert.equal(check.ok, true, JSON.stringify(check.findings));
      assert.deepEqual({ from: check.from, cut: check.cut }, { from: all - 200, cut: true });
      assert.equal(await planCut(stage.log, { months: 60, now }), undefined);
      const later = await planCut(stage.log, { months: 36, now });
      assert.equal(later?.entries, 100);
      await cut(stage.log, later, { actor: OPERATOR, now });
      assert.equal((await stage.check()).ok, true);
    });

    it('a beginning that is removed without a signed cut is found', async () => {
      await oldLog();
      const plan = await planCut(stage.log, { months: 60, now: new Date() });
      assert.ok(plan);
      await sql`select audit_cut(${plan.size}, '{"size": 0, "hashes": []}'::jsonb)`.execute(stage.db);
      const { ok, first } = await stage.check();
      assert.equal(ok, false);
      assert.equal(first?.problem, 'removed');
      assert.deepEqual([first.from, first.until], [0, plan.size]);
    });
  });

  it('an export reads one moment, however much is written and cut meanwhile', async () => {
    await stage.grow(2, 20);
    const lines = exportLog(stage.db, stage.log.origin);
    const head = await lines.next();
    await stage.grow(1, 20);
    let entries = 0;
    for await (const line of lines) if (line.startsWith('{"position"')) entries++;
    const { to } = JSON.parse(String(head.value)) as { to: number };
    assert.equal(entries, to);
  });
});
