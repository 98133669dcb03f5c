import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readLife } from '../../src/db/life.ts';
import { AppError } from '../../src/domain/errors.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-02T09:00:00Z');
const first = { kind: 'operator', id: 'cli:first' } as const;
const second = { kind: 'staff', id: 'compliance-1', role: 'compliance' } as const;

let at: TestDatabase;
before(async () => {
  at = await createTestDatabase();
  await addProject(at.db);
  await at.db.updateTable('project').set({ jurisdiction: 'EU' }).execute();
});
after(() => at.drop());

let lastUser = 500;

/** A customer who has written once. */
async function customer() {
  const telegramUserId = ++lastUser;
  const { sessionId = '' } = await at.acts.receiveMessage(
    customerMessage('Hello', { telegramUserId, now: NOW }),
  );
  return { telegramUserId, sessionId };
}

function filing(telegramUserId: number) {
  return {
    projectId: 'shop',
    whom: { telegramUserId },
    proof: 'TICKET-4711',
    actor: first,
    now: NOW,
  } as const;
}

function erasure(number: string) {
  return at.db.selectFrom('erasure').selectAll().where('number', '=', number).executeTakeFirstOrThrow();
}

function approve(approvalId: string, actor: typeof first | typeof second = second) {
  return at.acts.decideApproval({ approvalId, outcome: 'approved', actor, now: LATER });
}

async function audited(objectId: string) {
  const rows = await at.db
    .selectFrom('audit_entry')
    .select('action')
    .where('object_id', '=', objectId)
    .orderBy('seq')
    .execute();
  return rows.map(({ action }) => action);
}

function refusedWith(code: AppError['code']) {
  return (error: unknown) => error instanceof AppError && error.code === code;
}

describe('a request that a customer made by e-mail', () => {
  it('is filed with its proof and erases nothing before a second person has approved it', async () => {
    const { telegramUserId, sessionId } = await customer();
    const { number, approvalId } = await at.acts.fileErasureRequest(filing(telegramUserId));
    const filed = await erasure(number);
    assert.deepEqual(
      [filed.state, filed.origin, filed.proof, filed.filed_by, filed.confirmed_at],
      ['filed', 'staff', 'TICKET-4711', 'cli:first', null],
    );
    await assert.rejects(approve(approvalId, first), refusedWith('not_allowed'));
    assert.equal((await erasure(number)).state, 'filed');

    await approve(approvalId);
    const confirmed = await erasure(number);
    assert.deepEqual([confirmed.state, confirmed.confirmed_at], ['confirmed', LATER]);
    const session = await at.db
      .selectFrom('session')
      .select(['erasure_id', 'deletion_began_at'])
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([session.erasure_id, session.deletion_began_at], [confirmed.id, LATER]);
    assert.deepEqual(await audited(confirmed.id), ['erasure.requested', 'erasure.confirmed']);
    assert.deepEqual(await audited(approvalId), ['erasure.requested', 'erasure.approved']);
  });

  it('can be filed by the id that the customer has here', async () => {
    const { telegramUserId } = await customer();
    const { id: subjectId } = await at.db
      .selectFrom('subject')
      .select('id')
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirstOrThrow();
    const { number } = await at.acts.fileErasureRequest({ ...filing(1), whom: { subjectId } });
    assert.equal((await erasure(number)).subject_id, subjectId);
  });

  it('is refused for a person of whom nothing is kept, and for a proof that is no reference', async () => {
    await assert.rejects(at.acts.fileErasureRequest(filing(999_999)), refusedWith('not_found'));
    const { telegramUserId } = await customer();
    const proof = 'letter of Anna Keller of 1 March';
    await assert.rejects(
      at.acts.fileErasureRequest({ ...filing(telegramUserId), proof }),
      refusedWith('input_invalid'),
    );
  });

  it('is asked for anew when its approval was refused, under the same number', async () => {
    const { telegramUserId } = await customer();
    const once = await at.acts.fileErasureRequest(filing(telegramUserId));
    await assert.rejects(
      at.acts.fileErasureRequest(filing(telegramUserId)),
      refusedWith('already_decided'),
      'while it waits',
    );
    await at.acts.decideApproval({
      approvalId: once.approvalId,
      outcome: 'refused',
      actor: second,
      now: LATER,
    });
    const again = await at.acts.fileErasureRequest(filing(telegramUserId));
    assert.equal(again.number, once.number);
    assert.notEqual(again.approvalId, once.approvalId);
  });

  it('does not keep the customer from their own button', async () => {
    const { telegramUserId, sessionId } = await customer();
    const filed = await at.acts.fileErasureRequest(filing(telegramUserId));
    const act = { projectId: 'shop', telegramUserId, now: LATER };
    const { nonce, number } = await at.acts.requestErasure(act);
    assert.equal(number, filed.number);
    await at.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
    assert.equal((await erasure(number)).state, 'confirmed');
    assert.equal((await readLife(at.db, sessionId, LATER)).erased, true);
    await assert.rejects(approve(filed.approvalId), refusedWith('already_decided'));
  });

  it('does not get in the way of the request that the customer has made meanwhile', async () => {
    const { telegramUserId } = await customer();
    await at.acts.requestErasure({ projectId: 'shop', telegramUserId, now: NOW });
    await assert.rejects(at.acts.fileErasureRequest(filing(telegramUserId)), refusedWith('already_decided'));
  });
});

