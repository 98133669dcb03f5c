import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BUNDLED_PROJECTS } from '../../src/config.ts';
import {
  findingInWords,
  parsePolicyDocument,
  parseProjectDocument,
} from '../../src/domain/policy-document.ts';
import { BASE_TEXT as BASE, rulesText as rules } from './stage.ts';

function refused(text: string): string[] {
  const parsed = parsePolicyDocument(text);
  assert.ok('errors' in parsed, 'it is accepted');
  return parsed.errors.map(findingInWords);
}

describe('a period is refused with what to write', () => {
  const CASES = [
    ['12 months', '"12 months" is no ISO 8601 duration from above zero to P100Y. Write P12M.'],
    ['7 days', /Write P7D\.$/],
    ['1 year', /Write P1Y\.$/],
    ['24h', /Write PT24H\.$/],
    ['1 year and 6 months', /Write P1Y6M\.$/],
    ['P24H', /Write PT24H\.$/],
    ['-P1D', /Write P1D\.$/],
    ['12', /Write P12D for days, P12M for months or P12Y for years\.$/],
    ['12m', /Write P12M for months or PT12M for minutes\.$/],
    ['forever', /Write it like P12M, P7D or PT24H\.$/],
    ['P999999999Y', /Write P100Y or less\.$/],
    [
      'PT0.0000001S',
      '"PT0.0000001S" is no ISO 8601 duration from above zero to P100Y. Write PT1S or more, and P100Y or less.',
    ],
    ['P0D', 'a period of zero (P0D) would delete at once. Write the shortest period you mean, such as P1D.'],
    ['[P1D, P2D]', /expected an ISO 8601 duration/],
  ] as const;
  for (const [written, says] of CASES)
    it(`${written}, with line and column`, () => {
      const [first, ...more] = refused(BASE.replace('P12M', written));
      assert.deepEqual(more, []);
      if (typeof says === 'string') assert.equal(first, `3:7: keep: ${says}`);
      else assert.match(first ?? '', new RegExp(`^3:7: keep: .*${says.source}`));
    });
});

