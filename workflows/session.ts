import {
  CancellationScope,
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { NextStep } from '../src/domain/next-step.ts';
import type { Activities } from '../activities/index.ts';
import { describe } from '../src/domain/next-step-words.ts';
import { attributesOf, show } from './show.ts';
import { listenForNews } from './news.ts';
import { whatNext } from './messages.ts';
import { inAnHour, troubleOf } from './trouble.ts';

/** What a session's workflow starts with, and all that it carries from run to run. */
export interface SessionStart {
  readonly sessionId: string;
  readonly projectId: string;
  readonly next: NextStep;
}

/** How a session's life ended: by its policy, or erased because its customer asked. */
export interface SessionEnd {
  readonly phase: 'deleted';
  readonly erased?: true;
}

const patience = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

// One PostgreSQL transaction each: as local activities they cost 2.3 ms instead of 16.
const rows = proxyLocalActivities<Activities>({ startToCloseTimeout: '20s', retry: patience });

const stores = (summary: string) =>
  proxyActivities<Activities>({
    taskQueue: 'archive-io',
    startToCloseTimeout: '6 hours',
    heartbeatTimeout: '30 seconds',
    retry: patience,
    summary,
  });
const { archiveSession } = stores(
  'Archive: read, compress, seal, write, read back, then remove the live rows',
);
const { deleteSession } = stores('Delete: objects, keys and rows, each read back as gone');

const YEAR_MS = 365 * 86_400_000;

/**
 * The life of one session. Its rows in PostgreSQL say what comes next; this workflow sleeps until then
 * and has it done. Each step asks the rows again and answers with the one that follows, so a workflow
 * that was lost, reset or restored can neither delete twice nor forget.
 */
export function session(start: SessionStart): Promise<SessionEnd> {
  // A stray click on "Request Cancellation" must not end what the law asks for.
  return CancellationScope.nonCancellable(() => live(start));
}

async function live(start: SessionStart): Promise<SessionEnd> {
  const { sessionId } = start;
  let next = start.next;
  const news = listenForNews(sessionId, rows);
  setHandler(whatNext, () => next, { description: 'Where the session stands, what happens next and when.' });

  let trouble: string | undefined;
  while (next.step !== 'end') {
    show(next, trouble);
    const woken = await sleepUntil(trouble ? inAnHour(next) : next, news.arrived);
    // In a flood there is always news. What only says "look at your rows" the next run does first: a step here would
    // give more of it the time to come, and the server begins no new run while something has just come.
    if (woken && isLong() && news.saysOnlyLook() && patched('renew-amid-news'))
      await renew({ ...start, next: { ...next, step: 'wait', at: Date.now() } });
    const before = next;
    try {
      next = await (woken ? news.take() : perform(sessionId, before));
      trouble = undefined;
    } catch (error) {
      trouble = troubleOf(error);
    }
    if (!news.arrived() && (parks(before, next) || isLong())) await renew({ ...start, next });
  }
  show(next);
  await condition(allHandlersFinished);
  return { phase: 'deleted', ...(next.erased && { erased: true }) };
}

function perform(sessionId: string, next: NextStep): Promise<NextStep> {
  const act = { sessionId, now: Date.now() };
  switch (next.step) {
    case 'close-if-idle':
      return rows.closeIfIdle(act);
    case 'archive':
      return archiveSession(act);
    case 'open-review':
      return rows.openReview(act);
    case 'end-review':
      return rows.endReview(act);
    case 'delete':
      return deleteSession(act);
    case 'wait':
    case 'end':
      return rows.readNextStep(act);
  }
}

/** Sleeps until the next step is due; `true` when news came first. No sleep is longer than a year. */
async function sleepUntil(next: NextStep, woken: () => boolean): Promise<boolean> {
  if (woken()) return true;
  const ms = Math.min(next.at === null ? YEAR_MS : next.at - Date.now(), YEAR_MS);
  if (ms <= 0) return false;
  return condition(woken, ms, { summary: describe(next) });
}

/** Entering the long sleep of the archive begins a new run, so a parked session holds few events. */
function parks(before: NextStep, next: NextStep): boolean {
  return next.phase === 'archived' && before.phase !== 'archived';
}

/** A run of a year, or of a thousand events, makes room for one on today's code. */
function isLong(): boolean {
  const { historyLength, continueAsNewSuggested, runStartTime } = workflowInfo();
  return continueAsNewSuggested || historyLength > 1000 || Date.now() - runStartTime.getTime() >= YEAR_MS;
}

async function renew(start: SessionStart): Promise<never> {
  const again = makeContinueAsNewFunc<typeof session>({ typedSearchAttributes: attributesOf(start.next) });
  return again(start);
}
