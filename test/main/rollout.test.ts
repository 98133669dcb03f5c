import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { rolloutsOf } from '../../src/db/rollouts.ts';
import { startRollout } from '../../src/main/rollout.ts';
import { COMPLIANCE, SECOND, seedArchive } from '../acts/policies-stage.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const DAY = 86_400_000;
const log = pino({ level: 'silent' });

describe('the loop that brings a policy to the sessions', () => {
  let at: TestDatabase;
  const project = testProject();
  before(async () => {
    at = await createTestDatabase();
    await addProject(at.db, project);
  });
  after(() => at.drop());

  const rollout = async () => (await rolloutsOf(at.aside, project.id))[0];

  it('decides all, tells slowly, goes on after it was stopped, and ends', async () => {
    const now = new Date();
    const sessions = Array.from({ length: 30 }, (_, index) => ({
      closedAt: new Date(now.getTime() - index * DAY),
    }));
    await seedArchive(at.db, project, sessions);
    const policy = { ...project.policy, keep: 'P1Y' };
    const outcome = await at.acts.applyPolicy({
      ...{ projectId: project.id, policy, reason: 'less', actor: COMPLIANCE, now },
    });
    assert.equal(outcome.outcome, 'waiting');
    if (outcome.outcome !== 'waiting') return;
    await at.acts.decideApproval({ ...outcome, outcome: 'approved', actor: SECOND, now });

    const told = async () =>
      at.aside.selectFrom('outbox').select('session_id').where('event', '=', 'redated').execute();
    const first = startRollout({ db: at.db, log });
    await until('the first to be told', async () => (await told()).length > 0);
    await first.stop();
    assert.equal((await told()).length, 20);

    const [second, third] = [startRollout({ db: at.db, log }), startRollout({ db: at.db, log })];
    await until('the rollout to end', async () => (await rollout())?.phase === 'done');
    await Promise.all([second.stop(), third.stop()]);
    const ids = (await told()).map((row) => row.session_id);
    assert.deepEqual([ids.length, new Set(ids).size], [30, 30]);
    assert.deepEqual([(await rollout())?.decided, (await rollout())?.earlier], [30, 30]);
  });
});
