import type { z } from 'zod';
import { ruleSchema, type Rule } from '../rules.ts';

/** A ready-made set of rules, with where they come from. */
export interface Pack {
  readonly title: string;
  /** Labels its rules look at. */
  readonly tags: readonly string[];
  readonly rules: readonly Rule[];
}

/** Stands with every pack wherever one is shown. */
export const PACK_NOTICE =
  'Packs are starting points, not legal advice: have a lawyer check them for the countries and trades you work in.';

/** A pack as its file has it, its rules written as in a policy. */
export function pack(title: string, rules: readonly z.input<typeof ruleSchema>[]): Pack {
  const parsed = rules.map((rule) => ruleSchema.parse(rule));
  return { title, rules: parsed, tags: [...new Set(parsed.flatMap(({ when }) => when.tag ?? []))] };
}