describe('what cannot be meant is refused with line, column, reason and mend', () => {
  const CASES = [
    [
      'an unknown key',
      `${BASE}keepFor: P1D\n`,
      '6:1: keepFor: unknown key keepFor. Leave it out; known here: demo, idle, ',
    ],
    ['a slip in a key', `${BASE}rule: []\n`, '6:1: rule: unknown key rule. Did you mean rules?'],
    [
      'a slip in a rule',
      rules('id: a, keepAtleast: P1Y, because: x'),
      '7:14: rules.0.keepAtleast: unknown key keepAtleast. Did you mean keepAtLeast?',
    ],
    [
      'a slip in conditions',
      rules('id: a, when: { tags: x }, keep: P1Y, because: x'),
      '7:22: rules.0.when.tags: unknown key tags. Did you mean tag?',
    ],
    [
      'a pack’s mark',
      rules('id: a, pack: gdpr, keep: P1Y, because: x'),
      '7:14: rules.0.pack: unknown key pack. ',
    ],
    [
      'a key that is missing',
      BASE.replace('keep: P12M\n', ''),
      '1:1: keep: keep is missing. Write keep: P12M.',
    ],
    ['a rule without a reason', rules('id: a, keep: P1Y'), '7:5: rules.0.because: because is missing. '],
    [
      'a rule without an effect',
      rules('id: a, because: x'),
      '7:11: rules.0.id: the rule does nothing. Add keep, ',
    ],
    [
      'a rule with two periods',
      rules('id: a, keep: P1Y, keepAtMost: P1Y, because: x'),
      '7:37: rules.0.keepAtMost: a rule has one period, and this one has keep already. Write two rules.',
    ],
    [
      'a duty that keeps nothing',
      rules('id: a, keep: P1Y, duty: legal, because: x'),
      '7:31: rules.0.duty: a duty is to keep something. ',
    ],
    [
      'an exemption without a law',
      rules('id: a, keepAtLeast: P1Y, exemptFromErasure: true, because: x'),
      '7:51: rules.0.exemptFromErasure: nothing but a legal duty outweighs an erasure request. ',
    ],
    [
      'an id that is taken',
      rules('id: a, keep: P1Y, because: x', 'id: a, keep: P2Y, because: x'),
      '8:11: rules.1.id: the id a is taken by an earlier rule. Write another id.',
    ],
    [
      'an id with a meaning of its own',
      rules('id: base, keep: P1Y, because: x'),
      '7:11: rules.0.id: base has a meaning of its own in a trace. ',
    ],
    [
      'a name with capitals',
      rules('id: Tax Rule, keep: P1Y, because: x'),
      /^7:11: rules\.0\.id: "Tax Rule" is not possible here: .* Write tax-rule\.$/,
    ],
    [
      'an unknown jurisdiction',
      rules('id: a, when: { jurisdiction: US-CAL }, keep: P1Y, because: x'),
      '7:36: rules.0.when.jurisdiction: "US-CAL" is not known here. Did you mean US-CA?',
    ],
    [
      'an unknown kind in a list',
      rules('id: a, when: { kind: [group, privat] }, keep: P1Y, because: x'),
      '7:36: rules.0.when.kind.1: "privat" is not known here. Did you mean private?',
    ],
    [
      'an unknown start',
      rules('id: a, from: birth, keep: P1Y, because: x'),
      '7:20: rules.0.from: not possible here. Write closure, last-message, majority, or an event with its atLatest.',
    ],
    [
      'a start that is nearly known',
      rules('id: a, from: last_message, keep: P1Y, because: x'),
      '7:20: rules.0.from: "last_message" is not known here. Did you mean last-message?',
    ],
    [
      'an event without a latest date',
      rules('id: a, from: { event: end }, keep: P1Y, because: x'),
      '7:20: rules.0.from.atLatest: atLatest is missing. ',
    ],
    [
      'an unknown pack',
      `${BASE}packs: [gdpr, finance]\n`,
      '6:15: packs.1: "finance" is not known here. Did you mean finance-5-years?',
    ],
    [
      'a pack twice',
      `${BASE}packs: [gdpr, gdpr]\n`,
      '6:15: packs.1: the pack gdpr is already there. Leave it out.',
    ],
    [
      'an archive later than 24 hours',
      `${BASE}archiveWithin: PT25H\n`,
      '6:16: archiveWithin: an archive has to be complete within 24 hours. Write PT24H or less.',
    ],
    [
      'a reopen window as long as the archive may take',
      BASE.replace('PT12H', 'PT24H'),
      '2:9: reopen: a session that can still be reopened cannot be archived in time. Write less than archiveWithin (PT24H).',
    ],
    [
      'a review under a day',
      BASE.replace('window: P7D', 'window: PT23H'),
      '4:19: review.window: a review under a day gives nobody time to look. Write P1D or more, or mark the project with demo: true.',
    ],
    [
      'a review over thirty days',
      BASE.replace('window: P7D', 'window: P31D'),
      '4:19: review.window: a review lasts 30 days at most. Write P30D or less.',
    ],
    [
      'a silence that says neither',
      BASE.replace('window: P7D', 'window: P7D, onSilence: remove'),
      '4:35: review.onSilence: "remove" is not known here. Write one of delete, hold.',
    ],
    [
      'a share above one',
      `${BASE}breaker: { sharePerDay: 10 }\n`,
      '6:25: breaker.sharePerDay: out of range. Write a number of at most 1.',
    ],
    [
      'a cap and a minimum that contradict each other',
      rules(
        'id: a, when: { tag: x }, keepAtMost: P1Y, because: x',
        'id: b, when: { tag: x }, keepAtLeast: P3Y, because: x',
      ),
      '8:45: rules.1.keepAtLeast: of the same sessions, b keeps at least P3Y and a at most P1Y. Leave one of them out, or name the duty that makes b win (duty: legal or contract).',
    ],
    [
      'readers of whom nobody is left',
      rules(
        'id: a, readers: [compliance], because: x',
        'id: b, when: { tag: x }, readers: [agent], because: x',
      ),
      '8:41: rules.1.readers: together with a, nobody at all may read these sessions. Name a role that a names too: compliance.',
    ],
    [
      'readers of whom a pack leaves nobody',
      `${BASE}packs: [sensitive]\nrules:\n  - { id: a, when: { tag: sensitive }, readers: [supervisor], because: x }\n`,
      '8:49: rules.0.readers: together with sensitive, nobody at all may read these sessions. Name a role that sensitive names too: compliance.',
    ],
    [
      'spam by a rule',
      `${BASE}tagging:\n  - { id: a, tag: spam, when: { keywords: [x] }, because: x }\n`,
      '7:19: tagging.0.tag: spam is deleted without a review, so a person has to decide what is spam. Write a tag of your own, such as suspect, for people to look at.',
    ],
    [
      'a tag for everything',
      `${BASE}tagging:\n  - { id: a, tag: x, when: {}, because: x }\n`,
      '7:28: tagging.0.when: without a condition every session would get this tag. ',
    ],
    [
      'a keyword that is none',
      `${BASE}tagging:\n  - { id: a, tag: x, when: { keywords: { en: ["!"] } }, because: x }\n`,
      '7:47: tagging.0.when.keywords.en.0: "!" is not possible here. Write a word or a phrase',
    ],
    [
      'keywords that are no list',
      `${BASE}tagging:\n  - { id: a, tag: x, when: { keywords: refund }, because: x }\n`,
      '7:40: tagging.0.when.keywords: not possible here. Write a list of words, or one list for each language.',
    ],
    [
      'a list that is empty',
      `${BASE}tagging:\n  - { id: a, tag: x, when: { keywords: [] }, because: x }\n`,
      '7:40: tagging.0.when.keywords: the list is empty. Write at least one value.',
    ],
  ] as const;
  for (const [name, text, says] of CASES)
    it(name, () => {
      const [first] = refused(text);
      if (typeof says === 'string') assert.ok(first?.startsWith(says), first);
      else assert.match(first ?? '', says);
    });

  it('all at once, in the order of the lines', () => {
    const text = BASE.replace('P7D\n', '7 days\n').replace('P12M', '12 months');
    assert.deepEqual(
      refused(`${text}colour: red\n`).map((line) => line.split(' ')[0]),
      ['1:7:', '3:7:', '6:1:'],
    );
  });

  it('a review under a day is fine in a demo', () => {
    assert.ok('policy' in parsePolicyDocument(`demo: true\n${BASE.replace('window: P7D', 'window: PT3M')}`));
  });
});