describe('refusing a request', () => {
  it('takes a ground from the closed list, and tells the customer', async () => {
    const { telegramUserId } = await customer();
    const { number, approvalId } = await at.acts.fileErasureRequest(filing(telegramUserId));
    const act = { number, actor: second, now: LATER };
    await assert.rejects(
      at.acts.refuseErasure({ ...act, ground: 'inconvenient' }),
      refusedWith('input_invalid'),
    );
    const refused = await at.acts.refuseErasure({ ...act, ground: 'not-identified' });
    assert.deepEqual([refused.state, refused.refusal_ground], ['refused', 'not-identified']);
    const told = await at.db
      .selectFrom('delivery')
      .select(['kind', 'target'])
      .where('subject_id', '=', refused.subject_id)
      .execute();
    assert.deepEqual(told, [{ kind: 'erasure', target: 'customer' }]);
    await assert.rejects(approve(approvalId), refusedWith('already_decided'), 'approved too late');
  });

  it('comes too late once a request is confirmed', async () => {
    const { telegramUserId } = await customer();
    const { number, approvalId } = await at.acts.fileErasureRequest(filing(telegramUserId));
    await approve(approvalId);
    await assert.rejects(
      at.acts.refuseErasure({ number, ground: 'legal-claims', actor: second, now: LATER }),
      refusedWith('already_decided'),
    );
  });
});

describe('moving the legal deadline', () => {
  const ground = 'complexity';

  it('gives two more months under the GDPR, once, and tells the customer', async () => {
    const { telegramUserId } = await customer();
    const { number } = await at.acts.fileErasureRequest(filing(telegramUserId));
    assert.deepEqual((await erasure(number)).legal_deadline_at, new Date('2026-04-01T12:00:00Z'));
    const moved = await at.acts.extendErasure({ number, ground, actor: second, now: LATER });
    assert.deepEqual(
      [moved.legal_deadline_at, moved.extended_at, moved.extension_ground],
      [new Date('2026-06-01T12:00:00Z'), LATER, ground],
    );
    assert.ok((await audited(moved.id)).includes('erasure.extended'));
    await assert.rejects(
      at.acts.extendErasure({ number, ground, actor: second, now: LATER }),
      refusedWith('already_decided'),
    );
  });

  it('is refused after it has passed, and where the law knows no such thing', async () => {
    const { telegramUserId } = await customer();
    const { number } = await at.acts.fileErasureRequest(filing(telegramUserId));
    const act = { number, ground, actor: second };
    await assert.rejects(
      at.acts.extendErasure({ ...act, now: new Date('2026-04-02T00:00:00Z') }),
      refusedWith('already_decided'),
    );
    await at.db.updateTable('erasure').set({ regulation: 'LGPD' }).where('number', '=', number).execute();
    await assert.rejects(at.acts.extendErasure({ ...act, now: LATER }), refusedWith('input_invalid'));
  });
});
