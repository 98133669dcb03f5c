import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pruneSilent } from '../../src/acts/inactivity.ts';
import { noteSeen } from '../../src/db/inactivity.ts';
import { policySchema } from '../../src/domain/policy.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';

const DAY_MS = 86_400_000;
const BEGAN = new Date('2026-01-01T12:00:00Z');
const actor = { kind: 'workflow', id: 'inactivity' } as const;

const after83 = day(83);
const after90 = day(90);

function day(days: number): Date {
  return new Date(BEGAN.getTime() + days * DAY_MS);
}

let at: TestDatabase;
before(async () => {
  at = await createTestDatabase();
  await addProject(at.db, project({}));
  const off = testProject({ id: 'calm' });
  await addProject(at.db, off);
});
after(() => at.drop());
// Every case has customers of its own; those of the cases before must not be pruned with them.
beforeEach(() =>
  at.db
    .updateTable('subject')
    .set({ last_seen_at: day(10_000) })
    .execute(),
);

function project(inactivity: object) {
  const { policy } = testProject();
  return testProject({
    policy: policySchema.parse({
      ...policy,
      rules: [
        {
          id: 'books',
          when: { tag: 'transaction' },
          keepAtLeast: 'P5Y',
          duty: 'legal',
          exemptFromErasure: true,
          because: 'tax law',
        },
      ],
      inactivity,
    }),
  });
}

let lastUser = 7_000;

/** A customer who wrote on the first day, and never again. */
async function silent(projectId = 'shop') {
  const telegramUserId = ++lastUser;
  const { sessionId = '' } = await at.acts.receiveMessage(
    customerMessage('Hello', { telegramUserId, projectId, now: BEGAN }),
  );
  return { telegramUserId, sessionId, projectId };
}

async function subject(telegramUserId: number) {
  return at.db
    .selectFrom('subject')
    .selectAll()
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirstOrThrow();
}

async function prune(now: Date, projectId = 'shop') {
  const { warned, erased } = await pruneSilent(at, { projectId, after: null, actor, now });
  return { warned, erased };
}

async function erasuresOf(telegramUserId: number) {
  const { id } = await subject(telegramUserId);
  return at.db.selectFrom('erasure').selectAll().where('subject_id', '=', id).execute();
}

const NOBODY = { warned: 0, erased: 0 };
const WARNED = { warned: 1, erased: 0 };
const ERASED = { warned: 0, erased: 1 };

describe('a customer who falls silent', () => {
  it('is warned a week before, erased after 90 days, and each of it once', async () => {
    const { telegramUserId } = await silent();
    assert.deepEqual(await prune(new Date(after83.getTime() - 1)), NOBODY);
    assert.deepEqual(await prune(after83), WARNED);
    assert.deepEqual(await prune(after83), NOBODY, 'the same day again');
    const warnings = await at.db
      .selectFrom('delivery')
      .select(['target', 'payload'])
      .where('kind', '=', 'inactivity-warning')
      .where('subject_id', '=', (await subject(telegramUserId)).id)
      .execute();
    assert.deepEqual(warnings, [{ target: 'customer', payload: { eraseAt: after90.toISOString() } }]);
    assert.deepEqual(await prune(new Date(after90.getTime() - 1)), NOBODY);
    assert.deepEqual(await prune(after90), ERASED);
    assert.deepEqual(await prune(after90), NOBODY, 'the same day again');
    const [erasure] = await erasuresOf(telegramUserId);
    assert.deepEqual([erasure?.origin, erasure?.state], ['inactivity', 'confirmed']);
  });

  it('has the whole time to answer, however late the warning comes', async () => {
    await silent();
    assert.deepEqual(await prune(day(400)), WARNED);
    assert.deepEqual(await prune(day(406)), NOBODY);
    assert.deepEqual(await prune(day(407)), ERASED);
  });

  it('is kept by any message after the warning', async () => {
    const { telegramUserId } = await silent();
    await prune(after83);
    await at.acts.receiveMessage(customerMessage('I am here', { telegramUserId, now: day(85) }));
    assert.deepEqual(await prune(after90), NOBODY);
    assert.deepEqual(await prune(day(85 + 83)), WARNED, 'a silence of its own, with a warning of its own');
  });

  it('is kept by a command, a button or an inline query just as well', async () => {
    const { telegramUserId, projectId } = await silent();
    await prune(after83);
    await noteSeen(at.db, { projectId, telegramUserId, now: day(85) });
    assert.equal((await subject(telegramUserId)).inactivity_warned_at, null);
    assert.deepEqual(await prune(after90), NOBODY);
  });

  it('stays where the policy says nothing of it, and while the deletions are paused', async () => {
    await silent('calm');
    assert.deepEqual(await prune(day(400), 'calm'), NOBODY);
    await silent();
    await at.db.updateTable('project').set({ deletions_paused_at: BEGAN }).where('id', '=', 'shop').execute();
    assert.deepEqual(await prune(day(400)), NOBODY);
    await at.db.updateTable('project').set({ deletions_paused_at: null }).execute();
    assert.deepEqual(await prune(day(400)), WARNED);
  });

  it('is erased through the same holds and legal minimums as by any request, and only once', async () => {
    const { telegramUserId, sessionId } = await silent();
    await at.acts.changeTag({ sessionId, tag: 'transaction', change: 'add', actor, now: BEGAN });
    await prune(after83);
    assert.deepEqual(await prune(after90), ERASED);
    const { restricted_ground: ground } = await at.db
      .selectFrom('participant')
      .select('restricted_ground')
      .where('session_id', '=', sessionId)
      .executeTakeFirstOrThrow();
    assert.equal(ground, 'legal');
    await at.db
      .updateTable('erasure')
      .set({ state: 'restricted' })
      .where('subject_id', '=', (await subject(telegramUserId)).id)
      .execute();
    assert.deepEqual(await prune(day(500)), NOBODY, 'what the law keeps is not asked for again');
  });

  it('is left alone while a request of their own waits for its button', async () => {
    const { telegramUserId, projectId } = await silent();
    await prune(after83);
    await at.acts.requestErasure({ projectId, telegramUserId, now: after90 });
    assert.deepEqual(await prune(after90), NOBODY);
  });

  it('wins over the pruning of the same moment, or gets a session of their own', async () => {
    for (let round = 0; round < 10; round++) {
      const { telegramUserId, sessionId } = await silent();
      await prune(after83);
      const [{ erased }, received] = await Promise.all([
        prune(after90),
        at.acts.receiveMessage(customerMessage('wait', { telegramUserId, now: after90 })),
      ]);
      assert.equal(erased === 1, received.sessionId !== sessionId, `round ${round}`);
      await at.db
        .updateTable('subject')
        .set({ last_seen_at: day(10_000) })
        .execute();
    }
  });

  it('is worked through in batches that go on where the last one ended', async () => {
    const people = Array.from({ length: 230 }, (_, n) => ({
      id: randomUUID(),
      project_id: 'shop',
      telegram_user_id: 1_000_000 + n,
      created_at: BEGAN,
      last_seen_at: BEGAN,
    }));
    await at.db.insertInto('subject').values(people).execute();
    const warned: number[] = [];
    let next: string | null = null;
    do {
      const outcome = await pruneSilent(at, { projectId: 'shop', after: next, actor, now: after83 });
      warned.push(outcome.warned);
      next = outcome.next;
    } while (next !== null);
    assert.deepEqual(warned, [100, 100, 30]);
  });
});

