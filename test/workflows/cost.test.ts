import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import proto from '@temporalio/proto';
import { testProject } from '../support/database.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';

const { EventType } = proto.temporal.api.enums.v1;
const { History } = proto.temporal.api.history.v1;

// The price of one life, as counts that do not depend on the machine: an activity costs 16 ms of CPU, a
// local activity 2.3, a timer 21, and a parked session's bytes are paid for years.
let statements = 0;
let stage: LifeStage;
before(async () => {
  const project = testProject();
  const policy = { ...project.policy, keep: 'P180D' };
  stage = await createLifeStage({ project: { ...project, policy }, onStatement: () => (statements += 1) });
});
after(() => stage.stop());

interface Cost {
  readonly events: number;
  readonly workflowTasks: number;
  readonly activities: number;
  readonly localActivities: number;
  readonly timers: number;
  readonly bytes: number;
}

async function costOf(sessionId: string, runId: string): Promise<Cost> {
  const history = await stage.env.client.workflow.getHandle(`session:${sessionId}`, runId).fetchHistory();
  const events = history.events ?? [];
  const count = (type: proto.temporal.api.enums.v1.EventType) =>
    events.filter((event) => event.eventType === type).length;
  return {
    events: events.length,
    workflowTasks: count(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
    activities: count(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED),
    localActivities: count(EventType.EVENT_TYPE_MARKER_RECORDED),
    timers: count(EventType.EVENT_TYPE_TIMER_STARTED),
    bytes: History.encode(history).finish().length,
  };
}

it('a life costs what it is known to cost', async () => {
  statements = 0;
  const sessionId = await stage.begin('how much', 1);
  const first = (await stage.handle(sessionId).describe()).runId;
  const actor = { kind: 'staff', id: 'agent-1' } as const;
  await stage.acts.closeSession({ sessionId, reason: 'agent', actor, now: await stage.now() });
  await stage.relay();
  await stage.pass('13 hours');
  await stage.stands(sessionId, 'archived');
  const second = (await stage.handle(sessionId).describe()).runId;
  const parked = await costOf(sessionId, second);
  await stage.pass('182 days');
  await stage.stands(sessionId, 'review');
  await stage.acts.decideReview({ sessionId, decision: 'approve', actor, now: await stage.now() });
  await stage.relay();
  await stage.stands(sessionId, 'deleted');
  await stage.handle(sessionId).result();

  const { bytes: firstBytes, ...untilArchived } = await costOf(sessionId, first);
  const { bytes: secondBytes, ...afterwards } = await costOf(sessionId, second);
  assert.deepEqual(untilArchived, {
    events: 24,
    workflowTasks: 4,
    activities: 1,
    localActivities: 1,
    timers: 2,
  });
  assert.deepEqual(afterwards, {
    events: 26,
    workflowTasks: 4,
    activities: 1,
    localActivities: 2,
    timers: 2,
  });
  assert.equal(parked.events, 5);
  // What a session costs Temporal for years: its parked history, before the server's own overhead.
  assert.ok(parked.bytes <= 1100, `${parked.bytes} bytes are parked`);
  assert.ok(firstBytes <= 4200 && secondBytes <= 4200, `${firstBytes} and ${secondBytes} bytes of history`);
  assert.equal(statements, 86);
});
