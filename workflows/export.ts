import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { describeExport, type ExportStep } from '../src/domain/exports.ts';
import { exportNews } from './messages.ts';
import { inAnHour, troubleOf } from './trouble.ts';

/** What an export's workflow starts with, and all that it carries from run to run. */
export interface ExportStart {
  readonly exportId: string;
  readonly projectId: string;
  readonly next: ExportStep;
}

const patience = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

const rows = proxyLocalActivities<Activities>({ startToCloseTimeout: '20s', retry: patience });
const stores = (summary: string) =>
  proxyActivities<Activities>({
    taskQueue: 'archive-io',
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '30 seconds',
    retry: patience,
    summary,
  });
const { planExport } = stores('Find the sessions');
const { writeExport } = stores('Write them, part by part');
const { deliverExport } = stores('Deliver the files');
const { removeExport } = stores('Remove the files, and read back that they are gone');

const YEAR_MS = 365 * 86_400_000;

/**
 * One export: finds its sessions, writes and delivers them, and removes the files when their time is over. Its
 * rows say what comes next; who asked, for whom and for what is never here.
 */
export function exportRun(start: ExportStart): Promise<{ done: true }> {
  // What was handed out has to be removed, whoever clicks on "Request Cancellation".
  return CancellationScope.nonCancellable(() => carryThrough(start));
}

async function carryThrough(start: ExportStart): Promise<{ done: true }> {
  let next = start.next;
  let changed = false;
  setHandler(exportNews, () => void (changed = true));
  let trouble: string | undefined;
  while (next.step !== 'end') {
    setCurrentDetails(trouble ? `${describeExport(next)}\n\n**Stuck:** ${trouble}` : describeExport(next));
    const due = trouble ? inAnHour(next) : next;
    const ms = due.at - Date.now();
    if (ms > 0) await condition(() => changed, Math.min(ms, YEAR_MS));
    const woken = changed;
    changed = false;
    try {
      next = await (woken ? rows.readExportStep(moment(start)) : perform(start, next));
      trouble = undefined;
    } catch (error) {
      trouble = troubleOf(error);
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (!changed && (continueAsNewSuggested || historyLength > 1000))
      await makeContinueAsNewFunc<typeof exportRun>()({ ...start, next });
  }
  await condition(allHandlersFinished);
  return { done: true };
}

function perform(start: ExportStart, next: ExportStep): Promise<ExportStep> {
  const act = moment(start);
  switch (next.step) {
    case 'plan':
      return planExport(act);
    case 'write':
      return writeExport(act);
    case 'deliver':
      return deliverExport(act);
    case 'remove':
      // A year at most is slept at once.
      return next.at > Date.now() ? rows.readExportStep(act) : removeExport(act);
    case 'end':
      return Promise.resolve(next);
  }
}

function moment({ exportId }: ExportStart) {
  return { exportId, now: Date.now() };
}

/** Asks for the next export of a schedule, as Temporal's schedule starts it. */
export async function scheduledExport({ scheduleId }: { scheduleId: string }): Promise<{ done: true }> {
  await rows.requestScheduledExport({ scheduleId, now: Date.now() });
  return { done: true };
}
