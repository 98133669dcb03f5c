import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, keepsReferencesOnly, readersOf, type SessionFacts } from '../../src/domain/decision.ts';
import { nextStep, type LifeFacts } from '../../src/domain/next-step.ts';
import { askedOf, factsOf, policyOf } from './stage.ts';

/** What a policy, on a session closed on 31 January 2026, is recommended to lead to. */
interface Row {
  readonly says: string;
  readonly policy: object;
  readonly session?: Partial<SessionFacts>;
  readonly until: string;
}

const EU = { jurisdictions: ['EU'] as const };
const finance = { tags: ['finance'] };
const healthcare = { tags: ['healthcare'] };
const own = (id: string, change: object) => [{ id, because: 'our own', ...change }];

const ROWS: readonly Row[] = [
  {
    says: 'GDPR, 6 to 24 months: the shortest of them, by the policy’s own base',
    policy: { packs: ['gdpr'], keep: 'P6M' },
    session: EU,
    until: '2026-07-31',
  },
  {
    says: 'GDPR, 6 to 24 months: a year by the pack, however long the base',
    policy: { packs: ['gdpr'], keep: 'P10Y' },
    session: EU,
    until: '2027-01-31',
  },
  {
    says: 'GDPR, 6 to 24 months: the longest of them, by a rule in place of the pack’s',
    policy: {
      packs: ['gdpr'],
      keep: 'P10Y',
      rules: own('gdpr-base', { when: { jurisdiction: 'EU' }, keep: 'P24M' }),
    },
    session: EU,
    until: '2028-01-31',
  },
  {
    says: 'CCPA: no fixed period; a base of 45 days is 45 days, leaving out no day of February',
    policy: { packs: ['ccpa'], keep: 'P45D' },
    session: { jurisdictions: ['US-CA'] },
    until: '2026-03-17',
  },
  {
    says: 'CCPA: no longer than reasonably necessary',
    policy: { packs: ['ccpa'], keep: 'P10Y' },
    session: { jurisdictions: ['US-CA'] },
    until: '2028-01-31',
  },
  {
    says: 'financial services: 5 years',
    policy: { packs: ['finance-5-years'] },
    session: finance,
    until: '2031-01-31',
  },
  {
    says: 'financial services: 7 years',
    policy: { packs: ['finance-7-years'] },
    session: finance,
    until: '2033-01-31',
  },
  {
    says: 'healthcare: 10 years',
    policy: { packs: ['healthcare-10-years'] },
    session: healthcare,
    until: '2036-01-31',
  },
  {
    says: 'healthcare: 20 years',
    policy: { packs: ['healthcare-20-years'] },
    session: healthcare,
    until: '2046-01-31',
  },
  {
    says: 'healthcare of a child: until it is of age, and 7 years more',
    policy: { packs: ['healthcare-10-years'] },
    session: { ...healthcare, majorityAt: new Date('2040-06-01') },
    until: '2047-06-01',
  },
  {
    says: 'healthcare of a child: until it is of age, and 10 years more',
    policy: { packs: ['healthcare-20-years'] },
    session: { ...healthcare, majorityAt: new Date('2042-06-01') },
    until: '2052-06-01',
  },
  {
    says: 'cross-border with a base of 6 months: financial conversations 5 years',
    policy: { packs: ['gdpr', 'finance-5-years'], keep: 'P6M' },
    session: { ...EU, ...finance },
    until: '2031-01-31',
  },
  {
    says: 'general support: 6 months',
    policy: { packs: ['general-support'], keep: 'P6M' },
    until: '2026-07-31',
  },
  {
    says: 'general support: 12 months',
    policy: { packs: ['general-support'], keep: 'P3Y' },
    until: '2027-01-31',
  },
  {
    says: 'transactions and contracts, 2 to 5 years: 3 years by the pack',
    policy: { packs: ['transactions'] },
    session: { tags: ['transaction'] },
    until: '2029-01-31',
  },
  ...(['P2Y', 'P5Y'] as const).map((keepAtLeast) => ({
    says: `transactions and contracts, 2 to 5 years: ${keepAtLeast} in place of the pack’s`,
    policy: {
      packs: ['transactions'],
      rules: own('transactions', { when: { tag: 'transaction' }, keepAtLeast }),
    },
    session: { tags: ['transaction'] },
    until: keepAtLeast === 'P2Y' ? '2028-01-31' : '2031-01-31',
  })),
  {
    says: 'pre-sales inquiries: 6 months',
    policy: { packs: ['pre-sales'] },
    session: { tags: ['pre-sales'] },
    until: '2026-07-31',
  },
  {
    says: 'pre-sales inquiries: 3 months',
    policy: { packs: ['pre-sales'], rules: own('pre-sales', { when: { tag: 'pre-sales' }, keep: 'P3M' }) },
    session: { tags: ['pre-sales'] },
    until: '2026-04-30',
  },
  {
    says: 'a pre-sales inquiry that became a transaction: 3 years',
    policy: { packs: ['pre-sales', 'transactions'] },
    session: { tags: ['pre-sales', 'transaction'] },
    until: '2029-01-31',
  },
  {
    says: 'post-sales complaints, 12 months or more: two years',
    policy: { packs: ['complaints'] },
    session: { tags: ['complaint'] },
    until: '2028-01-31',
  },
  {
    says: 'post-sales complaints: exactly 12 months where the base is 6',
    policy: {
      packs: ['complaints'],
      keep: 'P6M',
      rules: own('complaints', { when: { tag: 'complaint' }, keepAtLeast: 'P12M' }),
    },
    session: { tags: ['complaint'] },
    until: '2027-01-31',
  },
  {
    says: 'sensitive data: shorter',
    policy: { packs: ['sensitive'] },
    session: { tags: ['sensitive'] },
    until: '2026-07-31',
  },
  {
    says: 'PIPL, sensitive data: the minimum time',
    policy: { packs: ['pipl', 'sensitive'] },
    session: { tags: ['sensitive'], jurisdictions: ['CN'] },
    until: '2026-04-30',
  },
  {
    says: 'European Union, United States and China together: the strictest is the base',
    policy: { packs: ['gdpr', 'ccpa', 'pipl'], keep: 'P3Y' },
    session: { jurisdictions: ['EU', 'US-CA', 'CN'] },
    until: '2026-07-31',
  },
  {
    says: 'European Union and United States together: GDPR is the base, financial records 7 years',
    policy: { packs: ['gdpr', 'ccpa', 'finance-7-years'], keep: 'P3Y' },
    session: { jurisdictions: ['EU', 'US-CA'], ...finance },
    until: '2033-01-31',
  },
  {
    says: 'the tiers: a base of 12 months and transactions for 3 years',
    policy: { packs: ['general-support', 'transactions'] },
    session: { tags: ['refund'] },
    until: '2029-01-31',
  },
  {
    says: 'time-based deletion: 730 days',
    policy: { keep: 'P730D', review: { window: 'P7D' } },
    until: '2028-01-31',
  },
  {
    says: 'pruning three months after the last interaction',
    policy: { rules: own('inactive', { from: 'last-message', keepAtMost: 'P90D' }) },
    session: { lastActivityAt: new Date('2026-01-01T10:00:00Z') },
    until: '2026-04-01',
  },
];

