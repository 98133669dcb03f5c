import { z } from 'zod';
import { lengthOf } from './durations.ts';
import { expandPacks, PACK_IDS } from './packs.ts';
import { contradictions } from './rule-relations.ts';
import { duration, ruleSchema } from './rules.ts';
import { taggingRuleSchema } from './tagging.ts';

/** What follows when a review window passes without a decision. */
export const SILENCE_OUTCOMES = ['delete', 'hold'] as const;

const fields = z.strictObject({
  demo: z.boolean().default(false),
  idle: duration,
  reopen: duration,
  archiveWithin: duration.default('PT24H'),
  /** Ready-made rules; a rule of the policy's own with the same id replaces one of theirs. */
  packs: z.array(z.enum(PACK_IDS)).default([]),
  /** The project's own baseline. */
  keep: duration,
  rules: z.array(ruleSchema).default([]),
  /** Labels that the service puts on sessions by itself. */
  tagging: z.array(taggingRuleSchema).default([]),
  review: z.strictObject({
    window: duration,
    onSilence: z.enum(SILENCE_OUTCOMES).default('delete'),
    /** Absent means no, so that versions stored before it existed read the same. */
    secondPerson: z.boolean().optional(),
  }),
  spam: z.strictObject({ deleteAfter: duration }),
  /** Erases customers of whom nothing was heard for so long; nobody without a warning. */
  inactivity: z
    .union(
      [
        z.literal('off'),
        z.strictObject({
          eraseAfter: duration.default('P90D'),
          warnBefore: duration.default('P7D'),
        }),
      ],
      { error: 'expected off, or eraseAfter and warnBefore below it' },
    )
    .default('off'),
  /** Deletions pause for compliance to look when more than a share of the archive would go in a day. */
  breaker: z
    .strictObject({
      sharePerDay: z.number().gt(0).max(1).default(0.1),
      /** So few deletions a day never pause anything. */
      orFewerThan: z.int().min(1).default(100),
    })
    .default({ sharePerDay: 0.1, orFewerThan: 100 }),
});

/** The rules of one project, as written in its file and stored in versions. */
export const policySchema = fields
  .superRefine(checkLengths)
  .superRefine(checkInactivity)
  .superRefine(checkIds)
  .superRefine((policy, context) => {
    const ready = expandPacks(policy).rules.filter(({ pack }) => pack !== undefined);
    for (const { path, message, mend } of contradictions(policy.rules, ready))
      refuser(context)(path, message, mend);
  })
  .transform(expandPacks);

export type Policy = z.output<typeof policySchema>;

function checkLengths(policy: z.output<typeof fields>, context: z.RefinementCtx) {
  const epoch = new Date(0);
  const length = (text: string) => lengthOf(text, epoch, 'UTC');
  const refuse = refuser(context);
  if (length(policy.archiveWithin) > length('PT24H'))
    refuse(['archiveWithin'], 'an archive has to be complete within 24 hours', 'Write PT24H or less');
  if (length(policy.reopen) >= length(policy.archiveWithin))
    refuse(
      ['reopen'],
      'a session that can still be reopened cannot be archived in time',
      `Write less than archiveWithin (${policy.archiveWithin})`,
    );
  const window = length(policy.review.window);
  if (window > length('P30D'))
    refuse(['review', 'window'], 'a review lasts 30 days at most', 'Write P30D or less');
  if (!policy.demo && window < length('P1D'))
    refuse(
      ['review', 'window'],
      'a review under a day gives nobody time to look',
      'Write P1D or more, or mark the project with demo: true',
    );
}

function checkInactivity({ inactivity, demo }: z.output<typeof fields>, context: z.RefinementCtx) {
  if (inactivity === 'off') return;
  const { eraseAfter, warnBefore } = inactivity;
  const length = (text: string) => lengthOf(text, new Date(0), 'UTC');
  const refuse = (message: string, mend: string) => {
    refuser(context)(['inactivity', 'warnBefore'], message, mend);
  };
  if (length(warnBefore) >= length(eraseAfter))
    refuse(
      'a warning cannot come before the silence it warns of',
      `Write less than eraseAfter (${eraseAfter})`,
    );
  if (!demo && length(warnBefore) < length('P1D'))
    refuse(
      'a warning under a day before leaves nobody time to answer',
      'Write P1D or more, or mark the project with demo: true',
    );
}

function checkIds(policy: z.output<typeof fields>, context: z.RefinementCtx) {
  const refuse = refuser(context);
  policy.packs.forEach((pack, at) => {
    if (policy.packs.indexOf(pack) < at)
      refuse(['packs', at], `the pack ${pack} is already there`, 'Leave it out');
  });
  for (const list of ['rules', 'tagging'] as const)
    policy[list].forEach(({ id }, at) => {
      if (list === 'rules' && RESERVED.has(id))
        refuse([list, at, 'id'], `${id} has a meaning of its own in a trace`, 'Write another id');
      if (policy[list].findIndex((other) => other.id === id) < at)
        refuse([list, at, 'id'], `the id ${id} is taken by an earlier rule`, 'Write another id');
    });
}

/** Refuses what stands at a path, with what to write instead. */
function refuser(context: z.RefinementCtx) {
  return (path: (string | number)[], message: string, mend: string) => {
    context.addIssue({ code: 'custom', path, message, params: { mend } });
  };
}

/** Lines of a trace that are not rules. */
const RESERVED: ReadonlySet<string> = new Set(['base', 'extension']);
