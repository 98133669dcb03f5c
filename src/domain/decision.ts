import { addDuration, spreadOf } from './durations.ts';
import { isWithin, type Jurisdiction } from './jurisdictions.ts';
import { speaks } from './languages.ts';
import type { AttachmentKind, SessionKind } from './messages.ts';
import type { Policy } from './policy.ts';
import type { Role } from './roles.ts';
import type { Conditions, Rule } from './rules.ts';

/** What the conditions of rules look at. */
export interface RuleFacts {
  readonly projectId: string;
  readonly kind: SessionKind;
  readonly tags: readonly string[];
  /** Of every subject of the session; the project's default where nothing is known. */
  readonly jurisdictions: readonly Jurisdiction[];
  readonly languages: readonly string[];
  readonly attachmentKinds: readonly AttachmentKind[];
  /** Whether every customer of the session has agreed to be kept longer. */
  readonly authorized: boolean;
}

/** What a decision is made from. */
export interface SessionFacts extends RuleFacts {
  readonly sessionId: string;
  readonly closedAt: Date;
  readonly lastActivityAt: Date;
  /** When the youngest subject comes of age, if that is known. */
  readonly majorityAt: Date | null;
  /** Events that somebody has told of, by name. */
  readonly events: Readonly<Record<string, Date>>;
  /** The date a supervisor extended it to, if one did. */
  readonly extendedUntil: Date | null;
  readonly timeZone: string;
}

/**
 * What a rule did to the date:
 * - `baseline`: the shortest of all baselines and caps is the base
 * - `cap`: shortens the base
 * - `minimum`: extends beyond it
 * - `extension`: what a supervisor extended it to, a minimum of its own
 */
export type Effect = 'baseline' | 'cap' | 'minimum' | 'extension';

/** One line of the trace: a rule that applied, what it counts from, and the date it asks for. */
export interface TraceLine {
  readonly rule: string;
  readonly effect: Effect;
  /** The period and the instant it is counted from; absent for an extension, which names its date. */
  readonly period?: string;
  readonly from?: string;
  readonly startsAt?: string;
  readonly asks: string;
  readonly because: string;
  readonly duty?: 'legal' | 'contract';
  readonly source?: string;
  readonly pack?: string;
}

/** How long a session is kept, and why. */
export interface Decision {
  readonly keepUntil: Date;
  /** The rule whose date it is. */
  readonly decidedBy: string;
  /** What the session's fixed place within the day adds to that rule's date. */
  readonly spreadMs: number;
  readonly trace: readonly TraceLine[];
}

/**
 * How long a session is kept:
 *
 * `max( min(baselines and caps that match), minimums that match )`
 *
 * The strictest standard is the base and only named needs extend it, so the order of rules never
 * matters. Counted by the project's calendar, plus the session's own spread within the day.
 */
export function decide(policy: Policy, facts: SessionFacts): Decision {
  const trace = [
    baseline(policy, facts),
    ...policy.rules.filter((rule) => matches(rule.when, facts)).flatMap((rule) => lineOf(rule, facts)),
  ];
  const decisive = decisiveLine(trace);
  const asked = Date.parse(decisive.asks);
  const spreadMs = spreadOf(facts.sessionId, Math.max(0, asked - facts.closedAt.getTime()));
  const { extendedUntil } = facts;
  if (!extendedUntil)
    return { keepUntil: new Date(asked + spreadMs), decidedBy: decisive.rule, spreadMs, trace };
  trace.push(extension(extendedUntil));
  return extendedUntil.getTime() > asked + spreadMs
    ? { keepUntil: extendedUntil, decidedBy: 'extension', spreadMs: 0, trace }
    : { keepUntil: new Date(asked + spreadMs), decidedBy: decisive.rule, spreadMs, trace };
}

/** The line of a trace whose rule decides: the later of the base and the longest minimum. */
export function decisiveLine(trace: readonly TraceLine[]): TraceLine {
  const [first, ...others] = trace;
  if (!first) throw new RangeError('A trace has a line for the project’s baseline at least.');
  const base = [
    first,
    ...others.filter((line) => line.effect === 'cap' || line.effect === 'baseline'),
  ].reduce(earlier);
  return [base, ...others.filter((line) => line.effect === 'minimum')].reduce(later);
}

