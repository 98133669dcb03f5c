import { z } from '@hono/zod-openapi';
import { PHASES, STANDINGS } from '../../domain/phases.ts';
import { projectId, tagName } from '../../domain/rules.ts';

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** An instant in an answer. */
export const instant = z.iso.datetime().openapi({ example: '2026-03-01T12:00:00.000Z' });

/** An instant in a request, with its offset. */
export const givenInstant = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => Date.parse(text) >= EARLIEST && Date.parse(text) < LATEST, {
    error: 'expected an instant from 1970 to 2199',
  })
  .openapi({ example: '2030-01-31T00:00:00Z' });

/** A day in a request. */
export const givenDay = z.iso
  .date({ abort: true })
  .refine((text) => Date.parse(text) >= EARLIEST && Date.parse(text) < LATEST, {
    error: 'expected a day from 1970 to 2199',
  })
  .openapi({ example: '2026-01-31' });

/** PostgreSQL takes no zero character, and no other control character but a break says anything to people. */
function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text.replace(/[\n\r\t]/g, ''));
}

/** Some words of a person; half a surrogate pair is no character. */
export function words(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => isPrintable(text) && text.isWellFormed() && text.trim() !== '', {
      error: 'expected some text, without control characters',
    });
}

/** What the audit keeps: a word or a ticket number, since it holds no free text. */
export const auditReason = z
  .string()
  .regex(/^[A-Za-z0-9._#-]{1,40}$/, 'expected a word or a ticket number')
  .openapi({ example: 'TICKET-4711' });

export const uuid = z.uuid().openapi({ example: '1f0c2d3e-5a6b-4c7d-8e9f-0a1b2c3d4e5f' });
// Made anew: what was made before the library of the API was loaded does not know its methods.
export const tag = tagName.clone().openapi({ example: 'refund' });
export const phase = z.enum(PHASES).openapi({ example: 'archived' });
export const standing = z.enum(STANDINGS);
export const counts = z.record(z.string(), z.number());

/** Pages of a list; the cursor is the `next` of the page before. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(100).default(50).optional(),
  cursor: z.string().min(1).max(200).optional(),
};

/** A page of a list: `next` asks for the one after it and is null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() });
}

export const inProject = z.strictObject({
  project: projectId.clone().openapi({ param: { name: 'project', in: 'path' }, example: 'support' }),
});

export const ofSession = z.strictObject({
  session: uuid.openapi({ param: { name: 'session', in: 'path' } }),
});

export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
    decision: z
      .strictObject({
        round: z.int(),
        decision: z.string(),
        decidedBy: z.string().nullable(),
        decidedAt: instant.nullable(),
      })
      .optional(),
  })
  .openapi('Problem');

/** Where a session stands and what happens next. */
export const standingReport = z
  .strictObject({
    sessionId: uuid,
    phase,
    standing,
    held: z.boolean(),
    next: z.strictObject({ step: z.string(), at: instant.nullable(), inWords: z.string() }),
  })
  .openapi('Standing');
