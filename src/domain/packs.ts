import type { Pack } from './packs/pack.ts';
import { ccpa, gdpr, pipl, sensitive } from './packs/privacy.ts';
import { complaints, generalSupport, preSales, transactions } from './packs/support.ts';
import { finance5, finance7, healthcare10, healthcare20 } from './packs/trades.ts';
import type { Rule } from './rules.ts';

/** Every ready-made set of rules, by the name a policy calls it by. No pack is legal advice. */
export const PACKS = {
  gdpr,
  ccpa,
  pipl,
  sensitive,
  'general-support': generalSupport,
  'pre-sales': preSales,
  complaints,
  transactions,
  'finance-5-years': finance5,
  'finance-7-years': finance7,
  'healthcare-10-years': healthcare10,
  'healthcare-20-years': healthcare20,
} as const satisfies Record<string, Pack>;

export type PackId = keyof typeof PACKS;

export const PACK_IDS = Object.keys(PACKS) as [PackId, ...PackId[]];

/** The policy with the rules of its packs before its own, which replace those with the same id. */
export function expandPacks<P extends { packs: PackId[]; rules: Rule[] }>(
  policy: P,
): Omit<P, 'rules'> & { rules: Rule[] } {
  const own = new Set(policy.rules.map(({ id }) => id));
  const ready = policy.packs.flatMap((pack) =>
    PACKS[pack].rules.filter(({ id }) => !own.has(id)).map((rule) => ({ ...rule, pack })),
  );
  return { ...policy, rules: [...ready, ...policy.rules] };
}
