import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { LifeEvent } from '../domain/events.ts';
import type { NextStep } from '../domain/next-step.ts';
import { LIFECYCLE_QUEUE, sessionWorkflowId } from './ids.ts';

/** An event on its way, with where its session stands now. */
export interface RelayedEvent {
  readonly sessionId: string;
  readonly projectId: string;
  readonly event: LifeEvent;
  readonly eventId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly next: NextStep;
}

const project = defineSearchAttributeKey('Project', 'KEYWORD');
const phase = defineSearchAttributeKey('Phase', 'KEYWORD');
const dueAt = defineSearchAttributeKey('DueAt', 'DATETIME');
const held = defineSearchAttributeKey('Held', 'BOOL');

/**
 * Delivers an event to its session's workflow, which is started where it does not run: a lost workflow
 * comes back at the phase its rows say. Delivering twice does no harm.
 */
export async function deliverEvent(client: Client, event: RelayedEvent): Promise<void> {
  if (event.next.step === 'end') return;
  const start = startOptions(event);
  if (event.event === 'opened' || event.event === 'imported') {
    await client.workflow.start('session', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return;
  }
  await client.workflow.signalWithStart('session', {
    ...start,
    signal: event.event === 'decided' ? 'decideReview' : event.event,
    signalArgs: [{ ...event.payload, eventId: event.eventId }],
  });
}

function startOptions(event: RelayedEvent) {
  const { sessionId, projectId, next } = event;
  return {
    workflowId: sessionWorkflowId(sessionId),
    taskQueue: LIFECYCLE_QUEUE,
    args: [{ sessionId, projectId, next }],
    typedSearchAttributes: attributesOf(event),
    staticSummary: `Session ${sessionId.slice(0, 8)} of ${projectId}`,
    staticDetails: `All that is known of it: \`retention session show ${sessionId}\``,
  };
}

function attributesOf({ projectId, next }: RelayedEvent): SearchAttributePair[] {
  return [
    { key: project, value: projectId },
    { key: phase, value: next.phase },
    ...(next.at === null ? [] : [{ key: dueAt, value: new Date(next.at) }]),
    { key: held, value: next.held },
  ];
}
