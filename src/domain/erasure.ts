import { decide, type SessionFacts } from './decision.ts';
import { addDuration } from './durations.ts';
import type { Jurisdiction } from './jurisdictions.ts';
import type { Policy } from './policy.ts';

/** Who asked for it: the customer, staff for them, or the policy because nobody wrote for long. */
export const ERASURE_ORIGINS = ['customer', 'staff', 'inactivity', 'account-gone'] as const;
export type ErasureOrigin = (typeof ERASURE_ORIGINS)[number];

/** Why something stays for now against an erasure request. */
export type RestrictionGround = 'hold' | 'legal';

/** From confirmation: what we aim at, and what we guarantee. */
export const ERASURE_TARGET = 'PT24H';
export const ERASURE_DEADLINE = 'PT48H';

/** How long the button that confirms a request works. */
export const CONFIRMATION_WINDOW = 'P7D';

/**
 * From receipt, by law. GDPR Art. 12(3) and UK GDPR: one month. CCPA Regulations § 7021: 45 days. LGPD
 * Art. 19: 15 days. PIPL Art. 50 says "promptly"; its draft rules say 15 working days.
 */
const LEGAL_DEADLINES: Partial<Record<Jurisdiction, { regulation: string; within: string }>> = {
  EU: { regulation: 'GDPR', within: 'P1M' },
  UK: { regulation: 'UK GDPR', within: 'P1M' },
  CH: { regulation: 'FADP', within: 'P30D' },
  'US-CA': { regulation: 'CCPA', within: 'P45D' },
  BR: { regulation: 'LGPD', within: 'P15D' },
  CN: { regulation: 'PIPL', within: 'P15D' },
};

/** The law's own clock; where none is known, Telegram's terms for bots ask for an answer within 30 days. */
export function legalDeadline(
  jurisdiction: Jurisdiction | null,
  receivedAt: Date,
  timeZone: string,
): { regulation: string; at: Date } {
  const { regulation, within } = (jurisdiction && LEGAL_DEADLINES[jurisdiction]) || {
    regulation: 'Telegram Bot Developer Terms',
    within: 'P30D',
  };
  return { regulation, at: addDuration(receivedAt, within, timeZone) };
}

/** Until when the law keeps a session against an erasure request, as its policy has it; `null` if it does not. */
export function legalGround(policy: Policy, facts: SessionFacts): Date | null {
  const exempt = new Set(
    policy.rules.filter(({ exemptFromErasure }) => exemptFromErasure).map(({ id }) => id),
  );
  const dates = decide(policy, facts)
    .trace.filter(({ effect, rule }) => effect === 'minimum' && exempt.has(rule))
    .map(({ asks }) => Date.parse(asks));
  return dates.length > 0 ? new Date(Math.max(...dates)) : null;
}
