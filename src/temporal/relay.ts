import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { ErasureStep } from '../domain/erasure-steps.ts';
import type { ErasureEvent, LifeEvent } from '../domain/events.ts';
import type { NextStep } from '../domain/next-step.ts';
import { erasureWorkflowId, LIFECYCLE_QUEUE, sessionWorkflowId } from './ids.ts';

/** An event on its way, with where its session stands now. */
export interface RelayedEvent {
  readonly sessionId: string;
  readonly projectId: string;
  readonly event: LifeEvent;
  readonly eventId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly next: NextStep;
}

/** An event of an erasure on its way, with what comes next of it. */
export interface RelayedErasure {
  readonly erasureId: string;
  readonly projectId: string;
  readonly number: string;
  readonly event: ErasureEvent;
  readonly eventId: string;
  readonly next: ErasureStep;
  readonly deadlineAt: Date | null;
}

export type Relayed = RelayedEvent | RelayedErasure;

const project = defineSearchAttributeKey('Project', 'KEYWORD');
const phase = defineSearchAttributeKey('Phase', 'KEYWORD');
const dueAt = defineSearchAttributeKey('DueAt', 'DATETIME');
const held = defineSearchAttributeKey('Held', 'BOOL');
const erasureDeadline = defineSearchAttributeKey('ErasureDeadline', 'DATETIME');

/**
 * Delivers an event to the workflow of its session or erasure, which is started where it does not run: a lost workflow
 * comes back at the phase its rows say. Delivering twice does no harm.
 */
export async function deliverEvent(client: Client, event: Relayed): Promise<void> {
  await ('number' in event ? deliverErasureEvent(client, event) : deliverSessionEvent(client, event));
}

async function deliverSessionEvent(client: Client, event: RelayedEvent): Promise<void> {
  if (event.next.step === 'end') {
    if (event.event === 'erased') await tellOfErasure(client, event);
    return;
  }
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

/** What is erased is over: its workflow is told if it still sleeps, and never started again. */
async function tellOfErasure(client: Client, { sessionId, eventId }: RelayedEvent) {
  try {
    await client.workflow.getHandle(sessionWorkflowId(sessionId)).signal('erased', { eventId });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function deliverErasureEvent(client: Client, event: RelayedErasure): Promise<void> {
  if (event.next.step === 'end' && event.event !== 'changed') return;
  const { erasureId, projectId, number, next } = event;
  await client.workflow.signalWithStart('erasure', {
    workflowId: erasureWorkflowId(erasureId),
    taskQueue: LIFECYCLE_QUEUE,
    args: [{ erasureId, projectId, next }],
    typedSearchAttributes: [
      { key: project, value: projectId },
      ...(event.deadlineAt ? [{ key: erasureDeadline, value: event.deadlineAt }] : []),
    ],
    staticSummary: `Erasure ${number} of ${projectId}`,
    staticDetails: `All that is known of it: \`retention erasure show ${number}\``,
    signal: 'changed',
    signalArgs: [{ event: event.event, eventId: event.eventId }],
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
