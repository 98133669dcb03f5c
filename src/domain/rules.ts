import { z } from 'zod';
import { isDuration, lengthOf } from './durations.ts';
import { JURISDICTION_IDS } from './jurisdictions.ts';
import { languageTag } from './languages.ts';
import { ATTACHMENT_KINDS, SESSION_KINDS } from './messages.ts';
import { ROLES } from './roles.ts';

/** What every duration that cannot be used is refused with. */
export const NOT_A_DURATION =
  'expected an ISO 8601 duration longer than zero and up to P100Y, such as P12M, P7D or PT24H';

// Refused at once: the checks of a whole policy count with durations that are good.
export const duration = z
  .string({ error: NOT_A_DURATION })
  .refine((text) => isDuration(text) && isUsable(text), { error: NOT_A_DURATION, abort: true });

/**
 * From a millisecond, since clocks know nothing shorter, to a century: no calendar reaches as far as
 * ISO 8601 can write, and no duty lasts longer.
 */
function isUsable(text: string): boolean {
  const epoch = new Date(0);
  try {
    const length = lengthOf(text, epoch, 'UTC');
    return length > 0 && length <= lengthOf('P100Y', epoch, 'UTC');
  } catch {
    return false;
  }
}

/** A label on a session; the standard ones are listed in the documentation, a team adds its own. */
export const tagName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, { error: 'expected a lower-case word of letters, digits, - and _' });

export const projectId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case word of letters, digits and -');

export const jurisdiction = z.enum(JURISDICTION_IDS);

/** One value, or a list of which any will do. */
export function anyOf<T extends z.ZodType>(item: T) {
  return z.preprocess((value): unknown => (Array.isArray(value) ? value : [value]), z.array(item).min(1));
}

/** When a rule applies: every condition named has to be met; of a list, any one value will do. */
const conditions = z.strictObject({
  tag: anyOf(tagName).optional(),
  /** Of any subject of the session: `US` is met by `US-CA` as well. */
  jurisdiction: anyOf(jurisdiction).optional(),
  project: anyOf(projectId).optional(),
  kind: anyOf(z.enum(SESSION_KINDS)).optional(),
  /** Of any subject of the session: `pt` is met by `pt-br` as well. */
  language: anyOf(languageTag).optional(),
  attachment: anyOf(z.enum(ATTACHMENT_KINDS)).optional(),
  /** Whether the customer has agreed, explicitly, to be kept longer. */
  authorized: z.boolean().optional(),
});

/** What a period is counted from. */
const start = z.union(
  [
    z.enum(['closure', 'last-message', 'majority']),
    z.strictObject({
      /** A date that is told later, such as the end of a contract. */
      event: tagName,
      /** After closure: when the event counts as having happened if nobody has told of it. */
      atLatest: duration,
    }),
  ],
  { error: 'expected closure, last-message, majority, or an event with its atLatest' },
);

/** Why a period must be kept: by law, or by a contract. */
export const DUTIES = ['legal', 'contract'] as const;

const PERIODS = ['keep', 'keepAtMost', 'keepAtLeast'] as const;

/** One rule of a policy, as it is written. */
export const ruleSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'expected a lower-case word of letters, digits, - and _'),
    when: conditions.default({}),
    from: start.default('closure'),
    /** A baseline: of all that apply, the shortest counts. */
    keep: duration.optional(),
    /** A cap: shortens the baseline, never a minimum. */
    keepAtMost: duration.optional(),
    /** A minimum: extends beyond baselines and caps. */
    keepAtLeast: duration.optional(),
    duty: z.enum(DUTIES).optional(),
    /** Whether this legal minimum outweighs an erasure request: what it covers is then restricted. */
    exemptFromErasure: z.boolean().default(false),
    /** Who alone may read the session. */
    readers: z.array(z.enum(ROLES)).min(1).optional(),
    /** Attachments are kept as references only: what they were, never their bytes. */
    attachments: z.literal('reference').optional(),
    /** In words a customer can read. */
    because: z.string().min(1),
    /** The law, contract or guidance it comes from. */
    source: z.string().min(1).optional(),
  })
  .superRefine((rule, context) => {
    const refuse = (key: string, message: string, mend: string) => {
      context.addIssue({ code: 'custom', path: [key], message, params: { mend } });
    };
    const periods = PERIODS.filter((key) => rule[key] !== undefined);
    const [first, second] = periods;
    if (second) refuse(second, `a rule has one period, and this one has ${first} already`, 'Write two rules');
    // A slip in a key is said already, and may well be what it does.
    const slipped = context.issues.some(({ code }) => code === 'unrecognized_keys');
    if (periods.length === 0 && !rule.readers && !rule.attachments && !slipped)
      refuse('id', 'the rule does nothing', `Add ${PERIODS.join(', ')}, readers or attachments`);
    if (rule.duty && !rule.keepAtLeast)
      refuse('duty', 'a duty is to keep something', 'Write keepAtLeast, or leave duty out');
    if (rule.exemptFromErasure && rule.duty !== 'legal')
      refuse(
        'exemptFromErasure',
        'nothing but a legal duty outweighs an erasure request',
        'Write duty: legal beside it, or leave it out',
      );
    if (rule.exemptFromErasure && rule.when.authorized !== undefined)
      refuse(
        'exemptFromErasure',
        'whoever asks to be erased takes back what they authorized',
        'Leave authorized out of when, or exemptFromErasure out of the rule',
      );
  });

/** A rule; one that came with a pack names it. */
export type Rule = z.output<typeof ruleSchema> & { readonly pack?: string };
export type Conditions = Rule['when'];
