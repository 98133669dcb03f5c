import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide, type Decision, type SessionFacts } from '../../src/domain/decision.ts';
import { addDuration } from '../../src/domain/durations.ts';
import { askedFor, askedOf, factsOf, policyOf } from './stage.ts';

const TAGS = ['refund', 'complaint', 'transaction', 'finance'];
const PLACES = ['EU', 'US', 'US-CA', 'CN', 'OTHER'] as const;
const PERIODS = ['PT30S', 'P1D', 'P45D', 'P6M', 'P1Y', 'P730D', 'P2Y', 'P20Y', 'P100Y'];
const ZONES = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Apia'];

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });

/** Conditions that are met often, so that rules meet. */
const when = fc.record(
  {
    tag: some(TAGS),
    jurisdiction: some(PLACES),
    kind: some(['private', 'group']),
    language: some(['en', 'pt']),
    attachment: some(['photo', 'document']),
    authorized: fc.boolean(),
  },
  { requiredKeys: [] },
);
const from = fc.constantFrom('closure', 'last-message', 'majority', {
  event: 'contract-end',
  atLatest: 'P5Y',
});
type Effect = 'keep' | 'keepAtMost' | 'keepAtLeast';

const ruleWith = (effect: fc.Arbitrary<Effect>) =>
  fc
    .record({ id: fc.uuid(), when, from, effect, period: fc.constantFrom(...PERIODS) })
    .map(({ effect, period, ...rule }) => ({
      ...rule,
      [effect]: period,
      // A duty, so that nothing contradicts a cap of the same sessions.
      ...(effect === 'keepAtLeast' && { duty: 'contract' }),
      because: 'x',
    }));
const anyRule = ruleWith(fc.constantFrom<Effect>('keep', 'keepAtMost', 'keepAtLeast'));
const rules = fc.uniqueArray(anyRule, { maxLength: 8, selector: ({ id }) => id });

const instant = fc.date({
  min: new Date('2000-01-01'),
  max: new Date('2050-01-01'),
  noInvalidDate: true,
});
const facts: fc.Arbitrary<SessionFacts> = fc
  .record({
    sessionId: fc.uuid(),
    kind: fc.constantFrom('private' as const, 'group' as const, 'business' as const),
    tags: fc.subarray(TAGS),
    jurisdictions: some(PLACES),
    languages: fc.subarray(['en', 'pt-br', 'th']),
    attachmentKinds: fc.subarray(['photo', 'document', 'voice'] as const),
    authorized: fc.boolean(),
    closedAt: instant,
    idleMs: fc.nat(30 * 86_400_000),
    majorityAt: fc.option(instant),
    contractEnd: fc.option(instant),
    timeZone: fc.constantFrom(...ZONES),
  })
  .map(({ idleMs, contractEnd, ...rest }) =>
    factsOf({
      ...rest,
      lastActivityAt: new Date(rest.closedAt.getTime() - idleMs),
      events: contractEnd ? { 'contract-end': contractEnd } : {},
    }),
  );

const until = (list: object[], session: SessionFacts) => decide(policyOf({ rules: list }), session);
const time = ({ keepUntil }: Decision) => keepUntil.getTime();

/** The date that a trace alone leads to, each of its lines counted anew. */
function recompute({ trace, spreadMs }: Decision, timeZone: string): number {
  const dates = trace.map(({ effect, startsAt, period, asks }) => {
    if (effect === 'extension') return { effect, date: Date.parse(asks) };
    const date = addDuration(new Date(startsAt ?? ''), period ?? '', timeZone);
    assert.equal(date.toISOString(), asks);
    return { effect, date: date.getTime() };
  });
  const of = (...effects: string[]) =>
    dates.filter(({ effect }) => effects.includes(effect)).map(({ date }) => date);
  const asked = Math.max(Math.min(...of('baseline', 'cap')), ...of('minimum'));
  const [extension = -Infinity] = of('extension');
  return Math.max(asked + (extension > asked + spreadMs ? 0 : spreadMs), extension);
}

