import { PACKS } from './packs.ts';
import type { Found } from './policy-issues.ts';
import type { Policy } from './policy.ts';
import { isCovered, neverLonger, sameConditions, sameStart } from './rule-relations.ts';
import type { Rule } from './rules.ts';

/** What one of a policy's own rules is unlikely to mean; paths begin at the rule. */
export function ruleWarnings(
  rule: Rule,
  { policy, projectId, earlier }: { policy: Policy; projectId: string | null; earlier: readonly Rule[] },
): Found[] {
  return [
    ...neverMatches(rule, projectId),
    ...neverDecides(rule, policy),
    ...overruled(rule, policy),
    ...saidTwice(rule, earlier),
    ...lawWithoutName(rule),
    ...veryLong(rule),
    ...weakensPack(rule, policy),
  ];
}

export const warning = (path: (string | number)[], message: string, mend: string): Found => ({
  severity: 'warning',
  path,
  message,
  mend,
});
export const note = (path: (string | number)[], message: string, mend: string): Found => ({
  ...warning(path, message, mend),
  severity: 'note',
});

function neverMatches({ when, id }: Rule, projectId: string | null): Found[] {
  const elsewhere = projectId !== null && when.project && !when.project.includes(projectId);
  const spamAlone = when.tag?.every((tag) => tag === 'spam');
  return [
    ...(elsewhere
      ? [
          warning(
            ['when', 'project'],
            `${id} never matches: this is the policy of ${projectId}`,
            `Write ${projectId}, or leave the rule out`,
          ),
        ]
      : []),
    ...(spamAlone
      ? [
          warning(
            ['when', 'tag'],
            `${id} never matches: spam skips the archive and is deleted after spam.deleteAfter`,
            'Change spam.deleteAfter, or write another tag',
          ),
        ]
      : []),
  ];
}

/** A period that another rule, for at least the same sessions, always makes pointless. */
function neverDecides(rule: Rule, policy: Policy): Found[] {
  const key = periodKey(rule);
  const period = rule[key];
  if (!period || doesMore(rule)) return [];
  const stronger = [baseOf(policy), ...policy.rules].find((other) => outdoes(other, rule, policy));
  if (stronger)
    return [
      rule.keepAtLeast
        ? warning(
            [key],
            `${rule.id} never decides: ${stronger.id} keeps these sessions at least as long`,
            'Write a longer period, or leave the rule out',
          )
        : warning(
            [key],
            `${rule.id} never decides: ${stronger.id} already lets these sessions go no later`,
            'Write a shorter period, or leave the rule out',
          ),
    ];
  return rule.keepAtLeast && rule.from === 'closure' && belowEveryBase(period, policy)
    ? [
        warning(
          [key],
          `${rule.id} never extends anything: no session is kept for less than ${period} anyway`,
          'Write a longer period, or leave the rule out',
        ),
      ]
    : [];
}

function outdoes(other: Rule, rule: Rule, { rules }: Policy): boolean {
  const mine = rule[periodKey(rule)];
  const theirs = rule.keepAtLeast ? other.keepAtLeast : (other.keep ?? other.keepAtMost);
  if (other === rule || !mine || !theirs) return false;
  if (!sameStart(rule, other) || !isCovered(rule.when, other.when)) return false;
  // Of two rules that say the same, the later one is too many.
  const later = rules.indexOf(other) > rules.indexOf(rule);
  if (
    later &&
    sameConditions(rule.when, other.when) &&
    neverLonger(mine, theirs) &&
    neverLonger(theirs, mine)
  )
    return false;
  return rule.keepAtLeast ? neverLonger(mine, theirs) : neverLonger(theirs, mine);
}

function periodKey(rule: Rule): 'keep' | 'keepAtMost' | 'keepAtLeast' {
  return rule.keepAtLeast ? 'keepAtLeast' : rule.keepAtMost ? 'keepAtMost' : 'keep';
}

