import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../../src/domain/decision.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { beginPlan, confirmationOf, type DatedSession } from '../../src/domain/policy-plan.ts';

const now = new Date('2026-03-01T12:00:00Z');
const policy = policySchema.parse({
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P12M',
  rules: [{ id: 'sales', when: { tag: 'transaction' }, keepAtLeast: 'P3Y', because: 'audits' }],
  review: { window: 'P7D' },
  spam: { deleteAfter: 'P7D' },
});

function session(closedAt: string, change: Partial<DatedSession> = {}): DatedSession {
  return {
    sessionId: `0b8c4c9e-6f0a-4f5e-9d5b-${closedAt.replaceAll('-', '').padStart(12, '0')}`,
    projectId: 'shop',
    kind: 'private',
    phase: 'archived',
    closedAt: new Date(closedAt),
    lastActivityAt: new Date(closedAt),
    keepUntil: new Date('2027-06-01'),
    keepRule: 'base',
    tags: [],
    jurisdictions: ['EU'],
    languages: [],
    attachmentKinds: [],
    authorized: false,
    majorityAt: null,
    events: {},
    extendedUntil: null,
    timeZone: 'UTC',
    ...change,
  };
}

function planOf(...sessions: readonly DatedSession[]) {
  const plan = beginPlan(policy, now);
  for (const one of sessions) plan.add(one);
  return plan.result({ open: 2, closed: 1 });
}

describe('the plan of a policy', () => {
  it('counts what goes earlier, later, at the same date and into review at once', () => {
    const same = session('2025-12-01');
    const plan = planOf(
      session('2025-01-15'),
      session('2025-10-01'),
      session('2025-11-01', { tags: ['transaction'] }),
      { ...same, keepUntil: decide(policy, same).keepUntil },
    );
    assert.deepEqual(
      [
        plan.sessions,
        plan.earlier,
        plan.later,
        plan.same,
        plan.dueNow,
        plan.outOfReview,
        plan.open,
        plan.closed,
      ],
      [4, 2, 1, 1, 1, 0, 2, 1],
    );
  });

  it('counts them by the rule that decides before and after, and by the month of the new date', () => {
    const plan = planOf(
      session('2025-10-01'),
      session('2025-10-02'),
      session('2025-11-01', { tags: ['transaction'], keepRule: null }),
    );
    assert.deepEqual(plan.byRule, [
      { before: 'base', after: 'base', sessions: 2, earlier: 2, later: 0, same: 0, dueNow: 0 },
      { before: null, after: 'sales', sessions: 1, earlier: 0, later: 1, same: 0, dueNow: 0 },
    ]);
    assert.deepEqual(
      plan.byMonth.map(({ month, sessions }) => [month, sessions]),
      [
        ['2026-10', 2],
        ['2028-11', 1],
      ],
    );
  });

  it('shows the largest changes in both directions', () => {
    const earlier = Array.from({ length: 9 }, (_, at) => session(`2025-0${at + 1}-01`));
    const plan = planOf(...earlier, session('2025-11-01', { tags: ['transaction'] }));
    const sample = plan.samples.earlier[0];
    assert.deepEqual(
      [plan.samples.earlier.length, plan.samples.later.length, sample?.sessionId, sample?.rule],
      [5, 1, earlier[0]?.sessionId, 'base'],
    );
    const moved = plan.samples.earlier.map(({ before, after }) => before.getTime() - after.getTime());
    assert.deepEqual(
      moved,
      moved.toSorted((a, b) => b - a),
    );
  });

  it('says what leaves a review, and what is in review stays there with its window', () => {
    const kept = session('2025-12-01', { phase: 'review', keepUntil: new Date('2026-02-25') });
    const due = session('2025-01-01', { phase: 'review', keepUntil: new Date('2026-02-25') });
    const { outOfReview, dueNow } = planOf(kept, due);
    assert.deepEqual([outOfReview, dueNow], [1, 0]);
  });

  it('has to be confirmed by typing when more than a tenth of the archive is due at once', () => {
    const counts = { sessions: 100, earlier: 100, later: 0, same: 0 };
    assert.equal(confirmationOf('shop', { ...counts, dueNow: 10 }), null);
    assert.equal(confirmationOf('shop', { ...counts, dueNow: 11 }), 'shop 11');
    assert.equal(confirmationOf('shop', { ...counts, sessions: 0, dueNow: 0 }), null);
  });
});
