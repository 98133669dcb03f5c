import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { ExportStep } from '../domain/exports.ts';
import { exportWorkflowId, LIFECYCLE_QUEUE } from './ids.ts';

const project = defineSearchAttributeKey('Project', 'KEYWORD');

/** An export as its workflow is told of it. */
export interface ToldExport {
  readonly exportId: string;
  readonly projectId: string;
  readonly next: ExportStep;
}

/** Starts the workflow of an export, or has the one that runs look at its rows. Telling twice does no harm. */
export async function tellExport(client: Client, told: ToldExport): Promise<void> {
  await client.workflow.signalWithStart('exportRun', {
    workflowId: exportWorkflowId(told.exportId),
    taskQueue: LIFECYCLE_QUEUE,
    args: [told],
    typedSearchAttributes: [{ key: project, value: told.projectId }],
    staticSummary: `Export ${told.exportId.slice(0, 8)} of ${told.projectId}`,
    staticDetails: `All that is known of it: \`retention export show ${told.exportId}\``,
    signal: 'export-changed',
    signalArgs: [],
  });
}

/** A schedule as its row has it. */
export interface ToldSchedule {
  readonly id: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly removed: boolean;
}

/** Brings Temporal's schedule to what the row says: made, changed, or gone. */
export async function tellExportSchedule(client: Client, told: ToldSchedule): Promise<void> {
  const scheduleId = `export-schedule:${told.id}`;
  if (told.removed) {
    await client.schedule
      .getHandle(scheduleId)
      .delete()
      .catch((error: unknown) => {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
    return;
  }
  const spec = { cronExpressions: [told.cron], timezone: told.timeZone };
  const action = {
    type: 'startWorkflow',
    workflowType: 'scheduledExport',
    workflowId: scheduleId,
    taskQueue: LIFECYCLE_QUEUE,
    args: [{ scheduleId: told.id }],
    staticSummary: 'Ask for the next export of a schedule',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' } as const;
  try {
    await client.schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((before) => ({ ...before, spec, action, policies }));
  }
}