describe('how long a session is kept', () => {
  it('is the base period counted from closure', () => {
    const decision = decide(policyOf(), factsOf());
    assert.equal(askedFor(decision), '2027-01-31T10:00:00.000Z');
    assert.ok(decision.spreadMs >= 0 && decision.spreadMs <= 86_400_000);
    assert.deepEqual(
      decision.trace.map(({ rule }) => rule),
      ['base'],
    );
  });

  it('never depends on the order of rules', () => {
    fc.assert(
      fc.property(
        rules.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        facts,
        ([list, shuffled], session) => {
          const [one, other] = [until(list, session), until(shuffled, session)];
          assert.deepEqual(
            [one.keepUntil, one.decidedBy, one.spreadMs],
            [other.keepUntil, other.decidedBy, other.spreadMs],
          );
        },
      ),
    );
  });

  it('names the same rule in any order, where two ask for the same day', () => {
    const named = (effect: Effect) => {
      const both = ['a', 'b'].map((id) => ({
        id,
        [effect]: effect === 'keepAtLeast' ? 'P2Y' : 'P1M',
        because: 'x',
      }));
      return [both, [...both].reverse()].map((list) => until(list, factsOf()).decidedBy);
    };
    for (const effect of ['keep', 'keepAtMost', 'keepAtLeast'] as const)
      assert.deepEqual(named(effect), ['a', 'a']);
  });

  it('is never shortened by a further minimum', () => {
    fc.assert(
      fc.property(rules, ruleWith(fc.constant('keepAtLeast')), facts, (list, minimum, session) => {
        assert.ok(time(until([...list, minimum], session)) >= time(until(list, session)));
      }),
    );
  });

  it('is never lengthened by a further cap or baseline', () => {
    const upper = ruleWith(fc.constantFrom<Effect>('keepAtMost', 'keep'));
    fc.assert(
      fc.property(rules, upper, facts, (list, more, session) => {
        assert.ok(time(until([...list, more], session)) <= time(until(list, session)));
      }),
    );
  });

  it('is never shorter than any minimum that applies', () => {
    fc.assert(
      fc.property(rules, facts, (list, session) => {
        const decision = until(list, session);
        for (const { effect, asks } of decision.trace)
          if (effect === 'minimum') assert.ok(time(decision) >= Date.parse(asks));
      }),
    );
  });

  it('has a trace that leads to its date, and that names the rule that decided', () => {
    fc.assert(
      fc.property(rules, facts, fc.option(instant), (list, session, extendedUntil) => {
        const decision = until(list, { ...session, extendedUntil });
        assert.equal(recompute(decision, session.timeZone), time(decision));
        const decisive = decision.trace.find(({ rule }) => rule === decision.decidedBy);
        assert.equal(decisive?.asks, askedFor(decision));
      }),
    );
  });

  it('is never shortened by an extension, nor ends before it', () => {
    fc.assert(
      fc.property(rules, facts, instant, (list, session, extendedUntil) => {
        const extended = until(list, { ...session, extendedUntil });
        assert.ok(time(extended) >= extendedUntil.getTime());
        assert.ok(time(extended) >= time(until(list, session)));
      }),
    );
  });
});

