import { isDeepStrictEqual } from 'node:util';
import { mayEndEarlier } from './duration-order.ts';
import type { Policy } from './policy.ts';
import { isCovered } from './rule-relations.ts';
import type { Rule } from './rules.ts';

/**
 * In words, each way in which a session could go earlier, or with less review, under `after` than under
 * `before`. What cannot be compared counts as shorter, so nothing that shortens is ever missed.
 */
export function shortenings(before: Policy, after: Policy): string[] {
  return [
    ...shorterPeriods(before, after),
    ...looserReview(before, after),
    ...soonerForSilent(before, after),
    ...missingMinimums(before, after),
    ...newCeilings(before, after),
    ...newReferences(before, after),
    ...changedTagging(before, after),
  ];
}

function shorterPeriods(before: Policy, after: Policy): string[] {
  return [
    earlier('idle', before.idle, after.idle),
    earlier('reopen', before.reopen, after.reopen),
    earlier('spam.deleteAfter', before.spam.deleteAfter, after.spam.deleteAfter),
  ].flat();
}

function looserReview(before: Policy, after: Policy): string[] {
  const silence = before.review.onSilence === 'hold' && after.review.onSilence === 'delete';
  const share = [before.breaker.sharePerDay, after.breaker.sharePerDay] as const;
  const fewer = [before.breaker.orFewerThan, after.breaker.orFewerThan] as const;
  return [
    ...earlier('review.window', before.review.window, after.review.window),
    ...(silence ? ['review.onSilence: silence deletes, where it held until now'] : []),
    ...(before.review.secondPerson && !after.review.secondPerson
      ? ['review.secondPerson: one person alone approves a deletion, where it took two until now']
      : []),
    ...(share[1] > share[0] ? [`breaker.sharePerDay: ${share[0]} becomes ${share[1]}`] : []),
    ...(fewer[1] > fewer[0] ? [`breaker.orFewerThan: ${fewer[0]} becomes ${fewer[1]}`] : []),
    ...(!before.demo && after.demo ? ['demo: changes will need no second person any more'] : []),
  ];
}

function soonerForSilent({ inactivity: before }: Policy, { inactivity: after }: Policy): string[] {
  if (after === 'off') return [];
  if (before === 'off')
    return [`inactivity: whoever is silent for ${after.eraseAfter} is erased from now on`];
  return [
    ...earlier('inactivity.eraseAfter', before.eraseAfter, after.eraseAfter),
    ...earlier('inactivity.warnBefore', before.warnBefore, after.warnBefore),
  ];
}

function earlier(name: string, before: string, after: string): string[] {
  return mayEndEarlier(after, before) ? [`${name}: ${before} becomes ${after}`] : [];
}

/** A period with what it counts from and when it applies. */
interface Term extends Pick<Rule, 'id' | 'when' | 'from'> {
  readonly period: string;
  readonly name: string;
}

function minimumsOf(policy: Policy): Term[] {
  return policy.rules.flatMap(({ id, when, from, keepAtLeast }) =>
    keepAtLeast ? [{ id, when, from, period: keepAtLeast, name: 'minimum' }] : [],
  );
}

/** Baselines and caps: the shortest of those that apply is the base. */
function ceilingsOf(policy: Policy): Term[] {
  const base = { id: 'keep', when: {}, from: 'closure', period: policy.keep, name: 'base period' } as const;
  const ofRules = policy.rules.flatMap(({ id, when, from, keep, keepAtMost }) => {
    const period = keep ?? keepAtMost;
    return period ? [{ id: `rule ${id}`, when, from, period, name: keep ? 'baseline' : 'cap' }] : [];
  });
  return [base, ...ofRules];
}

