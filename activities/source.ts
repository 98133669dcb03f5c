import { Context } from '@temporalio/activity';
import type { Actor } from '../src/domain/events.ts';

/** Names workflow, run and activity, so that an audit entry leads to its event in the Temporal UI. */
export function sourceOfActivity(): { workflowId: string; runId: string; activity: string } {
  const { workflowExecution, activityType } = Context.current().info;
  return {
    workflowId: workflowExecution?.workflowId ?? '',
    runId: workflowExecution?.runId ?? '',
    activity: activityType,
  };
}

/** The workflow itself, acting because a date came. */
export function workflowActor(): Actor {
  return { kind: 'workflow', id: Context.current().info.workflowExecution?.workflowId ?? '' };
}