describe('a customer who blocks the bot', () => {
  it('is erased after the same time without a warning, counted from then', async () => {
    const { telegramUserId, projectId } = await silent();
    await at.acts.noteMembership({ projectId, telegramUserId, blocked: true, now: day(50) });
    assert.deepEqual(await prune(day(139)), NOBODY);
    assert.deepEqual(await prune(day(140)), ERASED);
    const { action } = await at.db
      .selectFrom('audit_entry')
      .select('action')
      .where('object_id', '=', (await subject(telegramUserId)).id)
      .executeTakeFirstOrThrow();
    assert.equal(action, 'subject.blocked');
  });

  it('stops that clock by letting it in again', async () => {
    const { telegramUserId, projectId } = await silent();
    const act = { projectId, telegramUserId };
    await at.acts.noteMembership({ ...act, blocked: true, now: day(50) });
    await noteSeen(at.db, { ...act, now: day(100) });
    await at.acts.noteMembership({ ...act, blocked: false, now: day(100) });
    assert.deepEqual(await prune(day(140)), NOBODY);
    assert.equal((await subject(telegramUserId)).blocked_at, null);
  });
});

describe('an account that Telegram says is gone', () => {
  it('is erased at once, where the policy erases silent customers', async () => {
    const { sessionId, telegramUserId } = await silent();
    const act = { sessionId, subjectId: null, now: day(1) };
    assert.equal(await at.acts.eraseGoneAccount(act), true);
    assert.equal(await at.acts.eraseGoneAccount(act), false, 'the receipt cannot be delivered either');
    const [erasure] = await erasuresOf(telegramUserId);
    assert.deepEqual([erasure?.origin, erasure?.state], ['account-gone', 'confirmed']);
  });

  it('stays as long as the policy says elsewhere', async () => {
    const { sessionId } = await silent('calm');
    assert.equal(await at.acts.eraseGoneAccount({ sessionId, subjectId: null, now: day(1) }), false);
  });
});

describe('a sign of life', () => {
  it('changes the row once an hour at most', async () => {
    const { telegramUserId, projectId } = await silent();
    const seen = async (minutes: number) => {
      const now = new Date(BEGAN.getTime() + minutes * 60_000);
      await at.db
        .updateTable('subject')
        .set({ last_seen_at: BEGAN })
        .where('telegram_user_id', '=', telegramUserId)
        .execute();
      await noteSeen(at.db, { projectId, telegramUserId, now });
      return (await subject(telegramUserId)).last_seen_at.getTime() - BEGAN.getTime();
    };
    assert.equal(await seen(60), 0);
    assert.equal(await seen(61), 61 * 60_000);
  });
});

describe('a policy', () => {
  const { policy } = testProject();
  const parsed = (inactivity: unknown) => policySchema.safeParse({ ...policy, inactivity });

  it('says nothing of silence unless it is asked to, and 90 days with a week of warning by default', () => {
    assert.equal(policySchema.parse(policy).inactivity, 'off');
    assert.deepEqual(parsed({}).data?.inactivity, { eraseAfter: 'P90D', warnBefore: 'P7D' });
  });

  it('cannot warn before the silence, nor later than a day before the end', () => {
    assert.equal(parsed({ eraseAfter: 'P7D', warnBefore: 'P7D' }).success, false);
    assert.equal(parsed({ warnBefore: 'PT12H' }).success, false);
  });
});
