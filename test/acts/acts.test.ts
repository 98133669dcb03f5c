import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { readLife } from '../../src/db/life.ts';
import { AppError } from '../../src/domain/errors.ts';
import { addProject, createTestDatabase, customerMessage, type TestDatabase } from '../support/database.ts';

const agent = { kind: 'staff', id: 'agent-1' } as const;
const supervisors = ['ann', 'bob', 'cleo'].map((id) => ({ kind: 'staff', id }) as const);

let at: TestDatabase;
before(async () => {
  at = await createTestDatabase();
  await addProject(at.db);
});
after(() => at.drop());

let lastUser = 100;

async function session(): Promise<string> {
  const { sessionId } = await at.acts.receiveMessage(
    customerMessage('hello', { telegramUserId: ++lastUser }),
  );
  return sessionId ?? '';
}

/** A session in its first review round, as the activities would have brought it there. */
async function inReview(): Promise<string> {
  const id = await session();
  const now = new Date();
  await at.db
    .updateTable('session')
    .set({
      phase: 'review',
      closed_at: now,
      archived_at: now,
      archive_began_at: now,
      keep_until: now,
      review_round: 1,
    })
    .where('id', '=', id)
    .execute();
  const dueAt = new Date(now.getTime() + 7 * 86_400_000);
  await at.db
    .insertInto('review')
    .values({ session_id: id, round: 1, opened_at: now, due_at: dueAt, on_silence: 'delete' })
    .execute();
  return id;
}

const life = (id: string) => readLife(at.db, id, new Date());
const codeOf = (error: unknown) => (error instanceof AppError ? error.code : 'unexpected');

async function outcomes(work: Promise<unknown>[]) {
  const results = await Promise.allSettled(work);
  return results.map((one) => (one.status === 'fulfilled' ? 'done' : codeOf(one.reason)));
}

describe('a customer message', () => {
  it('is stored once, however often and however parallel its update comes', async () => {
    const message = customerMessage('once', { telegramUserId: ++lastUser });
    const results = await Promise.all(Array.from({ length: 100 }, () => at.acts.receiveMessage(message)));
    assert.equal(results.filter(({ outcome }) => outcome === 'stored').length, 1);
    const { count } = await at.db
      .selectFrom('message')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('telegram_message_id', '=', message.telegramMessageId)
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 1);
  });

  it('begins one session when twenty first messages come at once', async () => {
    const telegramUserId = ++lastUser;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        at.acts.receiveMessage(customerMessage(`${n}`, { telegramUserId })),
      ),
    );
    assert.equal(new Set(results.map(({ sessionId }) => sessionId)).size, 1);
    assert.equal(results.filter(({ began }) => began).length, 1);
  });

  it('is taken with update ids that go down, as after an idle week', async () => {
    const telegramUserId = ++lastUser;
    for (const updateId of [900_000, 899_999, 12])
      assert.equal(
        (await at.acts.receiveMessage(customerMessage('x', { telegramUserId, updateId }))).outcome,
        'stored',
      );
  });

  it('that is old and comes again after everything was deleted is not stored', async () => {
    const message = customerMessage('gone', { telegramUserId: ++lastUser });
    const { sessionId } = await at.acts.receiveMessage(message);
    await at.db
      .deleteFrom('message')
      .where('session_id', '=', sessionId ?? '')
      .execute();
    assert.equal((await at.acts.receiveMessage(message)).outcome, 'duplicate');
  });

  it('begins a new session, linked to the old one, once the old one is archived', async () => {
    const telegramUserId = ++lastUser;
    const first = await at.acts.receiveMessage(customerMessage('one', { telegramUserId }));
    const now = new Date();
    await at.db
      .updateTable('session')
      .set({ phase: 'archived', closed_at: now, archive_began_at: now, keep_until: now })
      .where('id', '=', first.sessionId ?? '')
      .execute();
    const second = await at.acts.receiveMessage(
      customerMessage('two', { telegramUserId, now: new Date(now.getTime() + 1) }),
    );
    assert.notEqual(second.sessionId, first.sessionId);
    const row = await at.db
      .selectFrom('session')
      .select('previous_session_id')
      .where('id', '=', second.sessionId ?? '')
      .executeTakeFirst();
    assert.equal(row?.previous_session_id, first.sessionId);
  });
});

describe('an edit', () => {
  it('is a new revision, and once the message is archived it is dropped and counted', async () => {
    const message = customerMessage('frist', { telegramUserId: ++lastUser });
    const { sessionId } = await at.acts.receiveMessage(message);
    const { subjectId } = await life(sessionId ?? '');
    const edit = (updateId: number) => ({
      projectId: 'shop',
      botId: 77,
      updateId,
      subjectId: subjectId ?? '',
      telegramMessageId: message.telegramMessageId,
      content: { text: 'first' },
      editedAt: new Date(),
      now: new Date(),
    });
    assert.equal(await at.acts.editCustomerMessage(edit(5_000_001)), 'stored');
    assert.equal(await at.acts.editCustomerMessage(edit(5_000_001)), 'duplicate');
    await at.db
      .deleteFrom('message')
      .where('session_id', '=', sessionId ?? '')
      .execute();
    assert.equal(await at.acts.editCustomerMessage(edit(5_000_002)), 'dropped');
    const { rows } = await sql<{
      outcome: string;
    }>`select outcome from inbox where update_id = 5000002`.execute(at.db);
    assert.deepEqual(rows, [{ outcome: 'dropped' }]);
  });
});

