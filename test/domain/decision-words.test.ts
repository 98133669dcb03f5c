import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, type SessionFacts } from '../../src/domain/decision.ts';
import { decisionInWords } from '../../src/domain/decision-words.ts';
import { factsOf, policyOf } from './stage.ts';

function inWords(policy: object, session: Partial<SessionFacts> = {}): string[] {
  const facts = factsOf(session);
  return decisionInWords(decide(policyOf(policy), facts), { policyVersion: 4, timeZone: facts.timeZone });
}

describe('a decision in words', () => {
  it('names date, rule, version, start, period, reason, duty and source', () => {
    const [first, base, rule] = inWords({ packs: ['finance-5-years'] }, { tags: ['finance'] });
    assert.match(
      first ?? '',
      /^Kept until 1 February 2031 at \d\d:\d\d \(UTC\), by the rule finance-5-years \(policy version 4\)\.$/,
    );
    assert.equal(
      base,
      'The base period keeps 12 months from the closure on 31 January 2026, which is until 31 January 2027. ' +
        'The legal minimum of the rule finance-5-years outweighs it.',
    );
    assert.equal(
      rule,
      'The rule finance-5-years (pack finance-5-years) keeps at least 5 years from the closure on 31 January 2026, ' +
        'which is until 31 January 2031, because the law obliges us to keep records of financial business for five years. ' +
        'This is a duty by law. Source: MiFID II Art. 16(7); Directive (EU) 2015/849 Art. 40(1). This decides.',
    );
  });

  it('says of a cap that a legal minimum outweighs it', () => {
    const words = inWords({ packs: ['sensitive', 'finance-5-years'] }, { tags: ['sensitive', 'finance'] });
    assert.match(
      words.find((line) => line.startsWith('The rule sensitive')) ?? '',
      /keeps at most 6 months .* The legal minimum of the rule finance-5-years outweighs it\.$/,
    );
  });

  it('says of a longer period that a stricter one applies', () => {
    const [, base, rule] = inWords({ packs: ['pipl'] }, { jurisdictions: ['CN'] });
    assert.match(base ?? '', /A stricter period applies\.$/);
    assert.match(rule ?? '', /This decides\.$/);
  });

  it('tells the hours that the session’s own time within the day adds', () => {
    assert.match(
      inWords({}).at(-1) ?? '',
      /^20 hours, 14 minutes more: every session has its own fixed time/,
    );
  });

  it('tells what is counted from an event, known or not, and from a coming of age', () => {
    const rules = [
      { id: 'contract', from: { event: 'contract-end', atLatest: 'P2Y' }, keepAtLeast: 'P3Y', because: 'x' },
      { id: 'child', from: 'majority', keepAtLeast: 'P1Y', because: 'x' },
    ];
    const unknown = inWords({ rules }, { majorityAt: new Date('2030-05-05') }).join('\n');
    assert.match(unknown, /from the latest date that contract-end can have on 31 January 2028/);
    assert.match(unknown, /from the coming of age on 5 May 2030/);
    const told = inWords({ rules }, { events: { 'contract-end': new Date('2027-03-01') } }).join('\n');
    assert.match(told, /from the event contract-end on 1 March 2027/);
  });

  it('names the extension of a supervisor', () => {
    const words = inWords({}, { extendedUntil: new Date('2040-01-01') });
    assert.match(
      words[0] ?? '',
      /^Kept until 1 January 2040 at 00:00 \(UTC\), by a decision of a supervisor/,
    );
    assert.match(words.at(-1) ?? '', /^A supervisor extended it to 1 January 2040\. This decides\.$/);
  });

  it('tells days in the project’s time zone, and seconds where days would tell nothing', () => {
    assert.match(inWords({}, { timeZone: 'Pacific/Auckland' })[1] ?? '', /closure on 31 January 2026/);
    const closedAt = new Date('2026-01-31T22:00:00Z');
    assert.match(inWords({}, { closedAt, timeZone: 'Asia/Tokyo' })[1] ?? '', /closure on 1 February 2026/);
    assert.match(
      inWords({ keep: 'PT30S' })[1] ?? '',
      /30 seconds .* until 31 January 2026 at 10:00:30 \(UTC\)\./,
    );
  });
});
