import type { Phase } from '../../src/domain/phases.ts';
import type { NextStep } from '../../src/domain/next-step.ts';
import { sessionWorkflowId } from '../../src/temporal/ids.ts';
import type { Installation } from './installation.ts';
import { until } from './until.ts';

/** What the workflow of a session says of it; `undefined` while none answers. */
export async function whatNext({ temporal }: Installation, sessionId: string): Promise<NextStep | undefined> {
  const workflow = temporal.workflow.getHandle(sessionWorkflowId(sessionId));
  return workflow.query<NextStep>('whatNext').catch(() => undefined);
}

/** Waits until the workflow of a session knows of this phase: then the step that led there is over. */
export async function workflowReaches(
  installation: Installation,
  sessionId: string,
  phase: Phase,
): Promise<NextStep> {
  return until(`the workflow of session ${sessionId} is ${phase}`, async () => {
    const next = await whatNext(installation, sessionId);
    return next?.phase === phase && next;
  });
}

/** Waits until the workflow of a session has come to its end. */
export async function workflowEnds({ temporal }: Installation, sessionId: string): Promise<void> {
  const workflow = temporal.workflow.getHandle(sessionWorkflowId(sessionId));
  await until(`the workflow of session ${sessionId} has ended`, async () => {
    const { status } = await workflow.describe();
    return status.name === 'COMPLETED';
  });
}

/** A supervisor approves the deletion of a session in review. */
export async function approve({ services }: Installation, sessionId: string): Promise<void> {
  await services.acts.decideReview({
    sessionId,
    decision: 'approve',
    actor: { kind: 'staff', id: 'supervisor' },
    now: new Date(),
  });
}
