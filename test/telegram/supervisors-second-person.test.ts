import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decideReview, openReview } from '../../src/acts/reviews.ts';
import { nextStepOf, readLife } from '../../src/db/life.ts';
import { reviewOf } from '../../src/db/reviews.ts';
import { shortenings } from '../../src/domain/policy-change.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createSupervisorsStage, type SupervisorsStage } from './supervisors-stage.ts';

const { policy } = testProject();
const twoPeople: Policy = { ...policy, review: { ...policy.review, secondPerson: true } };

describe('a deletion that needs the approval of two people', () => {
  let at: SupervisorsStage;
  before(async () => {
    at = await createSupervisorsStage({ policy: twoPeople });
  });
  after(() => at.stop());
  const says = (sessionId: string) => new RegExp(sessionId.slice(0, 8));
  const actor = async (userId: number) => ({ kind: 'staff', id: await at.staffId(userId) }) as const;

  it('shows the first approval on every card, and goes by the second person', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const first = await at.press(at.second, 'Approve deletion', { says: says(sessionId) });
    assert.match(first.text ?? '', /Another person has to approve/);
    assert.equal((await reviewOf(at.db, sessionId, 1))?.ended, null);
    const sue = (await at.staffId(at.second)).slice(0, 8);
    await at.sees(at.people.supervisor, new RegExp(`1 of 2 approvals: staff ${sue} at`));

    const again = await at.press(at.second, 'Approve deletion', { says: says(sessionId) });
    assert.match(again.text ?? '', /You approved this deletion already: a second person/);
    const second = await at.press(at.people.supervisor, 'Approve deletion', { says: says(sessionId) });
    assert.equal(second.text, 'Recorded.');
    const sam = (await at.staffId(at.people.supervisor)).slice(0, 8);
    await at.sees(at.second, new RegExp(`Deletion approved by staff ${sue} and staff ${sam}`));
    assert.equal(nextStepOf(await readLife(at.db, sessionId, new Date())).step, 'delete');
    const actions = await at.db
      .selectFrom('audit_entry')
      .select('action')
      .where('object_id', '=', sessionId)
      .where('action', 'like', 'review.approve%')
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      actions.map(({ action }) => action),
      ['review.approved-once', 'review.approve'],
    );
  });

  it('takes one first approval of two at once, so that both together decide', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const act = { sessionId, decision: 'approve', now: new Date() } as const;
    const outcomes = await Promise.all(
      [at.second, at.compliance].map(async (one) => decideReview(at, { ...act, actor: await actor(one) })),
    );
    assert.deepEqual(outcomes.sort(), ['approved-once', 'decided']);
  });

  it('takes no word of a signal from the Temporal UI, which proves nobody’s identity', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const act = { sessionId, decision: 'approve', now: new Date() } as const;
    const signalled = { kind: 'operator', id: 'anna', role: 'temporal' } as const;
    await assert.rejects(decideReview(at, { ...act, actor: signalled }), { code: 'not_allowed' });
    await decideReview(at, { ...act, decision: 'hold', actor: signalled });
    assert.equal(
      (await reviewOf(at.db, sessionId, 1))?.ended,
      'hold',
      'what keeps a session needs one person',
    );
  });

  it('begins anew in the next round', async () => {
    const [sessionId = ''] = await at.inReview(1);
    const act = { sessionId, now: new Date() } as const;
    await decideReview(at, { ...act, decision: 'approve', actor: await actor(at.second) });
    await decideReview(at, {
      ...{ ...act, decision: 'extend', until: new Date(Date.now() + 1000) },
      actor: await actor(at.compliance),
    });
    await openReview(at, {
      ...{ sessionId, actor: { kind: 'workflow', id: 'test' }, now: new Date(Date.now() + 2000) },
    });
    assert.equal((await reviewOf(at.db, sessionId, 2))?.approvedBy, null);
  });

  it('is left out of an approval of many by whoever comes first, and taken by the second', async () => {
    const ids = await at.inReview(3, { tag: 'transaction' });
    await until('the cards', () => at.count(at.second, says(ids[2] ?? '')) > 0);
    for (const sessionId of ids.slice(0, 2))
      await decideReview(at, {
        sessionId,
        decision: 'approve',
        actor: await actor(at.second),
        now: new Date(),
      });
    const plan = async (userId: number) =>
      at.acts.planBulk({
        ...{ projectId: 'shop', rule: 'transactions', now: new Date() },
        actor: await actor(userId),
      });
    const own = await plan(at.second);
    assert.deepEqual([own.take.length, own.leftOut], [0, { 'your-own': 2, 'second-person': 1 }]);
    const other = await plan(at.compliance);
    assert.deepEqual([other.take.length, other.leftOut], [2, { 'second-person': 1 }]);
  });
});

describe('a policy that stops asking for a second person', () => {
  it('shortens, so that it needs one itself', () => {
    assert.deepEqual(shortenings(policy, twoPeople), []);
    assert.match(shortenings(twoPeople, policy).join(), /review\.secondPerson: one person alone/);
  });
});