describe('what is not YAML is refused with line and column', () => {
  const CASES = [
    ['a key twice', `${BASE}keep: P2Y\n`, /^6:1: not YAML: .* Leave one of the two out\.$/],
    ['a tab', `review:\n\twindow: P7D\n`, /^2:1: not YAML: .* Indent with spaces\.$/],
    ['a bracket that stays open', `packs: [gdpr\nkeep: P1Y\n`, /^2:1: not YAML: /],
    ['an alias of nothing', 'keep: *base\n', /^1:\d: not YAML: .*alias/],
    ['nothing', '', /^1:1: there is nothing in it\./],
    ['a text', 'keep everything', /^1:1: there is nothing in it\./],
  ] as const;
  for (const [name, text, says] of CASES)
    it(name, () => {
      assert.match(refused(text)[0] ?? '', says);
    });

  it('aliases that multiply are refused, not followed', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 9; at += 1) {
      const [name, last] = [String.fromCharCode(97 + at), String.fromCharCode(96 + at)];
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${last}`).join(', ')}]`);
    }
    assert.match(refused(bomb.join('\n'))[0] ?? '', /not YAML: Excessive alias count/);
  });

  it('an anchor and its alias are good, and a finding is where the value stands', () => {
    const text = `${BASE.replace('P12M', '&year P12M')}archiveWithin: *year\n`;
    assert.match(refused(text)[0] ?? '', /^6:16: archiveWithin: /);
  });
});

