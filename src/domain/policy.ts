import { z } from 'zod';
import { addDuration, isDuration, lengthOf, spreadOf } from './durations.ts';

const duration = z.string().refine(isDuration, {
  error: 'expected an ISO 8601 duration longer than zero, such as P12M, P7D or PT24H',
});

/** A label on a session; the standard ones are listed in the documentation, a team adds its own. */
export const tagName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, { error: 'expected a lower-case word of letters, digits, - and _' });

/** What follows when a review window passes without a decision. */
export const SILENCE_OUTCOMES = ['delete', 'hold'] as const;

const tagRule = z.strictObject({
  id: z.string().min(1),
  tag: tagName,
  keepAtLeast: duration,
  because: z.string().min(1),
});

/** The rules of one project, as written in its file and stored in versions. */
export const policySchema = z
  .strictObject({
    demo: z.boolean().default(false),
    idle: duration,
    reopen: duration,
    archiveWithin: duration.default('PT24H'),
    keep: duration,
    rules: z.array(tagRule).default([]),
    review: z.strictObject({
      window: duration,
      onSilence: z.enum(SILENCE_OUTCOMES).default('delete'),
    }),
    spam: z.strictObject({ deleteAfter: duration }),
  })
  .superRefine((policy, context) => {
    const epoch = new Date(0);
    const length = (text: string) => lengthOf(text, epoch, 'UTC');
    if (length(policy.archiveWithin) > length('PT24H'))
      context.addIssue({ code: 'custom', path: ['archiveWithin'], message: 'expected PT24H or less' });
    if (length(policy.reopen) >= length(policy.archiveWithin))
      context.addIssue({
        code: 'custom',
        path: ['reopen'],
        message: 'expected less than archiveWithin, so that the archive is complete in time',
      });
    const window = length(policy.review.window);
    if (!policy.demo && (window < length('P1D') || window > length('P30D')))
      context.addIssue({
        code: 'custom',
        path: ['review', 'window'],
        message: 'expected between P1D and P30D (shorter only where demo: true)',
      });
  });

export type Policy = z.output<typeof policySchema>;

/** What a decision is made from. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly closedAt: Date;
  readonly tags: readonly string[];
  /** The date a supervisor extended it to, if one did. */
  readonly extendedUntil: Date | null;
  readonly timeZone: string;
}

/** One line of the trace: a rule that applied and the date it asks for. */
export interface TraceLine {
  readonly rule: string;
  readonly asks: string;
  readonly because: string;
}

/** How long a session is kept, and why. */
export interface Decision {
  readonly keepUntil: Date;
  readonly trace: readonly TraceLine[];
}

/**
 * How long a session is kept: the project's base period, extended by every rule that matches, so the
 * longest named need wins. Counted from closure by the project's calendar, plus the session's own
 * spread within the day.
 */
export function decide(policy: Policy, facts: SessionFacts): Decision {
  const matching = [
    { id: 'base', keep: policy.keep, because: 'base period of the project' },
    ...policy.rules
      .filter((rule) => facts.tags.includes(rule.tag))
      .map((rule) => ({ id: rule.id, keep: rule.keepAtLeast, because: rule.because })),
  ];
  const asked = matching.map((rule) => ({
    ...rule,
    until: addDuration(facts.closedAt, rule.keep, facts.timeZone),
  }));
  const longest = Math.max(...asked.map((rule) => rule.until.getTime()));
  const spread = spreadOf(facts.sessionId, longest - facts.closedAt.getTime());
  const trace = asked.map(({ id, until, because }) => ({ rule: id, asks: until.toISOString(), because }));
  if (facts.extendedUntil)
    trace.push({ rule: 'extension', asks: facts.extendedUntil.toISOString(), because: 'extended in review' });
  return { keepUntil: new Date(Math.max(longest + spread, facts.extendedUntil?.getTime() ?? 0)), trace };
}
