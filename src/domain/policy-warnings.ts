import { lengthOf } from './durations.ts';
import { PACKS } from './packs.ts';
import type { Found } from './policy-issues.ts';
import type { Policy } from './policy.ts';
import { isCovered, neverLonger, sameStart } from './rule-relations.ts';
import { note, ruleWarnings, warning } from './rule-warnings.ts';
import type { Rule } from './rules.ts';

/**
 * What a good policy is nevertheless unlikely to mean. Warnings are about rules without effect or with
 * another effect than their words; notes about what a reader may want to know. Paths are those of the
 * policy as it is written.
 */
export function warningsOf(policy: Policy, projectId: string | null): Found[] {
  const own = policy.rules.filter(({ pack }) => pack === undefined);
  return [
    ...own.flatMap((rule, at) =>
      ruleWarnings(rule, { policy, projectId, earlier: own.slice(0, at) }).map((found) => ({
        ...found,
        path: ['rules', at, ...found.path],
      })),
    ),
    ...packsThatNeverDecide(policy),
    ...tagsNobodyLooksAt(policy),
    ...ofThePolicyItself(policy),
  ];
}

/** Two variants of a pack, of which only the longer ever counts. */
function packsThatNeverDecide(policy: Policy): Found[] {
  return policy.packs.flatMap((pack, at) => {
    const stronger = policy.packs.find(
      (other) => other !== pack && PACKS[pack].rules.every((rule) => isOutdone(rule, PACKS[other].rules)),
    );
    return stronger
      ? [warning(['packs', at], `${pack} never decides beside ${stronger}`, 'Leave one of the two out')]
      : [];
  });
}

function isOutdone(rule: Rule, by: readonly Rule[]): boolean {
  const { keepAtLeast } = rule;
  return (
    keepAtLeast !== undefined &&
    by.some(
      (other) =>
        other.keepAtLeast &&
        sameStart(rule, other) &&
        isCovered(rule.when, other.when) &&
        neverLonger(keepAtLeast, other.keepAtLeast),
    )
  );
}

function tagsNobodyLooksAt(policy: Policy): Found[] {
  const looked = new Set(policy.rules.flatMap(({ when }) => when.tag ?? []));
  // The tag of consent is a condition of its own.
  if (policy.rules.some(({ when }) => when.authorized !== undefined)) looked.add('authorized');
  return policy.tagging.flatMap(({ tag }, at) =>
    looked.has(tag)
      ? []
      : [note(['tagging', at, 'tag'], `no rule looks at ${tag}`, 'Leave it, if people alone are to see it')],
  );
}

function ofThePolicyItself({ keep, spam, breaker, review }: Policy): Found[] {
  const epoch = new Date(0);
  const length = (period: string) => lengthOf(period, epoch, 'UTC');
  return [
    ...(neverLonger(keep, 'P20Y')
      ? []
      : [
          warning(
            ['keep'],
            `the base is ${keep}, more than twenty years`,
            'Keep long by rules for what needs it',
          ),
        ]),
    ...(length(spam.deleteAfter) > length(keep)
      ? [warning(['spam', 'deleteAfter'], 'spam is kept longer than what is none', 'Write a shorter period')]
      : []),
    ...(review.secondPerson && review.onSilence === 'delete'
      ? [
          warning(
            ['review', 'onSilence'],
            'a deletion needs two people, but silence deletes with nobody',
            'Write hold, if nothing may go without two people',
          ),
        ]
      : []),
    ...(breaker.sharePerDay === 1
      ? [
          note(
            ['breaker', 'sharePerDay'],
            'deletions never pause',
            'Write 0.1 to pause them at a tenth a day',
          ),
        ]
      : []),
  ];
}