describe('two people at once', () => {
  it('fifty decisions on one review become one, and the others learn who was first', async () => {
    const id = await inReview();
    const decisions = (['approve', 'hold', 'extend'] as const).flatMap((decision, n) =>
      Array.from({ length: 17 }, () =>
        at.acts.decideReview({
          sessionId: id,
          decision,
          until: new Date(Date.now() + 86_400_000),
          actor: supervisors[n] ?? agent,
          now: new Date(),
        }),
      ),
    );
    const results = await outcomes(decisions);
    assert.equal(results.filter((one) => one === 'done').length, 1);
    assert.equal(results.filter((one) => one === 'already_decided').length, 50);
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from audit_entry where object_id = ${id} and action in ('review.approve', 'review.hold', 'review.extend')`.execute(
      at.db,
    );
    assert.equal(rows[0]?.n, 1);
  });

  it('a decision on an old round is refused', async () => {
    const id = await inReview();
    const now = new Date();
    await at.acts.decideReview({ sessionId: id, decision: 'hold', actor: agent, now });
    await at.db.updateTable('session').set({ review_round: 2 }).where('id', '=', id).execute();
    await at.db
      .insertInto('review')
      .values({ session_id: id, round: 2, opened_at: now, due_at: now, on_silence: 'delete' })
      .execute();
    const late = at.acts.decideReview({ sessionId: id, decision: 'approve', round: 1, actor: agent, now });
    await assert.rejects(late, {
      code: 'already_decided',
      message: /Round 1 .* was already decided: hold by agent-1/,
    });
  });

  it('nobody decides on what an erasure left restricted, held or not, whatever the decision', async () => {
    const [restricted, held] = [await inReview(), await inReview()];
    const now = new Date();
    await at.acts.placeHold({ sessionId: held, reason: 'claim', actor: agent, now });
    for (const id of [restricted, held])
      await at.db.updateTable('session').set({ restricted_at: now }).where('id', '=', id).execute();
    const details = { until: new Date(Date.now() + 86_400_000), tag: 'transaction', reason: 'claim' };
    for (const decision of ['approve', 'extend', 'relabel', 'hold'] as const)
      for (const sessionId of [restricted, held])
        await assert.rejects(
          at.acts.decideReview({ sessionId, decision, ...details, actor: agent, now }),
          (error: AppError) => {
            assert.equal(error.code, 'phase_conflict', `${decision}: ${error.message}`);
            assert.match(error.message, /kept against an erasure/);
            assert.deepEqual(error.refusal, {
              ...{ why: 'standing', act: 'decide', standing: 'restricted', deletionBeganAt: null },
            });
            return true;
          },
        );
    assert.equal((await life(restricted)).review?.ended, null);
  });

  it('closing twice closes once', async () => {
    const id = await session();
    const close = () =>
      at.acts.closeSession({ sessionId: id, reason: 'agent', actor: agent, now: new Date() });
    assert.deepEqual((await outcomes([close(), close(), close()])).sort(), [
      'done',
      'phase_conflict',
      'phase_conflict',
    ]);
  });
});

describe('the audit', () => {
  it('can be added to by the service, never changed, removed or truncated', async () => {
    await session();
    for (const statement of [
      sql`update audit_entry set action = 'x'`,
      sql`delete from audit_entry`,
      sql`truncate audit_entry`,
    ])
      await assert.rejects(statement.execute(at.db), /permission denied/);
  });

  it('holds no name and no text', async () => {
    await at.acts.receiveMessage(
      customerMessage('CANARY-TEXT', { telegramUserId: ++lastUser, firstName: 'CANARY-NAME' }),
    );
    const { rows } = await sql<{
      all: string;
    }>`select string_agg(audit_entry::text, ' ') as all from audit_entry`.execute(at.db);
    assert.doesNotMatch(rows[0]?.all ?? '', /CANARY/);
    assert.doesNotMatch(rows[0]?.all ?? '', new RegExp(String(lastUser) + '\\b.*telegram'));
  });
});

describe('what cannot be done says what to do next', () => {
  it('an unknown session', async () => {
    const nobody = at.acts.closeSession({
      sessionId: randomUUID(),
      reason: 'agent',
      actor: agent,
      now: new Date(),
    });
    await assert.rejects(nobody, { code: 'not_found', message: /retention session list/ });
  });
  it('a hold without a reason', async () => {
    const hold = at.acts.placeHold({
      sessionId: await session(),
      reason: ' ',
      actor: agent,
      now: new Date(),
    });
    await assert.rejects(hold, { code: 'input_invalid', message: /needs a reason/ });
  });
  it('a relabel that keeps nothing longer', async () => {
    const id = await inReview();
    await at.db
      .updateTable('session')
      .set({ closed_at: new Date('2000-01-01') })
      .where('id', '=', id)
      .execute();
    const relabel = at.acts.decideReview({
      sessionId: id,
      decision: 'relabel',
      tag: 'vip',
      actor: agent,
      now: new Date(),
    });
    await assert.rejects(relabel, { code: 'input_invalid', message: /does not keep/ });
    assert.deepEqual((await life(id)).tags, []);
  });
});