/** The project's own baseline as a rule. */
function baseOf({ keep }: Policy): Rule {
  return { id: 'base', when: {}, from: 'closure', keep, exemptFromErasure: false, because: '' };
}

function doesMore(rule: Rule): boolean {
  return rule.readers !== undefined || rule.attachments !== undefined || rule.exemptFromErasure;
}

function belowEveryBase(period: string, policy: Policy): boolean {
  return (
    neverLonger(period, policy.keep) &&
    policy.rules.every(({ keep, keepAtMost, from }) => {
      const bound = keep ?? keepAtMost;
      return bound === undefined || (from === 'closure' && neverLonger(period, bound));
    })
  );
}

/** A cap beside a minimum for the same sessions: that the minimum wins should surprise nobody. */
function overruled(rule: Rule, policy: Policy): Found[] {
  const { keepAtMost } = rule;
  if (!keepAtMost) return [];
  const winner = policy.rules.find(
    ({ when, keepAtLeast, from }) =>
      keepAtLeast &&
      isCovered(rule.when, when) &&
      from !== 'last-message' &&
      !neverLonger(keepAtLeast, keepAtMost),
  );
  if (!winner) return [];
  const duty = winner.duty ? `a ${winner.duty === 'legal' ? 'legal' : 'contractual'} minimum` : 'a minimum';
  return [
    warning(
      ['keepAtMost'],
      `${winner.id} is ${duty} of ${winner.keepAtLeast ?? ''} for the same sessions: the minimum wins`,
      'Leave the cap out, or give it conditions of its own',
    ),
  ];
}

function saidTwice(rule: Rule, earlier: readonly Rule[]): Found[] {
  const twice =
    rule.attachments && earlier.find((other) => other.attachments && isCovered(rule.when, other.when));
  return twice
    ? [warning(['attachments'], `${twice.id} says so already for these sessions`, 'Leave it out here')]
    : [];
}

function lawWithoutName({ id, duty, source, exemptFromErasure, keepAtLeast }: Rule): Found[] {
  if (duty !== 'legal') return [];
  return [
    ...(source
      ? []
      : [warning(['duty'], `${id} names no law, and a trace cannot either`, 'Write source: and the law')]),
    ...(exemptFromErasure
      ? []
      : [
          note(
            ['duty'],
            `an erasure request still deletes what ${id} keeps for ${keepAtLeast ?? ''}`,
            'Write exemptFromErasure: true if the law forbids that',
          ),
        ]),
  ];
}

function veryLong(rule: Rule): Found[] {
  const key = periodKey(rule);
  const period = rule[key];
  if (!period || neverLonger(period, 'P20Y')) return [];
  return [
    warning([key], `${rule.id} says ${period}, more than twenty years`, 'Check that a law asks for it'),
  ];
}

/** A rule with the id of a pack's takes its place: noteworthy where the law's minimum gets shorter. */
function weakensPack(rule: Rule, { packs }: Policy): Found[] {
  const replaced = packs.flatMap((pack) => PACKS[pack].rules.map((theirs) => ({ pack, theirs })));
  const found = replaced.find(({ theirs }) => theirs.id === rule.id);
  if (!found) return [];
  const { keepAtLeast, duty, exemptFromErasure } = found.theirs;
  const weaker =
    duty === 'legal' &&
    keepAtLeast !== undefined &&
    (!rule.keepAtLeast ||
      !neverLonger(keepAtLeast, rule.keepAtLeast) ||
      (exemptFromErasure && !rule.exemptFromErasure));
  return weaker
    ? [
        warning(
          ['id'],
          `${rule.id} replaces a legal minimum of the pack ${found.pack} and is weaker`,
          'Give it another id to have both',
        ),
      ]
    : [
        note(
          ['id'],
          `${rule.id} replaces the rule of the pack ${found.pack}`,
          'Give it another id to have both',
        ),
      ];
}
