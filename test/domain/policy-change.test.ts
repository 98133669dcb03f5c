import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide, type SessionFacts } from '../../src/domain/decision.ts';
import { policySchema, type Policy } from '../../src/domain/policy.ts';
import { shortenings } from '../../src/domain/policy-change.ts';
import { diff } from '../../src/domain/policy-diff.ts';

const base = {
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P12M',
  rules: [
    { id: 'sales', when: { tag: 'transaction' }, keepAtLeast: 'P3Y', because: 'audits' },
    { id: 'europe', when: { jurisdiction: 'EU' }, keep: 'P6M', because: 'minimal' },
  ],
  review: { window: 'P7D', onSilence: 'hold' },
  spam: { deleteAfter: 'P7D' },
};

function policy(change: object = {}): Policy {
  return policySchema.parse({ ...base, ...change });
}

const rules = (...changed: object[]) => ({ rules: changed });
const [sales, europe] = base.rules;

/** What each change is said to shorten; nothing means that it only keeps longer. */
const CHANGES: readonly (readonly [string, object, readonly string[]])[] = [
  ['nothing at all', {}, []],
  ['a shorter base', { keep: 'P6M' }, ['keep: its base period of P12M becomes P6M']],
  [
    'a base in days that is shorter in a leap year',
    { keep: 'P365D' },
    ['keep: its base period of P12M becomes P365D'],
  ],
  ['a base that says the same in years', { keep: 'P1Y' }, []],
  ['a longer base', { keep: 'P13M' }, []],
  ['a minimum that is gone', rules(europe ?? {}), ['rule sales: its minimum of P3Y is gone']],
  ['a minimum under another name', rules({ ...sales, id: 'audits' }, europe ?? {}), []],
  [
    'a shorter minimum',
    rules({ ...sales, keepAtLeast: 'P2Y' }, europe ?? {}),
    ['rule sales: its minimum of P3Y becomes P2Y'],
  ],
  [
    'a minimum for fewer sessions',
    rules({ ...sales, when: { tag: 'transaction', kind: 'group' } }, europe ?? {}),
    ['rule sales: its minimum applies to fewer sessions'],
  ],
  [
    'a minimum for more sessions',
    rules({ ...sales, when: { tag: ['transaction', 'refund'] } }, europe ?? {}),
    [],
  ],
  [
    'a minimum that counts from the last message',
    rules({ ...sales, from: 'last-message' }, europe ?? {}),
    ['rule sales: its minimum counts from last-message, no longer from closure'],
  ],
  ['a minimum that counts from majority', rules({ ...sales, from: 'majority' }, europe ?? {}), []],
  [
    'a minimum that counts from an event',
    rules({ ...sales, from: { event: 'contract-end', atLatest: 'P10Y' } }, europe ?? {}),
    [
      'rule sales: its minimum counts from contract-end (at latest P10Y after closure), no longer from closure',
    ],
  ],
  [
    'a minimum that became a cap',
    rules({ id: 'sales', when: { tag: 'transaction' }, keepAtMost: 'P3M', because: 'x' }, europe ?? {}),
    ['rule sales: its minimum of P3Y is gone', 'rule sales: a new cap of P3M'],
  ],
  [
    'a new cap',
    rules(sales ?? {}, europe ?? {}, { id: 'leads', when: { tag: 'lead' }, keepAtMost: 'P3M', because: 'x' }),
    ['rule leads: a new cap of P3M'],
  ],
  [
    'a new cap that is longer than the base and so never counts',
    rules(sales ?? {}, europe ?? {}, { id: 'leads', when: { tag: 'lead' }, keepAtMost: 'P2Y', because: 'x' }),
    [],
  ],
  ['a baseline that is gone', rules(sales ?? {}), []],
  [
    'a baseline for more sessions',
    rules(sales ?? {}, { ...europe, when: { jurisdiction: ['EU', 'UK'] } }),
    ['rule europe: its baseline applies to more sessions'],
  ],
  ['a shorter window', { review: { window: 'P3D', onSilence: 'hold' } }, ['review.window: P7D becomes P3D']],
  [
    'silence that deletes',
    { review: { window: 'P7D' } },
    ['review.onSilence: silence deletes, where it held until now'],
  ],
  ['a shorter life of spam', { spam: { deleteAfter: 'P1D' } }, ['spam.deleteAfter: P7D becomes P1D']],
  ['a shorter idle time', { idle: 'P3D' }, ['idle: P7D becomes P3D']],
  [
    'a looser breaker',
    { breaker: { sharePerDay: 0.5, orFewerThan: 200 } },
    ['breaker.sharePerDay: 0.1 becomes 0.5', 'breaker.orFewerThan: 100 becomes 200'],
  ],
  ['a demo', { demo: true }, ['demo: changes will need no second person any more']],
  [
    'attachments as references only',
    rules(sales ?? {}, europe ?? {}, {
      id: 'papers',
      when: { tag: 'sensitive' },
      attachments: 'reference',
      because: 'x',
    }),
    ['rule papers: attachments of more sessions are kept as references only'],
  ],
];

