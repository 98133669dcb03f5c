import { html } from 'hono/html';
import { z } from 'zod';
import { LATE_S, type DoneWork } from '../../db/lateness.ts';
import type { SessionListFilter } from '../../db/session-lists.ts';
import { PHASES } from '../../domain/phases.ts';
import { tagName } from '../../domain/rules.ts';
import type { ProjectPage } from '../page.ts';
import type { Html } from '../views/html.ts';
import { phasesSeen, seesRestricted } from './access.ts';
import { beginningOf, endOf } from './days.ts';

const MONTH_MS = 30 * 86_400_000;

/** Work that was done, as the figures of the overview count it: how late at least, and in words. */
const DONE = {
  archive: { work: 'archive', words: 'archived' },
  'archive-promise': { work: 'archive', lateS: 0, words: 'archived later than promised' },
  'archive-late': { work: 'archive', lateS: LATE_S, words: 'archived more than an hour late' },
  review: { work: 'review', words: 'review opened' },
  'review-late': { work: 'review', lateS: LATE_S, words: 'review opened more than an hour late' },
  decision: { work: 'decision', words: 'review ended in silence' },
  'decision-late': {
    work: 'decision',
    lateS: LATE_S,
    words: 'review ended in silence, more than an hour late',
  },
  deletion: { work: 'deletion', words: 'deleted after a review' },
  'deletion-late': { work: 'deletion', lateS: LATE_S, words: 'deleted more than an hour after the decision' },
} as const satisfies Record<string, Omit<DoneWork, 'since'> & { words: string }>;
export type SessionFigure = keyof typeof DONE;

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
  stored: z.literal('yes'),
  untagged: z.literal('yes'),
  done: z.literal(Object.keys(DONE) as SessionFigure[]),
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
  const { from, to, held, restricted, late, stored, untagged, done, due, rule, tag, phase } = asked;
  const { timeZone } = page.project;
  const seen = phasesSeen(page);
  const phases = phase ? seen.filter((one) => one === phase) : seen.length === PHASES.length ? [] : seen;
  if (phase !== undefined && phases.length === 0) return null;
  return {
    ...{ projectId: page.project.id, phases, tag, now: page.now, seesRestricted: seesRestricted(page) },
    ...{ held: held === 'yes', restricted: restricted === 'yes', late: late === 'yes' },
    ...{ stored: stored === 'yes', untagged: untagged === 'yes' },
    done: done && { ...DONE[done], since: new Date(page.now.getTime() - MONTH_MS) },
    due: due === undefined ? undefined : { week: new Date(`${due}T00:00:00Z`), rule },
    from: from === undefined ? undefined : beginningOf(from, timeZone),
    before: to === undefined ? undefined : endOf(to, timeZone),
  };
}

/** What the list shows where a figure of the overview led to it. */
export function figureWords(page: ProjectPage, { done, stored, untagged, due, rule }: Narrowing): Html | '' {
  const words = [
    ...(done ? [`In the last 30 days: ${DONE[done].words}.`] : []),
    ...(stored ? ['Those of which the archive holds something.'] : []),
    ...(untagged ? ['Those without a tag.'] : []),
    ...(due ? [`Those whose time is over in the week of ${due}${rule ? `, by the rule ${rule}` : ''}.`] : []),
  ];
  if (words.length === 0) return '';
  return html`<p>${words.join(' ')} <a href="${page.at('/sessions')}">All of them</a></p>`;
}