/** Whether every condition that a rule names is met. */
export function matches(when: Conditions, facts: RuleFacts): boolean {
  const any = <T>(wanted: readonly T[] | undefined, has: readonly T[]) =>
    wanted === undefined || wanted.some((value) => has.includes(value));
  return (
    any(when.tag, facts.tags) &&
    (when.jurisdiction === undefined ||
      facts.jurisdictions.some((place) => isWithin(place, when.jurisdiction ?? []))) &&
    any(when.project, [facts.projectId]) &&
    any(when.kind, [facts.kind]) &&
    any(when.attachment, facts.attachmentKinds) &&
    (when.language === undefined ||
      facts.languages.some((language) => speaks(language, when.language ?? []))) &&
    (when.authorized === undefined || when.authorized === facts.authorized)
  );
}

/** Who alone may read a session: every rule that narrows it has to allow a role. `null` is no narrowing. */
export function readersOf(policy: Policy, facts: RuleFacts): readonly Role[] | null {
  const narrowing = policy.rules.flatMap(({ when, readers }) =>
    readers && matches(when, facts) ? [readers] : [],
  );
  const [first, ...others] = narrowing;
  return first ? first.filter((role) => others.every((readers) => readers.includes(role))) : null;
}

/** Whether attachments are kept as references alone. */
export function keepsReferencesOnly(policy: Policy, facts: RuleFacts): boolean {
  return policy.rules.some(({ when, attachments }) => attachments === 'reference' && matches(when, facts));
}

function baseline(policy: Policy, facts: SessionFacts): TraceLine {
  return {
    rule: 'base',
    effect: 'baseline',
    period: policy.keep,
    from: 'closure',
    startsAt: facts.closedAt.toISOString(),
    asks: addDuration(facts.closedAt, policy.keep, facts.timeZone).toISOString(),
    because: 'base period of the project',
  };
}

function lineOf(rule: Rule, facts: SessionFacts): TraceLine[] {
  const period = rule.keepAtLeast ?? rule.keepAtMost ?? rule.keep;
  if (!period) return [];
  const { from, at } = startOf(rule, facts);
  return [
    {
      rule: rule.id,
      effect: rule.keepAtLeast ? 'minimum' : rule.keepAtMost ? 'cap' : 'baseline',
      period,
      from,
      startsAt: at.toISOString(),
      asks: addDuration(at, period, facts.timeZone).toISOString(),
      because: rule.because,
      ...(rule.duty && { duty: rule.duty }),
      ...(rule.source && { source: rule.source }),
      ...(rule.pack && { pack: rule.pack }),
    },
  ];
}

/** What a rule counts from. What is not known yet is taken at its latest, so that nothing goes too early. */
function startOf({ from }: Rule, facts: SessionFacts): { from: string; at: Date } {
  if (from === 'closure') return { from, at: facts.closedAt };
  if (from === 'last-message') return { from, at: facts.lastActivityAt };
  if (from === 'majority') {
    const { majorityAt, closedAt } = facts;
    // Whoever is of age already, or whose age nobody knows, counts from closure.
    return majorityAt && majorityAt > closedAt ? { from, at: majorityAt } : { from: 'closure', at: closedAt };
  }
  // An own name: `constructor` is a good name for an event, and every object has one of those.
  const told = Object.hasOwn(facts.events, from.event) ? facts.events[from.event] : undefined;
  return told
    ? { from: from.event, at: told }
    : { from: `${from.event}, at latest`, at: addDuration(facts.closedAt, from.atLatest, facts.timeZone) };
}

function extension(until: Date): TraceLine {
  return { rule: 'extension', effect: 'extension', asks: until.toISOString(), because: 'extended in review' };
}

// Of two lines that ask for the same date the name decides, so that the order of rules never shows.
function earlier(a: TraceLine, b: TraceLine): TraceLine {
  return a.asks < b.asks || (a.asks === b.asks && a.rule <= b.rule) ? a : b;
}

function later(a: TraceLine, b: TraceLine): TraceLine {
  return a.asks > b.asks || (a.asks === b.asks && a.rule <= b.rule) ? a : b;
}
