import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findingInWords, parsePolicyDocument } from '../../src/domain/policy-document.ts';
import { BASE_TEXT as BASE, rulesText as rules } from './stage.ts';

function warned(text: string): string[] {
  const parsed = parsePolicyDocument(text, { projectId: 'shop' });
  assert.ok(!('errors' in parsed), 'it is refused');
  return parsed.warnings.map(findingInWords);
}

describe('what is unlikely to be meant is warned of', () => {
  const cap = 'id: a, when: { tag: x }, keepAtMost: P1M, because: x';
  const law = 'duty: legal, source: law, exemptFromErasure: true, because: x';
  const CASES = [
    [
      'a rule for another project',
      rules('id: a, when: { project: bank }, keepAtLeast: P5Y, because: x'),
      'warning: rules.0.when.project: a never matches: this is the policy of shop',
    ],
    [
      'a rule for spam',
      rules('id: a, when: { tag: spam }, keep: P1D, because: x'),
      'warning: rules.0.when.tag: a never matches: spam skips the archive',
    ],
    [
      'a cap above the base',
      rules('id: a, when: { tag: x }, keepAtMost: P2Y, because: x'),
      'warning: rules.0.keepAtMost: a never decides: base already lets these sessions go no later',
    ],
    [
      'a cap above another',
      rules(cap, 'id: b, when: { tag: x, kind: group }, keepAtMost: P2M, because: x'),
      'warning: rules.1.keepAtMost: b never decides: a already',
    ],
    [
      'a cap said twice, the later one',
      rules(cap, 'id: b, when: { tag: x }, keepAtMost: P1M, because: x'),
      'warning: rules.1.keepAtMost: b never decides: a already',
    ],
    [
      'a minimum below the base',
      rules('id: a, when: { tag: x }, keepAtLeast: P6M, because: x'),
      'warning: rules.0.keepAtLeast: a never extends anything',
    ],
    [
      'a minimum below another',
      rules(
        'id: a, when: { tag: [x, y] }, keepAtLeast: P6Y, because: x',
        'id: b, when: { tag: y }, keepAtLeast: P3Y, because: x',
      ),
      'warning: rules.1.keepAtLeast: b never decides: a keeps these sessions at least as long',
    ],
    [
      'a minimum below a pack’s',
      `${rules('id: a, when: { tag: finance }, keepAtLeast: P3Y, because: x')}packs: [finance-5-years]\n`,
      'warning: rules.0.keepAtLeast: a never decides: finance-5-years keeps',
    ],
    [
      'a cap that a legal minimum outweighs',
      rules(cap, `id: b, when: { tag: x }, keepAtLeast: P9Y, ${law}`),
      'warning: rules.0.keepAtMost: b is a legal minimum of P9Y for the same sessions: the minimum wins',
    ],
    [
      'a law without a name',
      rules('id: a, keepAtLeast: P9Y, duty: legal, exemptFromErasure: true, because: x'),
      'warning: rules.0.duty: a names no law',
    ],
    [
      'a law that an erasure ends',
      rules('id: a, keepAtLeast: P9Y, duty: legal, source: law, because: x'),
      'note: rules.0.duty: an erasure request still deletes what a keeps for P9Y',
    ],
    [
      'references twice',
      rules(
        'id: a, attachments: reference, because: x',
        'id: b, when: { tag: x }, attachments: reference, because: x',
      ),
      'warning: rules.1.attachments: a says so already',
    ],
    [
      'more than twenty years',
      rules(`id: a, keepAtLeast: P30Y, ${law}`),
      'warning: rules.0.keepAtLeast: a says P30Y, more than twenty years',
    ],
    ['a base of more than twenty years', BASE.replace('P12M', 'P25Y'), 'warning: keep: the base is P25Y'],
    [
      'spam kept longer than the rest',
      BASE.replace('deleteAfter: P7D', 'deleteAfter: P2Y'),
      'warning: spam.deleteAfter: spam is kept longer',
    ],
    [
      'two of one kind of pack',
      `${BASE}packs: [finance-5-years, finance-7-years]\n`,
      'warning: packs.0: finance-5-years never decides beside finance-7-years',
    ],
    [
      'a pack’s legal minimum made weaker',
      `${rules(`id: finance-5-years, when: { tag: finance }, keepAtLeast: P2Y, ${law}`)}packs: [finance-5-years]\n`,
      'warning: rules.0.id: finance-5-years replaces a legal minimum of the pack finance-5-years and is weaker',
    ],
    [
      'a pack’s rule replaced',
      `${rules('id: transactions, when: { tag: transaction }, keepAtLeast: P5Y, because: x')}packs: [transactions]\n`,
      'note: rules.0.id: transactions replaces the rule of the pack transactions',
    ],
    [
      'a tag that no rule looks at',
      `${BASE}tagging:\n  - { id: a, tag: vip, when: { keywords: [x] }, because: x }\n`,
      'note: tagging.0.tag: no rule looks at vip',
    ],
    [
      'a breaker that never breaks',
      `${BASE}breaker: { sharePerDay: 1 }\n`,
      'note: breaker.sharePerDay: deletions never pause',
    ],
    [
      'two people for a deletion, and nobody when they are silent',
      BASE.replace('window: P7D', 'window: P7D, secondPerson: true'),
      'warning: review.onSilence: a deletion needs two people, but silence deletes with nobody',
    ],
  ] as const;
  for (const [name, text, says] of CASES)
    it(name, () => {
      const [first, ...more] = warned(text);
      assert.deepEqual(more, []);
      assert.ok(first?.replace(/^\d+:\d+: /, '').startsWith(says), first);
    });

  it('and what does something is not', () => {
    const quiet = rules(
      'id: a, when: { project: shop, tag: x }, keepAtLeast: P3Y, because: x',
      'id: b, when: { tag: y }, keepAtMost: P1M, because: x',
      // Some of its sessions have a shorter cap already, but not all.
      'id: f, when: { tag: [y, v] }, keepAtMost: P2M, because: x',
      // Below the base, but not below the cap of b.
      'id: c, when: { tag: z }, keepAtLeast: P6M, because: x',
      // Not always longer than the base: a leap year has 366 days.
      'id: d, when: { tag: w }, keepAtMost: P365D, because: x',
      'id: e, when: { tag: x }, from: majority, keepAtLeast: P3Y, because: x',
    );
    assert.deepEqual(warned(quiet), []);
  });
});
