import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { appendAuditEntry } from '../../src/audit/append.ts';
import { OPERATOR, createStage, type Stage } from './stage.ts';

interface Shown {
  readonly number: string;
  readonly state: string;
  readonly refusalGround: string | null;
  readonly legalDeadlineAt: string;
  readonly kept: unknown[];
}

const HOUR_MS = 3_600_000;

describe('retention erasure', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
    await stage.database.db.updateTable('project').set({ jurisdiction: 'EU' }).execute();
  });
  after(() => stage.close());

  async function subject() {
    const sessionId = await stage.openSession();
    const { subject_id: id } = await stage.database.db
      .selectFrom('session')
      .select('subject_id')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    return { id: id ?? '', sessionId };
  }

  function file(subjectId: string, ...more: string[]) {
    return stage.json<{ number: string; approvalId: string }>(
      ...['erasure', 'file', '--project', 'shop', '--subject', subjectId, '--proof', 'TICKET-4711', ...more],
    );
  }

  /** What a second person and the workflow do. */
  async function confirmed(approvalId: string) {
    await stage.database.acts.decideApproval({
      approvalId,
      outcome: 'approved',
      actor: { kind: 'staff', id: 'compliance-1' },
      now: stage.now,
    });
  }

  it('files a request that waits for a second person, and shows it', async () => {
    const { id } = await subject();
    const { number, approvalId } = await file(id);
    assert.match(number, /^E-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
    const shown = await stage.json<Shown>('erasure', 'show', number.toLowerCase());
    assert.deepEqual([shown.number, shown.state, shown.kept], [number, 'filed', []]);
    const { stdout } = await stage.run('erasure', 'show', number);
    assert.match(stdout, /TICKET-4711/);
    assert.match(stdout, /Legal deadline +2026-04-01 12:00:00 UTC \(GDPR\)/);
    assert.ok((await stage.run('erasure', 'list', '--state', 'filed')).stdout.includes(number));
    const { code, stderr } = await stage.run('approval', 'approve', approvalId);
    assert.equal(code, 4, stderr);
    await confirmed(approvalId);
    assert.equal((await stage.json<Shown>('erasure', 'show', number)).state, 'confirmed');
  });

  it('wants one customer, and a proof that says nothing of anybody', async () => {
    const { id } = await subject();
    const file = ['erasure', 'file', '--project', 'shop'];
    for (const rest of [
      ['--proof', 'TICKET-1'],
      ['--subject', id, '--telegram-id', '5', '--proof', 'TICKET-1'],
      ['--subject', id, '--proof', 'Anna Keller, passport 1234'],
      ['--subject', id],
      ['--telegram-id', '-100', '--proof', 'TICKET-1'],
    ])
      assert.equal((await stage.run(...file, ...rest)).code, 2, rest.join(' '));
    assert.equal((await stage.run(...file, '--telegram-id', '5', '--proof', 'TICKET-1')).code, 3);
    assert.match((await stage.run('erasure', 'file', '--help')).stdout, /never a name/);
  });

  it('refuses on a ground of the closed list alone', async () => {
    const { number } = await file((await subject()).id);
    assert.equal((await stage.run('erasure', 'refuse', number, '--ground', 'later')).code, 2);
    const refused = await stage.json<Shown>('erasure', 'refuse', number, '--ground', 'legal-claims');
    assert.deepEqual([refused.state, refused.refusalGround], ['refused', 'legal-claims']);
    assert.match((await stage.run('erasure', 'show', number)).stdout, /Art\. 17\(3\)\(e\)/);
    assert.equal((await stage.run('erasure', 'refuse', number, '--ground', 'legal-duty')).code, 4);
    assert.equal((await stage.run('erasure', 'refuse', 'E-2222-2222', '--ground', 'legal-duty')).code, 3);
  });

  it('moves the legal deadline by two months, once', async () => {
    const { number } = await file((await subject()).id);
    const extend = ['erasure', 'extend', number, '--reason', 'complexity'];
    const { legalDeadlineAt } = await stage.json<Shown>(...extend);
    assert.equal(legalDeadlineAt, '2026-06-01T12:00:00.000Z');
    assert.equal((await stage.run(...extend)).code, 4);
  });
});

describe('retention erasure report', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
  });
  after(() => stage.close());

  /** An erasure that took so long; the audit says so, whatever became of its row since. */
  async function completed(hours: number) {
    const { acts, db } = stage.database;
    await stage.openSession();
    const { telegram_user_id: telegramUserId } = await db
      .selectFrom('subject')
      .select('telegram_user_id')
      .orderBy('telegram_user_id', 'desc')
      .executeTakeFirstOrThrow();
    const act = { projectId: 'shop', telegramUserId, now: stage.now };
    const { nonce } = await acts.requestErasure(act);
    const { erasureId: id } = await acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    const at = new Date(stage.now.getTime() + hours * HOUR_MS);
    await db
      .updateTable('erasure')
      .set({ state: 'done', completed_at: at, confirmed_at: at })
      .where('id', '=', id)
      .execute();
    await appendAuditEntry(db, {
      at,
      actor: OPERATOR,
      action: 'erasure.completed',
      object: { kind: 'erasure', id },
      projectId: 'shop',
    });
    return act;
  }

  it('counts by month, with how long they took and the clocks of those that are open', async () => {
    for (const hours of [1, 2, 3, 30, 60]) await completed(hours);
    const { acts } = stage.database;
    await stage.openSession();
    const act = { projectId: 'shop', telegramUserId: 9_000_000_006, now: stage.now };
    const asked = await acts.requestErasure(act);
    stage.now = new Date('2026-03-02T12:00:00Z');
    const report = await stage.json<{ months: Record<string, unknown>[]; open: Record<string, unknown>[] }>(
      'erasure',
      'report',
    );
    assert.deepEqual(report.months, [
      {
        month: '2026-03',
        received: 6,
        granted: 5,
        refused: 0,
        expired: 0,
        withdrawn: 0,
        completed: 5,
        medianHours: 3,
        p95Hours: 54,
        longestHours: 60,
        within24Hours: 0.6,
        within48Hours: 0.8,
      },
    ]);
    assert.equal(report.open.length, 1);
    assert.deepEqual([report.open[0]?.['number'], report.open[0]?.['hoursToDeadline']], [asked.number, null]);
    await acts.confirmErasure({ ...act, nonce: asked.nonce ?? '', now: stage.now });
    stage.now = new Date('2026-03-03T12:00:00Z');
    const { open } = await stage.json<typeof report>('erasure', 'report', '--project', 'shop');
    assert.deepEqual([open[0]?.['hoursToTarget'], open[0]?.['hoursToDeadline']], [0, 24]);
    assert.match((await stage.run('erasure', 'report')).stdout, /54\.0 +60\.0 +60\.0 % +80\.0 %/);
  });
});
