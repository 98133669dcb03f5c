import { pruneSilent, recordPruning, type PruneOutcome } from '../src/acts/inactivity.ts';
import { inactivityProjects } from '../src/db/inactivity.ts';
import type { ActivityDeps } from './deps.ts';
import { whileBeating } from './heartbeat.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/** A day's pruning of one project, at the workflow's own time. */
export interface PruneMoment {
  readonly projectId: string;
  /** Epoch milliseconds by the workflow's clock. */
  readonly now: number;
}

export interface InactivityActivities {
  listInactivityProjects(): Promise<string[]>;
  pruneSilentSubjects(moment: PruneMoment & { after: string | null }): Promise<PruneOutcome>;
  recordPruning(moment: PruneMoment & { counts: { warned: number; erased: number } }): Promise<void>;
}

export function createInactivityActivities(deps: ActivityDeps): InactivityActivities {
  const act = ({ projectId, now }: PruneMoment) => ({
    projectId,
    now: new Date(now),
    actor: workflowActor(),
    source: sourceOfActivity(),
  });
  return {
    listInactivityProjects: async () => (await inactivityProjects(deps.db)).map(({ id }) => id),
    pruneSilentSubjects: (moment) =>
      whileBeating(() => pruneSilent(deps, { ...act(moment), after: moment.after })),
    recordPruning: (moment) =>
      recordPruning(deps, {
        ...act(moment),
        day: new Date(moment.now).toISOString().slice(0, 10),
        counts: moment.counts,
      }),
  };
}
