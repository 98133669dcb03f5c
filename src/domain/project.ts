import { z } from 'zod';
import { languageTag } from './languages.ts';
import { policySchema } from './policy.ts';
import { reviewTimes } from './review-times.ts';
import { ROLES } from './roles.ts';
import { jurisdiction, projectId } from './rules.ts';
import { scrubSchema } from './scrub-rules.ts';

/**
 * A time zone that the calendar knows, by its name: PostgreSQL takes `+02:00` for two hours west of
 * Greenwich, as POSIX does, and the calendar for two hours east.
 */
const timeZone = z.string().refine((name) => {
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'expected a time zone such as Europe/Berlin or UTC');

/** A project's file: one bot with its policy, staff group, supervisors and archive place. */
export const projectSchema = z.strictObject({
  id: projectId,
  name: z.string().min(1).max(60),
  timeZone: timeZone.default('UTC'),
  language: z.string().min(2).default('en'),
  /** Where customers belong of whom nothing else is known. */
  jurisdiction: jurisdiction.default('OTHER'),
  /** The privacy notice customers agree to; a new version asks them again. */
  notice: z.strictObject({ version: z.string().min(1), url: z.url().optional() }),
  /** Who runs the bot and how they are reached, as Telegram's terms want it told to anybody who asks. */
  contact: z
    .strictObject({
      text: z.string().min(1).max(500).optional(),
      email: z.email().optional(),
      url: z.url().optional(),
    })
    .refine((contact) => Object.keys(contact).length > 0, 'expected text, email or url')
    .optional(),
  telegram: z
    .strictObject({
      /** The staff group: a supergroup with topics. */
      staffChat: z.number().int().negative(),
      /** `false` has the bot fetch its updates, where the installation has Telegram send them. */
      webhook: z.boolean().optional(),
      /** A group that reviews are shown in, rather than in each supervisor's own chat with the bot. */
      supervisorsChat: z.number().int().negative().optional(),
      staff: z.array(
        z.strictObject({ id: z.number().int().positive(), roles: z.array(z.enum(ROLES)).min(1) }),
      ),
    })
    .optional(),
  /**
   * Shows staff and customers what the other side wrote in their own language too, where the installation
   * names a translator. Texts then go to it.
   */
  translation: z
    .strictObject({
      /** What staff read; the project's language when left out. */
      staff: languageTag.optional(),
      /** Whether customers read answers in their language as well. */
      answers: z.boolean().default(true),
    })
    .optional(),
  /** When supervisors are told of reviews, in the project's time zone. */
  reviews: reviewTimes.optional(),
  /**
   * What the bot takes from groups of customers that it is in: what mentions it or is a command, that and what
   * replies to it, everything, or nothing.
   */
  groups: z.enum(['off', 'mention', 'reply', 'all']).default('off'),
  /** What every export of the project leaves out, whatever is asked for. */
  export: z.strictObject({ scrub: scrubSchema }).optional(),
  /** Where it archives, if not where the installation does. */
  archive: z.string().optional(),
  policy: policySchema,
});

export type ProjectFile = z.output<typeof projectSchema>;