describe('a policy is shorter', () => {
  for (const [what, change, said] of CHANGES)
    it(`${said.length > 0 ? '' : 'not '}for ${what}`, () => {
      assert.deepEqual(shortenings(policy(), policy(change)), said);
    });

  it('for labels that are put on by rules no more, where a minimum looks at them', () => {
    const tagging = [{ id: 'paid', tag: 'transaction', when: { keywords: ['invoice'] }, because: 'x' }];
    assert.deepEqual(shortenings(policy({ tagging }), policy()), [
      'tagging paid: sessions no longer tagged transaction may go earlier',
    ]);
    assert.deepEqual(shortenings(policy(), policy({ tagging })), []);
  });

  const period = fc.constantFrom(
    'P3M',
    'P180D',
    'P6M',
    'P365D',
    'P1Y',
    'P12M',
    'P366D',
    'P2Y',
    'P730D',
    'P731D',
  );
  const rule = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    when: fc.record(
      {
        tag: fc.subarray(['x', 'y'], { minLength: 1 }),
        jurisdiction: fc.subarray(['EU', 'US', 'US-CA'], { minLength: 1 }),
        authorized: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    from: fc.constantFrom(
      'closure',
      'last-message',
      'majority',
      { event: 'contract-end', atLatest: 'P2Y' },
      { event: 'contract-end', atLatest: 'P1Y' },
    ),
    effect: fc.constantFrom('keep', 'keepAtMost', 'keepAtLeast'),
    period,
  });
  const policies = fc
    .record({ keep: period, rules: fc.uniqueArray(rule, { maxLength: 3, selector: ({ id }) => id }) })
    .map(({ keep, rules: written }) => ({
      keep,
      rules: written.map(({ effect, period: length, ...rest }) => ({
        ...rest,
        [effect]: length,
        because: 'x',
        ...(effect === 'keepAtLeast' && { duty: 'contract' }),
      })),
    }))
    .filter((change) => policySchema.safeParse({ ...base, ...change }).success)
    .map((change) => policy(change));
  const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  const sessions: fc.Arbitrary<SessionFacts> = fc
    .record({
      closedAt: instant,
      idleMs: fc.nat({ max: 7 * 86_400_000 }),
      tags: fc.subarray(['x', 'y', 'z']),
      jurisdictions: fc.subarray(['EU', 'US', 'US-CA', 'OTHER'] as const, { minLength: 1 }),
      authorized: fc.boolean(),
      majorityAt: fc.option(instant),
      events: fc.oneof(
        fc.constant({}),
        instant.map((at) => ({ 'contract-end': at })),
      ),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
    })
    .map(({ idleMs, closedAt, ...rest }) => ({
      sessionId: '0b8c4c9e-6f0a-4f5e-9d5b-2f1f5a1c7e01',
      projectId: 'shop',
      kind: 'private',
      closedAt,
      lastActivityAt: new Date(closedAt.getTime() - idleMs),
      languages: [],
      attachmentKinds: [],
      extendedUntil: null,
      ...rest,
    }));

  it('for every policy under which some session goes earlier: none is missed', () => {
    let longer = 0;
    fc.assert(
      fc.property(
        policies,
        policies,
        fc.array(sessions, { minLength: 5, maxLength: 5 }),
        (before, after, all) => {
          if (shortenings(before, after).length > 0) return;
          longer += 1;
          for (const facts of all)
            assert.ok(
              decide(after, facts).keepUntil >= decide(before, facts).keepUntil,
              JSON.stringify(facts),
            );
        },
      ),
      { numRuns: 400 },
    );
    assert.ok(longer > 10, `only ${longer} of the pairs were longer`);
  });
});

describe('the difference of two policies', () => {
  it('names each setting and each rule that was added, removed or changed', () => {
    const added = { id: 'leads', when: { tag: 'lead' }, keepAtMost: 'P3M', because: 'short' };
    const after = policy({
      review: { window: 'P3D', onSilence: 'hold' },
      rules: [added, { ...sales, keepAtLeast: 'P5Y' }],
    });
    assert.deepEqual(
      diff(policy(), after).map(({ part, id, change, fields }) => [
        part,
        id,
        change,
        fields.map(({ field }) => field).sort(),
      ]),
      [
        ['policy', 'policy', 'changed', ['review.window']],
        ['rule', 'sales', 'changed', ['keepAtLeast']],
        ['rule', 'europe', 'removed', ['because', 'exemptFromErasure', 'from', 'keep', 'when']],
        ['rule', 'leads', 'added', ['because', 'exemptFromErasure', 'from', 'keepAtMost', 'when']],
      ],
    );
    assert.deepEqual(diff(policy(), after)[1]?.fields, [
      { field: 'keepAtLeast', before: 'P3Y', after: 'P5Y' },
    ]);
  });

  it('is nothing where only the order differs, or what was stored and read again', () => {
    const other = policy({ rules: base.rules.toReversed() });
    assert.deepEqual(diff(policy(), other), []);
    assert.deepEqual(diff(policy(), JSON.parse(JSON.stringify(policy())) as Policy), []);
  });
});