describe('however a file is damaged', () => {
  it('it is refused with a place in the file, or good', async () => {
    const text = await readFile(join(BUNDLED_PROJECTS, 'support.yaml'), 'utf8');
    const junk = fc.constantFrom(
      '',
      '~',
      '3',
      '{',
      ']',
      '- ',
      '\n',
      '\n  ',
      '*a',
      '&a ',
      '<<: ',
      '__proto__: ',
      '"',
    );
    const damage = fc.tuple(fc.nat(text.length), junk, fc.nat(12));
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const damaged = damages.reduce(
          (all, [at, put, cut]) => all.slice(0, at) + put + all.slice(at + cut),
          text,
        );
        const lines = damaged.split('\n');
        const parsed = parseProjectDocument(damaged);
        const findings = 'errors' in parsed ? parsed.errors : parsed.warnings;
        if ('errors' in parsed) assert.notEqual(findings.length, 0);
        for (const { line, column } of findings)
          assert.ok(line <= lines.length && column <= (lines[line - 1] ?? '').length + 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a policy stands alone, under policy, or in a project’s file', () => {
  const PROJECT = `id: shop\nname: Shop\nnotice: { version: '1' }\npolicy:\n${BASE.replace(/^/gm, '  ').trimEnd()}\n`;

  it('and is the same in all three', () => {
    const under = `policy:\n${BASE.replace(/^/gm, '  ').trimEnd()}\n`;
    const [alone, inner, whole] = [BASE, under, PROJECT].map((text) => parsePolicyDocument(text));
    assert.ok(
      alone && inner && whole && !('errors' in alone) && !('errors' in inner) && !('errors' in whole),
    );
    assert.deepEqual(alone.policy, inner.policy);
    assert.deepEqual(alone.policy, whole.policy);
    assert.deepEqual([alone.project, inner.project, whole.project?.id], [null, null, 'shop']);
  });

  it('an offset is no time zone', () => {
    const text = PROJECT.replace('name: Shop', 'name: Shop\ntimeZone: +02:00');
    assert.deepEqual(refused(text), [
      '3:11: timeZone: not possible here. Write a time zone such as Europe/Berlin or UTC.',
    ]);
  });

  it('the rest of a project’s file has to be good too', () => {
    const text = PROJECT.replace("'1'", '1').replace('name: Shop', 'name: Shop\ntimeZone: Berlin');
    assert.deepEqual(refused(text), [
      '3:11: timeZone: not possible here. Write a time zone such as Europe/Berlin or UTC.',
      "4:20: notice.version: expected a text. Write '1', with the quotes.",
    ]);
  });

  it('what concerns people is not repeated', () => {
    const text = `${PROJECT}telegram: { staffChat: -1, staff: [{ id: 4711, roles: [boss] }] }\n`;
    assert.match(
      refused(text)[0] ?? '',
      /^10:56: telegram\.staff\.0\.roles\.0: this is not known here\. Write one of agent/,
    );
  });

  it('a finding names the file as compilers do', () => {
    const parsed = parseProjectDocument(PROJECT.replace('P12M', '12 months'), { file: 'shop.yaml' });
    assert.ok('errors' in parsed);
    const [first] = parsed.errors;
    assert.ok(first);
    assert.match(findingInWords(first), /^shop\.yaml:7:9: policy\.keep: "12 months" is no ISO 8601 duration/);
  });
});