/** A minimum stays if another one applies wherever it did, and never ends before it. */
function missingMinimums(before: Policy, after: Policy): string[] {
  const left = minimumsOf(after);
  return minimumsOf(before)
    .filter((old) => !left.some((one) => isCovered(old.when, one.when) && endsNoEarlier(one, old)))
    .map((old) => {
      const now = left.find(({ id }) => id === old.id);
      if (!now) return `rule ${old.id}: its minimum of ${old.period} is gone`;
      return `rule ${old.id}: ${changeOf(old, now, isCovered(old.when, now.when), 'fewer')}`;
    });
}

/** A baseline or cap is nothing new where one that never ended later applied all along. */
function newCeilings(before: Policy, after: Policy): string[] {
  const known = ceilingsOf(before);
  return ceilingsOf(after)
    .filter((now) => !known.some((old) => isCovered(now.when, old.when) && endsNoEarlier(now, old)))
    .map((now) => {
      const old = known.find(({ id }) => id === now.id);
      if (!old) return `${now.id}: a new ${now.name} of ${now.period}`;
      return `${now.id}: ${changeOf(old, now, isCovered(now.when, old.when), 'more')}`;
    });
}

function changeOf(before: Term, after: Term, covered: boolean, sessions: 'more' | 'fewer'): string {
  if (mayEndEarlier(after.period, before.period))
    return `its ${after.name} of ${before.period} becomes ${after.period}`;
  if (!startsNoEarlier(after.from, before.from))
    return `its ${after.name} counts from ${startInWords(after.from)}, no longer from ${startInWords(before.from)}`;
  return covered
    ? `its ${before.name} becomes a ${after.name}`
    : `its ${after.name} applies to ${sessions} sessions`;
}

/** Attachments that become references alone are never archived. What is archived already stays. */
function newReferences(before: Policy, after: Policy): string[] {
  const rulesOf = (policy: Policy) => policy.rules.filter(({ attachments }) => attachments === 'reference');
  return rulesOf(after)
    .filter((rule) => !rulesOf(before).some((old) => isCovered(rule.when, old.when)))
    .map(({ id }) => `rule ${id}: attachments of more sessions are kept as references only`);
}

/** Labels that the service puts on by itself decide which rules apply. */
function changedTagging(before: Policy, after: Policy): string[] {
  const same = (policy: Policy, tagging: Policy['tagging'][number]) =>
    policy.tagging.some((one) => isDeepStrictEqual(one, tagging));
  const begun = after.tagging.filter((one) => !same(before, one));
  const ended = before.tagging.filter((one) => !same(after, one));
  return [
    ...begun
      .filter(({ tag }) => looksAt(ceilingsOf(after), tag))
      .map(({ id, tag }) => `tagging ${id}: sessions newly tagged ${tag} may go earlier`),
    ...ended
      .filter(({ tag }) => looksAt(minimumsOf(after), tag))
      .map(({ id, tag }) => `tagging ${id}: sessions no longer tagged ${tag} may go earlier`),
  ];
}

/** The tag `authorized` says as much as the customer's own consent does. */
function looksAt(terms: readonly Term[], tag: string): boolean {
  return terms.some(
    ({ when }) => when.tag?.includes(tag) || (tag === 'authorized' && when.authorized !== undefined),
  );
}

function endsNoEarlier(after: Term, before: Term): boolean {
  return startsNoEarlier(after.from, before.from) && !mayEndEarlier(after.period, before.period);
}

type Start = Rule['from'];

/** A session closes after its last message, and majority counts only where it comes after closure. */
const ORDER = ['last-message', 'closure', 'majority'] as const;

function startsNoEarlier(after: Start, before: Start): boolean {
  if (typeof after === 'string' && typeof before === 'string')
    return ORDER.indexOf(after) >= ORDER.indexOf(before);
  if (typeof after === 'string' || typeof before === 'string') return false;
  return after.event === before.event && !mayEndEarlier(after.atLatest, before.atLatest);
}

function startInWords(start: Start): string {
  return typeof start === 'string' ? start : `${start.event} (at latest ${start.atLatest} after closure)`;
}