describe('a rule applies', () => {
  const rule = (change: object) => ({ rules: [{ id: 'r', keepAtLeast: 'P9Y', because: 'x', ...change }] });
  const applies = (condition: object, session: Partial<SessionFacts>) =>
    askedOf(rule({ when: condition }), session).startsWith('2035');

  it('when all its conditions are met, each by any one of its values', () => {
    const condition = { tag: ['refund', 'transaction'], kind: 'group' };
    assert.ok(applies(condition, { tags: ['vip', 'refund'], kind: 'group' }));
    assert.ok(!applies(condition, { tags: ['vip', 'refund'] }));
    assert.ok(!applies(condition, { kind: 'group' }));
  });

  it('to any one subject’s jurisdiction and language, and to the parts of them', () => {
    assert.ok(applies({ jurisdiction: 'US' }, { jurisdictions: ['EU', 'US-CA'] }));
    assert.ok(!applies({ jurisdiction: 'US-CA' }, { jurisdictions: ['US'] }));
    assert.ok(applies({ language: 'pt' }, { languages: ['en', 'pt-BR'] }));
    assert.ok(!applies({ language: 'pt-br' }, { languages: ['pt'] }));
  });

  it('by project, attachment and explicit authorization', () => {
    assert.ok(applies({ project: ['shop', 'bank'] }, {}));
    assert.ok(!applies({ project: 'bank' }, {}));
    assert.ok(applies({ attachment: 'voice' }, { attachmentKinds: ['photo', 'voice'] }));
    assert.ok(applies({ authorized: true }, { authorized: true }));
    assert.ok(!applies({ authorized: true }, {}));
  });

  it('from the last message, the coming of age, or an event that is told of later', () => {
    const session = { lastActivityAt: new Date('2026-01-24T10:00:00Z'), majorityAt: new Date('2030-05-05') };
    assert.equal(askedOf(rule({ from: 'last-message' }), session), '2035-01-24T10:00:00.000Z');
    assert.equal(askedOf(rule({ from: 'majority' }), session), '2039-05-05T00:00:00.000Z');
    const contract = rule({ from: { event: 'contract-end', atLatest: 'P5Y' } });
    assert.equal(askedOf(contract, session), '2040-01-31T10:00:00.000Z');
    const told = { events: { 'contract-end': new Date('2027-06-30') } };
    assert.equal(askedOf(contract, told), '2036-06-30T00:00:00.000Z');
    const odd = rule({ from: { event: 'constructor', atLatest: 'P5Y' } });
    assert.equal(askedOf(odd, session), '2040-01-31T10:00:00.000Z');
  });

  it('from closure, where the subject is of age or of unknown age', () => {
    for (const majorityAt of [null, new Date('2010-01-01')])
      assert.equal(askedOf(rule({ from: 'majority' }), { majorityAt }), '2035-01-31T10:00:00.000Z');
  });
});

describe('the project’s time zone decides what a day is', () => {
  const cases = [
    ['a month ends with the local month', '2026-03-31T12:00:00Z', 'P1M', 'UTC', '2026-04-30T12:00:00Z'],
    ['where it is April already', '2026-03-31T12:00:00Z', 'P1M', 'Pacific/Auckland', '2026-04-30T13:00:00Z'],
    [
      'a year keeps the hour of the clock',
      '2026-03-28T11:00:00Z',
      'P1Y',
      'Europe/Berlin',
      '2027-03-28T10:00:00Z',
    ],
    ['29 February, a year later', '2028-02-29T22:30:00Z', 'P12M', 'Europe/Berlin', '2029-02-28T22:30:00Z'],
    ['29 February, four years later', '2028-02-29T22:30:00Z', 'P4Y', 'Europe/Berlin', '2032-02-29T22:30:00Z'],
    ['730 days are not always two years', '2027-03-01T00:00:00Z', 'P730D', 'UTC', '2029-02-28T00:00:00Z'],
    [
      'an hour that the clock leaves out',
      '2026-03-28T01:30:00Z',
      'P1D',
      'Europe/Berlin',
      '2026-03-29T01:30:00Z',
    ],
    ['a day that an island left out', '2011-12-29T20:00:00Z', 'P2D', 'Pacific/Apia', '2011-12-30T20:00:00Z'],
  ] as const;
  for (const [name, closedAt, keep, timeZone, asked] of cases)
    it(`${name} (${keep}, ${timeZone})`, () => {
      const session = { closedAt: new Date(closedAt), lastActivityAt: new Date(closedAt), timeZone };
      assert.equal(askedOf({ keep }, session), new Date(asked).toISOString());
    });
});
