import { stringify } from 'yaml';
import type { Policy } from './policy.ts';

/**
 * A policy as somebody would write it: without what its packs bring, and without what goes without saying. Read
 * again, it says the same.
 */
export function policyAsYaml(policy: Policy): string {
  // Every key by name: a stored policy has them in no order that anybody would write.
  const { rules, tagging, demo, packs, inactivity, review, spam, breaker } = policy;
  const { idle, reopen, archiveWithin, keep } = policy;
  const own = rules.filter(({ pack }) => pack === undefined);
  return stringify({
    ...(demo && { demo }),
    ...(packs.length > 0 && { packs }),
    ...{ idle, reopen, archiveWithin, keep },
    ...(own.length > 0 && { rules: own.map(asWritten) }),
    ...(tagging.length > 0 && {
      tagging: tagging.map(({ id, tag, when, because }) => ({ id, tag, when: conditions(when), because })),
    }),
    review: reviewAsWritten(review),
    spam,
    ...(inactivity !== 'off' && { inactivity }),
    breaker,
  });
}

function reviewAsWritten({ window, onSilence, secondPerson }: Policy['review']) {
  return { window, onSilence, ...(secondPerson !== undefined && { secondPerson }) };
}

function asWritten(rule: Policy['rules'][number]) {
  const { id, when, from, keep, keepAtMost, keepAtLeast, duty } = rule;
  const { exemptFromErasure, readers, attachments, because, source } = rule;
  const named = conditions(when);
  return {
    id,
    ...(Object.keys(named).length > 0 && { when: named }),
    ...(from !== 'closure' && { from }),
    ...(keep !== undefined && { keep }),
    ...(keepAtMost !== undefined && { keepAtMost }),
    ...(keepAtLeast !== undefined && { keepAtLeast }),
    ...(duty !== undefined && { duty }),
    ...(exemptFromErasure && { exemptFromErasure }),
    ...(readers !== undefined && { readers }),
    ...(attachments !== undefined && { attachments }),
    because,
    ...(source !== undefined && { source }),
  };
}

/** A list of one is written as its value; lists of words stay lists. */
function conditions(when: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(when)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]: [string, unknown]) => {
        const single = Array.isArray(value) && value.length === 1 && name !== 'keywords';
        return [name, single ? (value[0] as unknown) : value];
      }),
  );
}
