import { decide, type Decision, type SessionFacts } from '../../src/domain/decision.ts';
import { policySchema, type Policy } from '../../src/domain/policy.ts';

/** What a policy cannot do without. */
export const BASE = {
  idle: 'P7D',
  reopen: 'PT12H',
  keep: 'P12M',
  review: { window: 'P7D' },
  spam: { deleteAfter: 'P7D' },
};

export function policyOf(change: object = {}): Policy {
  return policySchema.parse({ ...BASE, ...change });
}

/** A session that was closed on 31 January 2026, 10:00 UTC, an hour after its last message. */
export function factsOf(change: Partial<SessionFacts> = {}): SessionFacts {
  return {
    sessionId: '0b8c4c9e-6f0a-4f5e-9d5b-2f1f5a1c7e01',
    projectId: 'shop',
    kind: 'private',
    closedAt: new Date('2026-01-31T10:00:00Z'),
    lastActivityAt: new Date('2026-01-31T09:00:00Z'),
    tags: [],
    jurisdictions: ['OTHER'],
    languages: [],
    attachmentKinds: [],
    authorized: false,
    majorityAt: null,
    events: {},
    extendedUntil: null,
    timeZone: 'UTC',
    ...change,
  };
}

/** The date that the rules ask for, without the session's own place within the day. */
export function askedFor({ keepUntil, spreadMs }: Decision): string {
  return new Date(keepUntil.getTime() - spreadMs).toISOString();
}

export function askedOf(policy: object, facts: Partial<SessionFacts> = {}): string {
  return askedFor(decide(policyOf(policy), factsOf(facts)));
}

/** The same base as a text, line by line. */
export const BASE_TEXT = `idle: P7D
reopen: PT12H
keep: P12M
review: { window: P7D }
spam: { deleteAfter: P7D }
`;

/** A policy's text with rules, the first of them in line 7. */
export function rulesText(...rules: string[]): string {
  return `${BASE_TEXT}rules:\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`;
}