const closedAt = new Date('2026-01-31T10:00:00Z');
const LIFE: Omit<LifeFacts, 'phase'> = {
  lastActivityAt: closedAt,
  closedAt,
  reopenUntil: null,
  keepUntil: null,
  deletionBeganAt: null,
  restrictedAt: null,
  erased: false,
  deletionsPausedAt: null,
  spam: false,
  holdEnds: [],
  round: 0,
  review: null,
};

describe('the periods that are recommended come out as recommended', () => {
  for (const { says, policy, session, until } of ROWS)
    it(`${says}: until ${until}`, () => {
      assert.equal(askedOf(policy, session).slice(0, 10), until);
    });

  it('730 days end in a review of 7 days', () => {
    const policy = policyOf({ keep: 'P730D', review: { window: 'P7D' } });
    const archived = { ...LIFE, phase: 'archived' as const, keepUntil: new Date('2028-01-31T10:00:00Z') };
    const { step, at } = nextStep(archived, policy, 'UTC');
    assert.deepEqual([step, at], ['open-review', Date.parse('2028-01-31T10:00:00Z')]);
    assert.equal(policy.review.window, 'P7D');
  });

  it('spam is gone 7 days after it was closed, without an archive', () => {
    const spam = { ...LIFE, phase: 'closed' as const, spam: true };
    const { step, at } = nextStep(spam, policyOf(), 'UTC');
    assert.deepEqual([step, at], ['delete', Date.parse('2026-02-07T10:00:00Z')]);
  });
});

describe('what a rule says besides a period', () => {
  const policy = policyOf({ packs: ['sensitive', 'pipl'] });

  it('sensitive sessions are read by compliance alone, their files kept as references', () => {
    const sensitive = factsOf({ tags: ['sensitive'] });
    assert.deepEqual(readersOf(policy, sensitive), ['compliance']);
    assert.ok(keepsReferencesOnly(policy, sensitive));
  });

  it('others are read and kept as usual', () => {
    assert.equal(readersOf(policy, factsOf()), null);
    assert.ok(!keepsReferencesOnly(policy, factsOf()));
  });

  it('a legal duty outweighs an erasure request only where it says so', () => {
    const { trace } = decide(policyOf({ packs: ['finance-5-years', 'transactions'] }), factsOf(finance));
    assert.equal(trace.at(-1)?.duty, 'legal');
    const exempt = policyOf({ packs: ['finance-5-years', 'transactions'] }).rules.map((rule) => [
      rule.id,
      rule.exemptFromErasure,
    ]);
    assert.deepEqual(exempt, [
      ['finance-5-years', true],
      ['transactions', false],
    ]);
  });
});
