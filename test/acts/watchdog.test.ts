import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { placeHold } from '../../src/acts/holds.ts';
import { endReview, openReview } from '../../src/acts/reviews.ts';
import { watch } from '../../src/acts/watchdog.ts';
import { readLateness } from '../../src/db/lateness.ts';
import { releaseThrottledEvents } from '../../src/db/throttled-events.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';
import { seedArchive } from './policies-stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WORKFLOW = { kind: 'workflow', id: 'test' } as const;
const AGENT = { kind: 'staff', id: 'agent-1' } as const;

describe('the watchdog', () => {
  let at: TestDatabase;
  const now = new Date('2026-06-01T12:00:00Z');
  let customers = 9_200_000_000;

  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db);
  });
  after(() => at.drop());
  afterEach(async () => {
    await sql`update session set phase = 'deleted', closed_at = coalesce(closed_at, opened_at)`.execute(
      at.db,
    );
    for (const table of ['throttled_event', 'outbox', 'delivery', 'alarm'] as const)
      await at.db.deleteFrom(table).execute();
  });

  const look = async (when = now) => (await watch(at.db, { now: when, withAnchor: false })) ?? [];
  const kinds = async (when = now) =>
    Object.fromEntries(
      (await look(when)).flatMap(({ kind, overdue }) => (kind === 'audit' ? [] : [[kind, overdue]])),
    );
  const nudged = async () =>
    (await at.aside.selectFrom('throttled_event').select('session_id').orderBy('created_at').execute()).map(
      (row) => row.session_id,
    );
  const seeded = (name: string, closedAt: readonly Date[]) =>
    seedArchive(
      at.db,
      testProject(),
      closedAt.map((one) => ({ closedAt: one })),
      name,
    );
  async function closedAt(when: Date, tag?: string): Promise<string> {
    const message = customerMessage('Hello', { telegramUserId: ++customers, now: when });
    const { sessionId = '' } = await at.acts.receiveMessage(message);
    const act = { sessionId, actor: AGENT, now: when };
    await at.acts.closeSession({ ...act, reason: 'agent' });
    if (tag) await at.acts.changeTag({ ...act, tag, change: 'add' });
    await at.db.deleteFrom('outbox').execute();
    return sessionId;
  }

  it('nudges late archives in the order of their deadlines, and nobody before an hour is over', async () => {
    const [third, first, second] = [
      await closedAt(new Date(now.getTime() - 26 * HOUR)),
      await closedAt(new Date(now.getTime() - 80 * HOUR)),
      await closedAt(new Date(now.getTime() - 40 * HOUR)),
    ];
    await closedAt(new Date(now.getTime() - 24.5 * HOUR));
    assert.deepEqual(await kinds(), { archive: 3 });
    assert.deepEqual(await nudged(), [first, second, third]);

    // The queue keeps that order on the way to the outbox.
    await releaseThrottledEvents(at.db, 2, now);
    const told = await at.aside.selectFrom('outbox').select(['session_id', 'event']).orderBy('id').execute();
    assert.deepEqual(
      told.map((row) => row.session_id),
      [first, second],
    );
    assert.ok(told.every(({ event }) => event === 'redated'));
  });

  it('nudges what is still overdue once a day, however often it looks', async () => {
    const sessionId = await closedAt(new Date(now.getTime() - 80 * HOUR));
    await look();
    await releaseThrottledEvents(at.db, 10, now);
    await sql`update outbox set delivered_at = ${now}`.execute(at.db);
    await look(new Date(now.getTime() + 5 * HOUR));
    assert.deepEqual(await nudged(), []);
    await look(new Date(now.getTime() + 21 * HOUR));
    assert.deepEqual(await nudged(), [sessionId]);
  });

  it('calls those in charge once for each kind while it lasts, with the count, and says when it is over', async () => {
    const day = new Date('2026-07-01T12:00:00Z');
    const late = await closedAt(new Date(day.getTime() - 80 * HOUR));
    await look(day);
    await look(new Date(day.getTime() + HOUR));
    const calls = async () =>
      (
        await at.aside
          .selectFrom('delivery')
          .select('payload')
          .where('kind', '=', 'text')
          .where('target', '=', 'supervisors')
          .execute()
      )
        .map(({ payload }) => String(payload['key']))
        .filter((key) => !key.includes('audit'));
    assert.deepEqual(await calls(), ['overdue:archive:1']);
    await look(new Date(day.getTime() + DAY));
    assert.deepEqual(await calls(), ['overdue:archive:1'], 'it still lasts');
    await sql`update session set phase = 'deleted' where id = ${late}`.execute(at.db);
    await look(new Date(day.getTime() + DAY + HOUR));
    assert.deepEqual(await calls(), ['overdue:archive:1', 'cleared:archive']);
    await look(new Date(day.getTime() + DAY + 2 * HOUR));
    assert.equal((await calls()).length, 2);
    const entries = await at.aside
      .selectFrom('audit_entry')
      .select(['reason', 'counts'])
      .where('action', '=', 'watchdog.overdue')
      .where('reason', '=', 'archive')
      .where('at', '=', day)
      .execute();
    assert.deepEqual(entries, [{ reason: 'archive', counts: { overdue: 1, hours: 56 } }]);
  });

  it('finds reviews that did not open, but none that is held or restricted', async () => {
    const old = new Date(now.getTime() - 800 * DAY);
    const [due = '', held = '', restricted = ''] = await seeded('review', [
      old,
      old,
      old,
      new Date(now.getTime() - 10 * DAY),
    ]);
    await placeHold(at, { sessionId: held, reason: 'T-1', actor: AGENT, now: old });
    await sql`update session set restricted_at = ${old} where id = ${restricted}`.execute(at.db);
    await at.db.deleteFrom('outbox').execute();
    assert.deepEqual(await kinds(), { review: 1 });
    assert.deepEqual(await nudged(), [due]);
  });

  it('finds reviews that did not end, deletions that did not begin and those that did not finish', async () => {
    const [running = '', decided = '', begun = ''] = await seeded('decisions', [
      ...Array.from({ length: 3 }, () => new Date(now.getTime() - 800 * DAY)),
    ]);
    const before = new Date(now.getTime() - 10 * DAY);
    for (const sessionId of [running, decided, begun])
      await openReview(at, { sessionId, actor: WORKFLOW, now: before });
    for (const sessionId of [decided, begun])
      await at.acts.decideReview({ sessionId, decision: 'approve', actor: AGENT, now: before });
    await sql`update session set deletion_began_at = ${before} where id = ${begun}`.execute(at.db);
    await at.db.deleteFrom('outbox').execute();
    assert.deepEqual(await kinds(), { decision: 1, deletion: 1, deleting: 1 });

    await at.db.deleteFrom('throttled_event').execute();
    await sql`update project set deletions_paused_at = ${now}`.execute(at.db);
    assert.deepEqual(await kinds(), { decision: 1, deleting: 1 }, 'what compliance has paused is not late');
    await sql`update project set deletions_paused_at = null`.execute(at.db);
  });

  it('finds spam that was not deleted, and no archive of it', async () => {
    await closedAt(new Date(now.getTime() - 9 * DAY), 'spam');
    assert.deepEqual(await kinds(), { deletion: 1 });
  });

  it('finds an erasure that stands still, and wakes its workflow', async () => {
    const telegramUserId = ++customers;
    await at.acts.receiveMessage(customerMessage('Hello', { telegramUserId, now }));
    await at.acts.requestErasure({ projectId: 'shop', telegramUserId, now });
    await at.db.deleteFrom('outbox').execute();
    const later = new Date(now.getTime() + 60 * DAY);
    assert.equal((await kinds(later))['erasure'], 1);
    const told = await at.aside
      .selectFrom('outbox')
      .select('event')
      .where('erasure_id', 'is not', null)
      .execute();
    assert.deepEqual(
      told.map(({ event }) => event),
      ['changed'],
    );
    await look(new Date(later.getTime() + HOUR));
    assert.equal((await at.aside.selectFrom('outbox').select('id').execute()).length, 1);
    await sql`update erasure set state = 'expired'`.execute(at.db);
  });

  it('finds events that did not reach their workflow, and audit entries that nobody signs', async () => {
    const message = customerMessage('Hello', { telegramUserId: ++customers, now });
    await at.acts.receiveMessage(message);
    const later = new Date(now.getTime() + 2 * HOUR);
    const reports = await look(later);
    assert.deepEqual(
      reports.map(({ kind, projectId }) => [kind, projectId]),
      [
        ['outbox', 'shop'],
        ['audit', null],
      ],
    );
  });

  it('says how late work was done', async () => {
    const [sessionId = ''] = await seeded('lateness', [new Date(now.getTime() + 100 * DAY)]);
    const { keep_until: due } = await at.db
      .selectFrom('session')
      .select('keep_until')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    const opened = new Date((due?.getTime() ?? 0) + 3 * HOUR);
    await openReview(at, { sessionId, actor: WORKFLOW, now: opened });
    await endReview(at, { sessionId, actor: WORKFLOW, now: new Date(opened.getTime() + 7 * DAY + 60_000) });
    const since = new Date(opened.getTime() - HOUR);
    const lateness = (await readLateness(at.db, since)).filter(({ kind }) => kind !== 'archive');
    const pick = lateness.map(({ kind, late, median, worst }) => [kind, late, median, worst]);
    assert.deepEqual(
      pick.find(([kind]) => kind === 'decision'),
      ['decision', 0, 60, 60],
    );
    assert.deepEqual(
      pick.find(([kind]) => kind === 'review'),
      ['review', 1, 10_800, 10_800],
    );
  });

  it('is at it only once at a time', async () => {
    await at.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('retention watchdog'))`.execute(tx);
      assert.equal(await watch(at.aside, { now, withAnchor: false }), undefined);
    });
  });
});
