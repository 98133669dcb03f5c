import { z } from 'zod';
import { isBetween } from './quiet-hours.ts';

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 09:00, in quotes');

/** What stands for a project whose file says nothing. */
export const DEFAULT_REVIEW_TIMES: {
  readonly digestAt: string;
  readonly quiet: [string, string] | 'off';
} = {
  digestAt: '09:00',
  quiet: ['22:00', '07:00'],
};

/** When supervisors are told of reviews: the hour of the digest, and the hours in which nothing rings. */
export const reviewTimes = z
  .strictObject({
    digestAt: clock.default(DEFAULT_REVIEW_TIMES.digestAt),
    quiet: z
      .union([z.literal('off'), z.tuple([clock, clock])], {
        error: "expected off, or two times of day such as ['22:00', '07:00']",
      })
      .default(DEFAULT_REVIEW_TIMES.quiet),
  })
  .superRefine(({ digestAt, quiet }, context) => {
    if (quiet === 'off') return;
    const refuse = (path: string, message: string, mend: string) => {
      context.addIssue({ code: 'custom', path: [path], message, params: { mend } });
    };
    if (quiet[0] === quiet[1])
      refuse('quiet', 'quiet hours that begin when they end would be a whole day', 'Write off, or two times');
    else if (isBetween(digestAt, ...quiet))
      refuse('digestAt', 'the digest would come in the quiet hours', `Write ${quiet[1]} or later`);
  });
