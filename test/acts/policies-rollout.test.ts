import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { changeTag } from '../../src/acts/tags.ts';
import { openReview } from '../../src/acts/reviews.ts';
import { rolloutBatch } from '../../src/acts/rollout.ts';
import { readLife } from '../../src/db/life.ts';
import { rolloutsOf } from '../../src/db/rollouts.ts';
import { releaseThrottledEvents } from '../../src/db/throttled-events.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import { addProject, createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { COMPLIANCE, SECOND, seedArchive } from './policies-stage.ts';

const DAY = 86_400_000;
const now = new Date('2026-03-01T12:00:00Z');
const policy = testProject().policy;
const longer: Policy = { ...policy, keep: 'P4Y' };
const shorter: Policy = { ...policy, keep: 'P1Y' };

describe('a policy on its way to the sessions', () => {
  let at: TestDatabase;
  let project: ProjectFile;
  let projects = 0;
  let statements = 0;
  let failAt = Infinity;
  before(async () => {
    at = await createTestDatabase(() => {
      if (++statements >= failAt) throw new Error('the process ends here');
    });
  });
  after(() => at.drop());
  beforeEach(async () => {
    await drain();
    project = { ...testProject(), id: `shop-${++projects}` };
    await addProject(at.db, project);
  });

  /** Sessions closed one, two, … days before now. */
  const seed = (count: number, tags: readonly string[] = []) =>
    seedArchive(
      at.db,
      project,
      Array.from({ length: count }, (_, index) => ({
        closedAt: new Date(now.getTime() - (index + 1) * DAY),
        tags,
      })),
    );
  const apply = async (next: Policy) => {
    const act = { projectId: project.id, policy: next, reason: 'test', actor: COMPLIANCE, now };
    const outcome = await at.acts.applyPolicy(act);
    if (outcome.outcome === 'waiting')
      await at.acts.decideApproval({ ...outcome, outcome: 'approved', actor: SECOND, now });
  };
  const decideAll = async (limit = 100) => {
    while (await rolloutBatch(at, now, limit));
  };
  async function drain() {
    await decideAll();
    while ((await releaseThrottledEvents(at.db, 1000, now)) > 0);
    await decideAll();
  }
  const rollout = async () => (await rolloutsOf(at.aside, project.id))[0];
  const sessions = () =>
    at.aside.selectFrom('session').selectAll().where('project_id', '=', project.id).orderBy('id').execute();
  const told = async () =>
    (
      await at.aside
        .selectFrom('throttled_event')
        .select('session_id')
        .where('project_id', '=', project.id)
        .execute()
    ).map((row) => row.session_id);
  const entries = () =>
    at.aside
      .selectFrom('audit_entry')
      .select(['actor_kind', 'actor_id', 'counts'])
      .where('project_id', '=', project.id)
      .where('action', '=', 'policy.rolled-out')
      .execute();

  it('gives every session its new date and tells those whose date comes earlier', async () => {
    const ids = await seed(250);
    await apply(shorter);
    await decideAll();
    for (const row of await sessions()) {
      const days = ((row.keep_until?.getTime() ?? 0) - (row.closed_at?.getTime() ?? 0)) / DAY;
      assert.ok(days >= 365 && days < 366, `${days} days`);
      assert.deepEqual([row.policy_version, row.keep_rule, row.phase], [2, 'base', 'archived']);
    }
    assert.deepEqual((await told()).sort(), ids.toSorted());
    const { phase, sessions: all, decided, earlier, later } = (await rollout()) ?? {};
    assert.deepEqual([phase, all, decided, earlier, later], ['telling', 250, 250, 250, 0]);
    assert.deepEqual(await entries(), []);
    await drain();
    assert.equal((await rollout())?.phase, 'done');
    assert.deepEqual(await entries(), [
      {
        actor_kind: 'system',
        actor_id: 'rollout',
        counts: { version: 2, sessions: 250, earlier: 250, later: 0 },
      },
    ]);
  });

  it('tells nobody whose date comes later: they learn of it when they wake', async () => {
    await seed(30);
    await seedTagged();
    await apply(longer);
    await decideAll();
    assert.deepEqual(await told(), []);
    const { decided, earlier, later, phase } = (await rollout()) ?? {};
    // What is kept for twenty years already is kept no longer by this.
    assert.deepEqual([decided, earlier, later, phase], [40, 0, 30, 'done']);
  });

  async function seedTagged() {
    const sessionsOfPatients = Array.from({ length: 10 }, (_, index) => ({
      closedAt: new Date(now.getTime() - (100 + index) * DAY),
      tags: ['healthcare'],
    }));
    await seedArchive(at.db, project, sessionsOfPatients, 'patient');
  }

  it('goes on where it stopped when the process ends inside a batch', async () => {
    await seed(250);
    await apply(shorter);
    await rolloutBatch(at, now, 100);
    // Before each of its statements, the last of which notes how far it came.
    for (const crash of [1, 2, 3, 4, 5, 6, 7]) {
      failAt = statements + crash;
      await assert.rejects(rolloutBatch(at, now, 100), /ends here/).finally(() => (failAt = Infinity));
      assert.equal((await rollout())?.decided, 100);
      assert.equal((await sessions()).filter((row) => row.policy_version === 2).length, 100);
      assert.equal((await told()).length, 100);
    }
    await decideAll();
    const { decided, earlier } = (await rollout()) ?? {};
    assert.deepEqual([decided, earlier], [250, 250]);
    assert.equal((await told()).length, 250);
  });

  it('decides each session once, however many processes work on it', async () => {
    await seed(400);
    await apply(shorter);
    await Promise.all([decideAll(20), decideAll(20), decideAll(20)]);
    await decideAll(20);
    assert.deepEqual([(await rollout())?.decided, (await told()).length], [400, 400]);
  });

  it('gives way to a newer version', async () => {
    await seed(250);
    await apply(longer);
    await rolloutBatch(at, now, 100);
    await apply({ ...policy, keep: 'P5Y' });
    await drain();
    const [newest, older] = await rolloutsOf(at.aside, project.id);
    assert.deepEqual([newest?.phase, newest?.decided, older?.phase], ['done', 250, 'superseded']);
    assert.ok((await sessions()).every((row) => row.policy_version === 3));
  });

  it('takes in what was archived under the policy before while it ran', async () => {
    const [first = ''] = await seed(50);
    await apply(longer);
    await rolloutBatch(at, now, 100);
    // Archived by a transaction that had read the policy before it changed.
    await at.db.updateTable('session').set({ policy_version: 1 }).where('id', '=', first).execute();
    await decideAll();
    assert.ok((await sessions()).every((row) => row.policy_version === 2));
  });

  it('waits for an archive that is being recorded under the policy before, and decides it too', async () => {
    const [sessionId = ''] = await seed(1);
    const session = at.db.updateTable('session').where('id', '=', sessionId);
    await session.set({ phase: 'closed', archive_began_at: now }).execute();
    const recorded = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const recording = at.aside.transaction().execute(async (tx) => {
      await readLife(tx, sessionId, now);
      await tx.selectFrom('session').select('id').where('id', '=', sessionId).forUpdate().execute();
      locked.resolve();
      await recorded.promise;
      await tx
        .updateTable('session')
        .set({ phase: 'archived', policy_version: 1 })
        .where('id', '=', sessionId)
        .execute();
    });
    await locked.promise;
    await apply(longer);
    const deciding = decideAll();
    await until('the rollout to wait', async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        at.aside,
      );
      return rows.length > 0;
    });
    recorded.resolve();
    await Promise.all([recording, deciding]);
    assert.deepEqual([(await sessions())[0]?.policy_version, (await rollout())?.decided], [2, 1]);
  });

  it('leaves alone what is being deleted', async () => {
    const [first = ''] = await seed(10);
    await at.db.updateTable('session').set({ deletion_began_at: now }).where('id', '=', first).execute();
    await apply(longer);
    await drain();
    assert.equal((await rollout())?.decided, 9);
    assert.equal((await sessions()).find(({ id }) => id === first)?.policy_version, 1);
  });

  describe('meets reviews', () => {
    const due = new Date(now.getTime() + 3 * 366 * DAY);
    const inReview = async () => {
      const [sessionId = ''] = await seed(1);
      await openReview(at, { sessionId, actor: COMPLIANCE, now: due });
      assert.equal((await readLife(at.db, sessionId, due)).phase, 'review');
      return sessionId;
    };
    const decide = async (time = due) => {
      while (await rolloutBatch(at, time));
    };

    it('takes out of review what is kept longer, ends its round and tells it', async () => {
      const sessionId = await inReview();
      await apply(longer);
      await decide();
      const { phase, review } = await readLife(at.db, sessionId, due);
      assert.deepEqual([phase, review?.ended], ['archived', 'relabel']);
      assert.deepEqual(await told(), [sessionId]);
      const cards = await at.aside
        .selectFrom('delivery')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('kind', '=', 'review-card')
        .execute();
      assert.equal(cards.length, 2);
    });

    it('leaves a running review its full window when the date comes earlier', async () => {
      const sessionId = await inReview();
      const before = await readLife(at.db, sessionId, due);
      await apply(shorter);
      await decide();
      const life = await readLife(at.db, sessionId, due);
      assert.deepEqual([life.phase, life.round, life.review], ['review', 1, before.review]);
      assert.deepEqual(await told(), []);
    });

    it('gives what is held a new date too, after which the release opens no review before its time', async () => {
      const sessionId = await inReview();
      await at.acts.placeHold({ sessionId, reason: 'claim', actor: SECOND, now: due });
      await apply(longer);
      await decide();
      const { phase, keepUntil, holdEnds } = await readLife(at.db, sessionId, due);
      assert.deepEqual([phase, holdEnds.length], ['archived', 1]);
      assert.ok(keepUntil && keepUntil > due);
    });

    it('leaves what was approved for deletion as it was decided', async () => {
      const sessionId = await inReview();
      await at.acts.decideReview({ sessionId, decision: 'approve', actor: SECOND, now: due });
      await apply(longer);
      await decide();
      const { phase, review } = await readLife(at.db, sessionId, due);
      assert.deepEqual([phase, review?.ended], ['review', 'approve']);
    });

    it('does to a session what a tag with the same effect does', async () => {
      const sessionId = await inReview();
      await changeTag(at, { sessionId, tag: 'healthcare', change: 'add', actor: SECOND, now: due });
      const { phase, review } = await readLife(at.db, sessionId, due);
      assert.deepEqual([phase, review?.ended], ['archived', 'relabel']);
    });
  });
});
