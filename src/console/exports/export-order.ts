import { z } from 'zod';
import type { ExportOrder } from '../../acts/export-order.ts';
import { EXPORT_FORMATS, EXPORT_KEEP_DAYS, MOST_KEEP_DAYS } from '../../domain/exports.ts';
import { auditReason, queryOf, searchFields } from '../sessions/search-fields.ts';

const yes = z.literal('yes').optional();

/** What the form of an export sends. */
export const orderSent = z.object({
  ...searchFields,
  saved: z.string().max(40).optional(),
  format: z.enum(EXPORT_FORMATS, 'Choose one of those shown.'),
  zip: yes,
  hashIds: yes,
  dropNames: yes,
  replace: z.string().max(4000).optional(),
  destination: z.string().max(500).optional(),
  keepDays: z.coerce
    .number('A number of days.')
    .int('Whole days.')
    .min(1, 'One day at least.')
    .max(MOST_KEEP_DAYS, `${MOST_KEEP_DAYS} days at most.`)
    .default(EXPORT_KEEP_DAYS),
  cron: z.string().max(60).optional(),
  reason: auditReason,
});

/** The same in the terms of the act: all that is named has to be met. */
export function orderOf(
  projectId: string,
  sent: z.output<typeof orderSent>,
  savedQuery: string | undefined,
): Omit<ExportOrder, 'reader' | 'now'> {
  const { format, zip, hashIds, dropNames, replace, destination, keepDays, reason } = sent;
  const own = queryOf(sent);
  const query = savedQuery ? `(${savedQuery}) ${own && `(${own})`}`.trim() : own;
  return {
    ...{ projectId, format, keepDays, reason, zipped: zip === 'yes' },
    // Nothing named: all of the project, by a dimension, since a query has to ask for something.
    query: query || `project:${projectId}`,
    ...(destination && { destination }),
    scrub: { hashIds: hashIds === 'yes', dropNames: dropNames === 'yes', replace: replacementsIn(replace) },
  };
}

/** A line for each: `pattern=text`, of which the last equals sign counts. */
function replacementsIn(text: string | undefined) {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const at = line.lastIndexOf('=');
    const [pattern, put] = at < 1 ? [line, '[removed]'] : [line.slice(0, at), line.slice(at + 1)];
    return { pattern, with: put, ignoreCase: true };
  });
}
