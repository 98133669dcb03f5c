import { z } from 'zod';
import { policySchema } from './policy.ts';
import { ROLES } from './roles.ts';
import { jurisdiction, projectId } from './rules.ts';

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
      staff: z.array(
        z.strictObject({ id: z.number().int().positive(), roles: z.array(z.enum(ROLES)).min(1) }),
      ),
    })
    .optional(),
  /** Where it archives, if not where the installation does. */
  archive: z.string().optional(),
  policy: policySchema,
});

export type ProjectFile = z.output<typeof projectSchema>;
