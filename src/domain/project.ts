import { z } from 'zod';
import { policySchema } from './policy.ts';
import { ROLES } from './roles.ts';

/** A time zone that the calendar knows. */
const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'expected a time zone such as Europe/Berlin or UTC');

/** A project's file: one bot with its policy, staff group, supervisors and archive place. */
export const projectSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case word of letters, digits and -'),
  name: z.string().min(1).max(60),
  timeZone: timeZone.default('UTC'),
  language: z.string().min(2).default('en'),
  /** The privacy notice customers agree to; a new version asks them again. */
  notice: z.strictObject({ version: z.string().min(1), url: z.url().optional() }),
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
