import { z } from 'zod';

/** The longest pattern, and how many of them there may be. */
const MOST_PATTERN = 200;
const MOST_REPLACEMENTS = 20;

const replacement = z.strictObject({
  /** A regular expression without look-around, back-references and nested repetition. */
  pattern: z
    .string()
    .min(1)
    .max(MOST_PATTERN)
    .superRefine((pattern, context) => {
      const problem = problemOf(pattern);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    }),
  with: z.string().max(100).default('[removed]'),
  ignoreCase: z.boolean().default(true),
});

/** What is taken out of an export: rules of a project's file, and of the one who asks. */
export const scrubSchema = z.strictObject({
  /** Ids become keyed hashes, the same throughout one export and different in the next. */
  hashIds: z.boolean().default(false),
  /** Names, usernames and phone numbers are left out; mentions in texts are blacked out. */
  dropNames: z.boolean().default(false),
  replace: z.array(replacement).max(MOST_REPLACEMENTS).default([]),
});

export type ScrubRules = z.output<typeof scrubSchema>;
export type Replacement = ScrubRules['replace'][number];

/** The stricter of two: a project's own rules cannot be left out by who asks. */
export function joinScrubRules(a: ScrubRules, b: ScrubRules): ScrubRules {
  return {
    hashIds: a.hashIds || b.hashIds,
    dropNames: a.dropNames || b.dropNames,
    replace: [...a.replace, ...b.replace],
  };
}

export const NO_SCRUBBING: ScrubRules = { hashIds: false, dropNames: false, replace: [] };

/**
 * Why a pattern is not taken; `null` for one that is. JavaScript's expressions have no limit on time, so what
 * makes it grow beyond all bounds (a repetition inside of a repetition, alternatives that are repeated,
 * references and look-around) is refused.
 */
function problemOf(pattern: string): string | null {
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'this is no regular expression';
  }
  const plain = withoutClassesAndEscapes(pattern);
  if (/\(\?(?:[=!]|<[=!])/.test(plain)) return 'look-around is not taken';
  if (/\\[1-9k]/.test(pattern.replace(/\\\\/g, ''))) return 'back-references are not taken';
  if (hasNestedRepetition(plain))
    return 'a group that holds a repetition or alternatives may not be repeated itself';
  if ((plain.match(/[*+]|\{\d+,\d*\}/g) ?? []).length > 4) return 'it may hold four repetitions at most';
  if (new RegExp(pattern, 'u').test('')) return 'it matches a text without a letter';
  return null;
}

/** Escaped signs and character classes as one harmless letter each, so that what is left is structure. */
function withoutClassesAndEscapes(pattern: string): string {
  return pattern
    .replace(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gu, 'a')
    .replace(/\[(?:[^\]])*\]/g, 'a');
}

function hasNestedRepetition(plain: string): boolean {
  const groups: { repeats: boolean }[] = [];
  for (let at = 0; at < plain.length; at++) {
    const sign = plain[at] ?? '';
    const group = groups.at(-1);
    if (sign === '(') groups.push({ repeats: false });
    else if (sign === ')') {
      const closed = groups.pop();
      const repeated = /^(?:[*+]|\{\d+,\d*\}|\{\d{2,}\})/.test(plain.slice(at + 1));
      if (closed?.repeats && repeated) return true;
      const outer = groups.at(-1);
      if (outer && (closed?.repeats || repeated)) outer.repeats = true;
    } else if (group && (sign === '*' || sign === '+' || sign === '|' || /^\{\d+,/.test(plain.slice(at))))
      group.repeats = true;
  }
  return false;
}
