import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleSpec,
} from '@temporalio/client';
import { LIFECYCLE_QUEUE } from './ids.ts';

/** One for the whole installation, whatever the number of its projects and workers. */
export const INACTIVITY_SCHEDULE = 'inactivity';

/** At night in most of the world's offices; a warning reaches nobody in the middle of a conversation. */
const SPEC: ScheduleSpec = { calendars: [{ hour: 3, minute: 17 }], jitter: '10 minutes' };

/**
 * Has silent customers looked at once a day: creates the schedule, or brings the one there is up to date.
 * Every worker does so at its start, and any number may at once. Whether it is paused is left as it is.
 */
export async function ensureInactivitySchedule(client: Client): Promise<void> {
  const action = {
    type: 'startWorkflow',
    workflowType: 'inactivity',
    workflowId: 'inactivity',
    taskQueue: LIFECYCLE_QUEUE,
    args: [],
    staticSummary: 'Warn and erase customers who have been silent for long',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' } as const;
  try {
    await client.schedule.create({ scheduleId: INACTIVITY_SCHEDULE, spec: SPEC, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(INACTIVITY_SCHEDULE);
    await handle.update((before) => ({ ...before, spec: SPEC, action, policies }));
  }
}
