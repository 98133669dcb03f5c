import { decide, type SessionFacts } from './decision.ts';
import type { Policy } from './policy.ts';

/** A session of the archive, with the date it has and everything a new one is decided from. */
export interface DatedSession extends SessionFacts {
  readonly phase: 'archived' | 'review';
  readonly keepUntil: Date;
  /** The rule that set the date; `null` where that was not recorded. */
  readonly keepRule: string | null;
}

/** How many sessions a change of policy brings which way. */
export interface PlanCounts {
  readonly sessions: number;
  readonly earlier: number;
  readonly later: number;
  readonly same: number;
  /** Kept as things stand, and past their date under the new policy: they go into review at once. */
  readonly dueNow: number;
}

/** One of the largest changes, as an example. */
export interface PlanSample {
  readonly sessionId: string;
  readonly before: Date;
  readonly after: Date;
  readonly ruleBefore: string | null;
  readonly rule: string;
}

/** What a policy would change, before it changes anything. */
export interface PolicyPlan extends PlanCounts {
  /** In review now, and kept longer: they go back to the archive. */
  readonly outOfReview: number;
  /** The rule that decides, before and after. */
  readonly byRule: readonly (PlanCounts & { readonly before: string | null; readonly after: string })[];
  /** The month of the new date, in UTC. */
  readonly byMonth: readonly (PlanCounts & { readonly month: string })[];
  readonly samples: { readonly earlier: readonly PlanSample[]; readonly later: readonly PlanSample[] };
  /** Their dates are decided when they are archived. */
  readonly open: number;
  readonly closed: number;
}

/** Takes session after session and adds up; what it holds grows with rules and months, not with sessions. */
export interface PlanInProgress {
  add(session: DatedSession): void;
  result(notArchived: { open: number; closed: number }): PolicyPlan;
}

const SAMPLES = 5;

/** Begins a plan for a policy at an instant. */
export function beginPlan(policy: Policy, now: Date): PlanInProgress {
  const total = noCounts();
  const byRule = new Map<string, ReturnType<typeof noCounts> & { before: string | null; after: string }>();
  const byMonth = new Map<string, ReturnType<typeof noCounts> & { month: string }>();
  const samples = { earlier: [] as PlanSample[], later: [] as PlanSample[] };
  let outOfReview = 0;

  return {
    add(session) {
      const { keepUntil, decidedBy } = decide(policy, session);
      const outcome = outcomeOf(session, keepUntil, now);
      const [before, month] = [session.keepRule, keepUntil.toISOString().slice(0, 7)];
      const rules = entryOf(byRule, `${before} ${decidedBy}`, () => ({ before, after: decidedBy }));
      for (const counts of [total, rules, entryOf(byMonth, month, () => ({ month }))]) count(counts, outcome);
      if (session.phase === 'review' && keepUntil > now) outOfReview += 1;
      if (outcome.direction !== 'same') {
        const { sessionId, keepUntil: old } = session;
        const sample = { sessionId, before: old, after: keepUntil, ruleBefore: before, rule: decidedBy };
        keepLargest(samples[outcome.direction], sample);
      }
    },
    result: (notArchived) => ({
      ...total,
      outOfReview,
      byRule: [...byRule.values()].sort((a, b) => b.sessions - a.sessions),
      byMonth: [...byMonth.values()].sort((a, b) => (a.month < b.month ? -1 : 1)),
      samples,
      ...notArchived,
    }),
  };
}

/**
 * The share of the archive that a policy may bring into review at once before whoever applies it has to
 * type what that means.
 */
const CONFIRMED_SHARE = 0.1;

/** The sentence that has to be typed to apply a policy, or `null` where none is needed. */
export function confirmationOf(projectId: string, plan: PlanCounts): string | null {
  return plan.dueNow > plan.sessions * CONFIRMED_SHARE ? `${projectId} ${plan.dueNow}` : null;
}

interface Outcome {
  readonly direction: 'earlier' | 'later' | 'same';
  readonly dueNow: boolean;
}

function outcomeOf(session: DatedSession, after: Date, now: Date): Outcome {
  const moved = after.getTime() - session.keepUntil.getTime();
  return {
    direction: moved < 0 ? 'earlier' : moved > 0 ? 'later' : 'same',
    dueNow: session.phase === 'archived' && after <= now && session.keepUntil > now,
  };
}

function noCounts() {
  return { sessions: 0, earlier: 0, later: 0, same: 0, dueNow: 0 };
}

function count(counts: ReturnType<typeof noCounts>, { direction, dueNow }: Outcome): void {
  counts.sessions += 1;
  counts[direction] += 1;
  if (dueNow) counts.dueNow += 1;
}

function entryOf<T>(
  entries: Map<string, ReturnType<typeof noCounts> & T>,
  key: string,
  named: () => T,
): ReturnType<typeof noCounts> & T {
  const entry = entries.get(key) ?? { ...named(), ...noCounts() };
  entries.set(key, entry);
  return entry;
}

function keepLargest(samples: PlanSample[], sample: PlanSample): void {
  const last = samples.at(-1);
  if (samples.length >= SAMPLES && last && change(last) >= change(sample)) return;
  samples.push(sample);
  samples.sort((a, b) => change(b) - change(a));
  samples.length = Math.min(samples.length, SAMPLES);
}

function change({ before, after }: PlanSample): number {
  return Math.abs(after.getTime() - before.getTime());
}
