import { html } from 'hono/html';
import { z } from 'zod';
import { LATE_S, type SessionWork } from '../../db/lateness.ts';
import type { SessionListFilter } from '../../db/session-lists.ts';
import { PHASES } from '../../domain/phases.ts';
import { tagName } from '../../domain/rules.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { phasesSeen, seesRestricted } from './access.ts';
import { beginningOf, endOf } from './days.ts';

const MONTH_MS = 30 * 86_400_000;

/** Work that was late, as the figures of the overview count it: by how many seconds, and in words. */
const LATE_WORK = {
  promise: ['archive', 0, 'archived later than promised'],
  archive: ['archive', LATE_S, 'archived more than an hour late'],
  review: ['review', LATE_S, 'whose review was opened more than an hour late'],
  decision: ['decision', LATE_S, 'whose review ended in silence more than an hour late'],
  deletion: ['deletion', LATE_S, 'deleted more than an hour after the decision'],
} as const satisfies Record<string, readonly [SessionWork, number, string]>;
export type LateWork = keyof typeof LATE_WORK;

const day = z.iso.date();

/** What an address may narrow the list of sessions by. Nothing of it names a person. */
export const narrowing = z.object({
  q: z.string().max(1000),
  saved: z.string().max(40),
  phase: z.enum(PHASES),
  tag: tagName,
  held: z.literal('yes'),
  restricted: z.literal('yes'),
  late: z.literal('yes'),
  slow: z.literal(Object.keys(LATE_WORK) as LateWork[]),
  /** A day of the week in which their time is over. */
  due: day,
  rule: z.string().max(100),
  from: day,
  to: day,
  after: z.string().max(200),
});
export type Narrowing = Partial<z.output<typeof narrowing>>;

/** What is listed for whoever looks; `null` where it is nothing that they see. */
export function filterOf(
  page: ProjectPage,
  asked: Narrowing,
): Omit<SessionListFilter, 'after' | 'limit'> | null {
  const { from, to, held, restricted, late, slow, due, rule, tag, phase } = asked;
  const { timeZone } = page.project;
  const seen = phasesSeen(page);
  const phases = phase ? seen.filter((one) => one === phase) : seen.length === PHASES.length ? [] : seen;
  if (phase !== undefined && phases.length === 0) return null;
  const [work, seconds] = slow ? LATE_WORK[slow] : [];
  return {
    ...{ projectId: page.project.id, phases, tag, now: page.now, seesRestricted: seesRestricted(page) },
    ...{ held: held === 'yes', restricted: restricted === 'yes', late: late === 'yes' },
    doneLate: work && { work, seconds, since: new Date(page.now.getTime() - MONTH_MS) },
    due: due === undefined ? undefined : { week: new Date(`${due}T00:00:00Z`), rule },
    from: from === undefined ? undefined : beginningOf(from, timeZone),
    before: to === undefined ? undefined : endOf(to, timeZone),
  };
}

/** What the list shows where a figure of the overview led to it. */
export function figureWords(page: ProjectPage, { slow, due, rule }: Narrowing): Html | '' {
  const words = [
    ...(slow ? [`Those of the last 30 days ${LATE_WORK[slow][2]}.`] : []),
    ...(due ? [`Those whose time is over in the week of ${due}${rule ? `, by the rule ${rule}` : ''}.`] : []),
  ];
  if (words.length === 0) return '';
  return html`<p>${words.join(' ')} <a href="${page.at('/sessions')}">All of them</a></p>`;
}
