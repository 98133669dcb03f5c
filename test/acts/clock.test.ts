import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { deleteForGood } from '../../activities/deletion.ts';
import { endReview, openReview } from '../../src/acts/reviews.ts';
import { agreeOnTime } from '../../src/domain/clock.ts';
import { AppError } from '../../src/domain/errors.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { seedArchive } from './policies-stage.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const WORKFLOW = { kind: 'workflow', id: 'test' } as const;
const AGENT = { kind: 'staff', id: 'agent-1' } as const;

describe('a workflow whose clock is wrong', () => {
  let at: TestDatabase & { agreeOnTime: typeof agreeOnTime };
  before(async () => {
    at = { ...(await createTestDatabase()), agreeOnTime };
    await addProject(at.db);
  });
  after(() => at.drop());

  const from = (ms: number) => new Date(Date.now() + ms);
  const skewed = (error: unknown) => error instanceof AppError && error.code === 'clock_skewed';
  /** Due in two days by the true clock, or since two. */
  const archived = async (name: string, dueIn: number) => {
    const [id = ''] = await seedArchive(at.db, testProject(), [{ closedAt: from(dueIn - 732 * DAY) }], name);
    return id;
  };
  const review = (sessionId: string) =>
    at.aside
      .selectFrom('review')
      .select(['opened_at', 'due_at'])
      .where('session_id', '=', sessionId)
      .execute();

  it('opens no review before its time, and does once the clocks agree', async () => {
    const sessionId = await archived('early', -10 * DAY);
    const act = { sessionId, actor: WORKFLOW };
    await assert.rejects(openReview(at, { ...act, now: from(2 * DAY) }), skewed);
    await assert.rejects(openReview(at, { ...act, now: from(6 * MINUTE) }), skewed);
    assert.deepEqual(await review(sessionId), []);
    assert.equal((await openReview(at, { ...act, now: from(4 * MINUTE) })).phase, 'review');
  });

  it('ends no review and begins no deletion before their time', async () => {
    const sessionId = await archived('ending', -10 * DAY);
    const act = { sessionId, actor: WORKFLOW };
    await openReview(at, { ...act, now: from(0) });
    await assert.rejects(endReview(at, { ...act, now: from(8 * DAY) }), skewed);
    await at.acts.decideReview({ sessionId, decision: 'approve', actor: AGENT, now: from(0) });
    const deps = { ...at, reached: () => undefined } as unknown as Parameters<typeof deleteForGood>[0];
    const deletion = () => deleteForGood(deps, { sessionId, now: from(8 * DAY).getTime() });
    await assert.rejects(new MockActivityEnvironment().run(deletion), skewed);
    const row = await at.aside
      .selectFrom('session')
      .select('deletion_began_at')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow();
    assert.equal(row.deletion_began_at, null);
  });

  it('gives a review that opens late its full window from when it really opens', async () => {
    const sessionId = await archived('late', -10 * DAY);
    // Meant for two days ago; the database was away until now.
    await openReview(at, { sessionId, actor: WORKFLOW, now: from(-2 * DAY) });
    const [row] = await review(sessionId);
    assert.ok(Math.abs((row?.opened_at.getTime() ?? 0) - Date.now()) < MINUTE);
    assert.ok((row?.due_at.getTime() ?? 0) >= Date.now() + 7 * DAY - 2 * 60 * MINUTE);
  });
});
