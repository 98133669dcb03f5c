import { isDeepStrictEqual } from 'node:util';
import { mayEndEarlier } from './duration-order.ts';
import { isWithin } from './jurisdictions.ts';
import { speaks } from './languages.ts';
import type { Conditions, Rule } from './rules.ts';

/** What is wrong with what stands at a path of a policy as it is written, and what to write instead. */
export interface Complaint {
  readonly path: (string | number)[];
  readonly message: string;
  readonly mend: string;
}

/** Whether every session that meets `narrow` meets `wide` as well. */
export function isCovered(narrow: Conditions, wide: Conditions): boolean {
  const within = <T>(few: readonly T[] | undefined, many: readonly T[] | undefined) =>
    many === undefined || (few !== undefined && few.every((value) => many.includes(value)));
  const { jurisdiction, language } = wide;
  return (
    within(narrow.tag, wide.tag) &&
    within(narrow.project, wide.project) &&
    within(narrow.kind, wide.kind) &&
    within(narrow.attachment, wide.attachment) &&
    (!jurisdiction || (narrow.jurisdiction?.every((place) => isWithin(place, jurisdiction)) ?? false)) &&
    (!language || (narrow.language?.every((one) => speaks(one, language)) ?? false)) &&
    (wide.authorized === undefined || narrow.authorized === wide.authorized)
  );
}

/** Whether two rules apply to the same sessions. */
export function sameConditions(a: Conditions, b: Conditions): boolean {
  return isCovered(a, b) && isCovered(b, a);
}

/** Whether two rules count from the same day. */
export function sameStart(a: Rule, b: Rule): boolean {
  return isDeepStrictEqual(a.from, b.from);
}

/** Whether one period is never longer than another, wherever in the calendar it starts. */
export function neverLonger(period: string, than: string): boolean {
  return period === than || !mayEndEarlier(than, period);
}

/**
 * What a policy's own rules say for and against the same sessions; that nobody may read one can come of
 * the rules of its packs as well.
 */
export function contradictions(rules: readonly Rule[], ofPacks: readonly Rule[]): Complaint[] {
  return rules.flatMap((rule, at) => [
    ...rules.slice(0, at).flatMap((other) => atMostAgainstAtLeast(rule, other, at)),
    ...[...ofPacks, ...rules.slice(0, at)].flatMap((other) => readByNobody(rule, other, at)),
  ]);
}

function atMostAgainstAtLeast(rule: Rule, other: Rule, at: number): Complaint[] {
  const [cap, minimum] = rule.keepAtMost ? [rule, other] : [other, rule];
  if (!cap.keepAtMost || !minimum.keepAtLeast || minimum.duty) return [];
  if (!sameConditions(cap.when, minimum.when) || !sameStart(cap, minimum)) return [];
  if (neverLonger(minimum.keepAtLeast, cap.keepAtMost)) return [];
  return [
    {
      path: ['rules', at, rule === cap ? 'keepAtMost' : 'keepAtLeast'],
      message: `of the same sessions, ${minimum.id} keeps at least ${minimum.keepAtLeast} and ${cap.id} at most ${cap.keepAtMost}`,
      mend: `Leave one of them out, or name the duty that makes ${minimum.id} win (duty: legal or contract)`,
    },
  ];
}

function readByNobody(rule: Rule, other: Rule, at: number): Complaint[] {
  if (!rule.readers || !other.readers || rule.readers.some((role) => other.readers?.includes(role)))
    return [];
  if (!isCovered(rule.when, other.when) && !isCovered(other.when, rule.when)) return [];
  return [
    {
      path: ['rules', at, 'readers'],
      message: `together with ${other.id}, nobody at all may read these sessions`,
      mend: `Name a role that ${other.id} names too: ${other.readers.join(', ')}`,
    },
  ];
}
