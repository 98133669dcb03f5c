import { isDeepStrictEqual } from 'node:util';
import type { Policy } from './policy.ts';

/** What one place of a policy says before and after; absent where it says nothing. */
export interface FieldChange {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** How a rule, or what a policy says besides its rules, differs between two versions. */
export interface PolicyDifference {
  /** `policy`, `rule` or `tagging`. */
  readonly part: 'policy' | 'rule' | 'tagging';
  readonly id: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields: readonly FieldChange[];
}

/** How two policies differ, rule by rule; the order of rules and of keys means nothing. */
export function diff(before: Policy, after: Policy): PolicyDifference[] {
  const [old, now] = [plain(before), plain(after)];
  const { rules: oldRules, tagging: oldTagging, ...oldRest } = old;
  const { rules, tagging, ...rest } = now;
  const fields = fieldChanges(oldRest, rest);
  return [
    ...(fields.length > 0 ? [{ part: 'policy', id: 'policy', change: 'changed', fields } as const] : []),
    ...listChanges('rule', oldRules, rules),
    ...listChanges('tagging', oldTagging, tagging),
  ];
}

/** What is absent and what is undefined is the same, as it is once it is stored. */
function plain(policy: Policy): Policy {
  return JSON.parse(JSON.stringify(policy)) as Policy;
}

function listChanges(
  part: 'rule' | 'tagging',
  before: readonly { readonly id: string }[],
  after: readonly { readonly id: string }[],
): PolicyDifference[] {
  const of = (list: readonly { readonly id: string }[], id: string) => list.find((one) => one.id === id);
  const ids = [...new Set([...before, ...after].map(({ id }) => id))];
  return ids.flatMap((id) => {
    const [old, now] = [of(before, id), of(after, id)];
    const fields = fieldChanges(old ?? {}, now ?? {}).filter(({ field }) => field !== 'id');
    if (old && now && fields.length === 0) return [];
    return [{ part, id, change: old ? (now ? 'changed' : 'removed') : 'added', fields }];
  });
}

/** Settings inside settings are compared one by one (`review.window`), lists as a whole. */
function fieldChanges(before: object, after: object, prefix = ''): FieldChange[] {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const field = `${prefix}${name}`;
    const [a, b] = [old[name], now[name]];
    if (isDeepStrictEqual(a, b)) return [];
    if (isSettings(a) && isSettings(b)) return fieldChanges(a, b, `${field}.`);
    return [{ field, ...(a !== undefined && { before: a }), ...(b !== undefined && { after: b }) }];
  });
}

function isSettings(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
