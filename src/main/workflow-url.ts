import type { Config } from '../config.ts';
import { erasureWorkflowId, sessionWorkflowId } from '../temporal/ids.ts';

/** Where the Temporal UI shows a session's workflow; `null` where the environment names no UI. */
export function workflowUrl(temporal: Config['temporal'], sessionId: string): string | null {
  return urlOf(temporal, sessionWorkflowId(sessionId));
}

/** The same for the workflow of an erasure. */
export function erasureWorkflowUrl(temporal: Config['temporal'], erasureId: string): string | null {
  return urlOf(temporal, erasureWorkflowId(erasureId));
}

function urlOf({ ui, namespace }: Config['temporal'], workflowId: string): string | null {
  return ui ? new URL(`/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`, ui).href : null;
}
