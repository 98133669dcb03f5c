import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { rolloutBatch } from '../../src/acts/rollout.ts';
import { rolloutsOf } from '../../src/db/rollouts.ts';
import { releaseThrottledEvents } from '../../src/db/throttled-events.ts';
import { policySchema, type Policy } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';
import { COMPLIANCE, SECOND, seedArchive } from '../acts/policies-stage.ts';

const DAY = 86_400_000;
const WINDOW_MS = 30 * DAY;
const SESSIONS = 1000;

/** Most sessions will go earlier, those before a sale later: a cap becomes a minimum. */
const before60 = policyWith({
  keep: 'P60D',
  rules: [{ id: 'pre-sales', when: { tag: 'presales' }, keepAtMost: 'P20D', because: 'no sale came of it' }],
});
const after30 = policyWith({
  keep: 'P30D',
  rules: [{ id: 'pre-sales', when: { tag: 'presales' }, keepAtLeast: 'P34D', because: 'offers are binding' }],
});

function policyWith(change: object): Policy {
  const base = { idle: 'P7D', reopen: 'PT12H', review: { window: 'P30D' }, spam: { deleteAfter: 'P7D' } };
  return policySchema.parse({ ...base, ...change });
}

describe(`a policy that changes while ${SESSIONS} workflows sleep`, () => {
  let stage: LifeStage;
  let statements = 0;
  let failAt = Infinity;
  const project = { ...testProject(), policy: before60 };
  before(async () => {
    stage = await createLifeStage({
      project,
      onStatement: () => {
        if (++statements >= failAt) throw new Error('the process ends here');
      },
    });
  });
  after(() => stage.stop());

  /** Archived sessions, closed within the last five days, each with a workflow that sleeps until its date. */
  async function sleeping(): Promise<string[]> {
    const now = await stage.now();
    const ids = await seedArchive(
      stage.db,
      project,
      Array.from({ length: SESSIONS }, (_, at) => ({
        closedAt: new Date(now.getTime() - (5 * DAY * at) / SESSIONS),
        tags: at % 2 ? ['presales'] : [],
      })),
    );
    await sql`
      insert into outbox (session_id, event, event_id, payload, created_at, next_attempt_at)
      select id, 'imported', gen_random_uuid(), '{}', closed_at, closed_at from session`.execute(stage.db);
    await stage.relay();
    return ids;
  }

  const rows = () =>
    stage.aside
      .selectFrom('session as s')
      .leftJoin('review as r', 'r.session_id', 's.id')
      .select(['s.id', 's.phase', 's.keep_until', 's.closed_at', 's.keep_rule', 's.policy_version'])
      .select(['r.round', 'r.opened_at', 'r.due_at'])
      .execute();
  const reviews = async () => (await rows()).filter(({ round }) => round !== null);

  it('opens each review at its new date with a full window, and loses and repeats none', async () => {
    await sleeping();
    const now = await stage.now();
    const outcome = await stage.acts.applyPolicy({
      projectId: project.id,
      policy: after30,
      reason: 'offers are binding for a month',
      actor: COMPLIANCE,
      now,
    });
    assert.equal(outcome.outcome, 'waiting');
    if (outcome.outcome !== 'waiting') return;
    await stage.acts.decideApproval({ ...outcome, outcome: 'approved', actor: SECOND, now });

    // The process dies between two batches and inside one; another goes on.
    for (let batch = 0; batch < 3; batch += 1) assert.ok(await rolloutBatch(stage, now, 100));
    failAt = statements + 6;
    await assert.rejects(rolloutBatch(stage, now, 100), /ends here/).finally(() => (failAt = Infinity));
    while (await rolloutBatch(stage, now));
    const [rollout] = await rolloutsOf(stage.aside, project.id);
    assert.deepEqual(
      [rollout?.decided, rollout?.earlier, rollout?.later],
      [SESSIONS, SESSIONS / 2, SESSIONS / 2],
    );

    let told = 0;
    for (let released = 1; released > 0; told += released) {
      released = await releaseThrottledEvents(stage.db, 20, now);
      await stage.relay();
    }
    assert.equal(told, SESSIONS / 2);
    await rolloutBatch(stage, now);
    assert.equal((await rolloutsOf(stage.aside, project.id))[0]?.phase, 'done');

    // Past the old date of what is kept longer now: its workflows wake, and go on sleeping.
    for (let day = 0; day < 24; day += 1) await stage.pass('1 day');
    assert.deepEqual(await reviews(), []);
    for (let day = 24; day < 37; day += 1) await stage.pass('1 day');
    const opened = await until('every review to be open', async () => {
      const found = await reviews();
      return found.length === SESSIONS && found;
    });
    for (const row of opened) {
      const [date, at] = [row.keep_until?.getTime() ?? 0, row.opened_at?.getTime() ?? 0];
      const days = (date - (row.closed_at?.getTime() ?? 0)) / DAY;
      const promised = row.keep_rule === 'pre-sales' ? 34 : 30;
      assert.ok(days >= promised && days < promised + 1, `${days} days`);
      assert.ok(at >= date && at < date + DAY, `${row.id} opened ${(at - date) / DAY} days after its date`);
      assert.equal((row.due_at?.getTime() ?? 0) - at, WINDOW_MS);
      assert.deepEqual([row.phase, row.round, row.policy_version], ['review', 1, 2]);
    }
    const entries = await stage.aside
      .selectFrom('audit_entry')
      .select('object_id')
      .where('action', '=', 'review.opened')
      .execute();
    assert.equal(entries.length, SESSIONS);
    assert.equal(new Set(entries.map((one) => one.object_id)).size, SESSIONS);
  });
});
