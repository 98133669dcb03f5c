import {
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const patience = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

const rows = proxyLocalActivities<Activities>({ startToCloseTimeout: '20s', retry: patience });
const batches = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: patience,
  summary: 'Warn or erase up to 100 customers who have been silent for long',
});

/** Where a day's pruning stands; all that it carries from run to run. */
export interface PruningStart {
  /** Epoch milliseconds: the whole of a day's pruning is dated by its beginning. */
  readonly now: number;
  /** The projects that are left, the first of which is at work. */
  readonly projects: readonly string[];
  readonly after: string | null;
  readonly counts: { readonly warned: number; readonly erased: number };
}

const NOTHING = { warned: 0, erased: 0 };

/**
 * Warns and erases silent customers, once a day by a schedule. The rows say who was warned and who is being
 * erased, so a day that is run twice, or cut short, changes nothing but what is left to do.
 */
export async function inactivity(start?: PruningStart): Promise<{ done: true }> {
  let state = start ?? (await begin());
  for (let [projectId] = state.projects; projectId !== undefined; [projectId] = state.projects) {
    const moment = { projectId, now: state.now };
    const { warned, erased, next } = await batches.pruneSilentSubjects({ ...moment, after: state.after });
    const counts = { warned: state.counts.warned + warned, erased: state.counts.erased + erased };
    if (next === null) await rows.recordPruning({ ...moment, counts });
    state =
      next === null
        ? { ...state, projects: state.projects.slice(1), after: null, counts: NOTHING }
        : { ...state, after: next, counts };
    if (isLong()) await makeContinueAsNewFunc<typeof inactivity>()(state);
  }
  return { done: true };
}

async function begin(): Promise<PruningStart> {
  return { now: Date.now(), projects: await rows.listInactivityProjects(), after: null, counts: NOTHING };
}

function isLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength > 2000;
}
