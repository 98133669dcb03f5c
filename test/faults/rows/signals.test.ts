import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type proto from '@temporalio/proto';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { sessionWorkflowId } from '../../../src/temporal/ids.ts';
import { createReconcileStage, type ReconcileStage } from '../../workflows/reconcile-stage.ts';
import { until } from '../until.ts';
import { assertInvariants } from '../invariants.ts';

type Event = proto.temporal.api.history.v1.IHistoryEvent;

/** A run may be told no more often than this, says the server. */
const A_RUN_BEARS = 10_000;
const SIGNALS = 10_500;
const ROUNDS = 12;
/** Enough for a run to be long, so that the next one begins while the last event comes. */
const A_ROUND = 400;
const agent = { kind: 'staff', id: 'agent-1' } as const;

describe('faults 19 and 20: a flood of signals', () => {
  let stage: ReconcileStage;
  let directory: string;
  before(async () => {
    stage = await createReconcileStage();
    directory = await mkdtemp(join(tmpdir(), 'retention-signals-'));
  });
  after(async () => {
    await stage.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is worked off in runs that stay short', async () => {
    const sessionId = await stage.beginTold();
    const { runId: first } = await stage.handle(sessionId).describe();
    await flood(sessionId, SIGNALS);
    await tell(sessionId, 'closed');
    const runs = await runsSince(sessionId, first);
    assert.ok(runs.length > 1);
    assert.ok(runs.reduce((sum, { signals }) => sum + signals, 0) >= SIGNALS);
    for (const { events, signals } of runs)
      assert.ok(signals < A_RUN_BEARS, `${signals} signals, ${events} events in one run`);
  });

  it('hides no event that comes last, while a new run begins', async () => {
    const sessionId = await stage.beginTold();
    const { runId: first } = await stage.handle(sessionId).describe();
    for (let round = 0; round < ROUNDS; round++) {
      await flood(sessionId, A_ROUND);
      // No later signal makes up for it.
      await tell(sessionId, round % 2 === 0 ? 'closed' : 'open');
    }
    assert.ok((await runsSince(sessionId, first)).length > 3);
    const store = await openDirectoryStore(directory);
    await assertInvariants({
      ...{ db: stage.aside, vault: stage.vault },
      stores: { of: () => Promise.resolve(store), at: () => Promise.resolve(store) },
      phaseInWorkflow: async (id) => (await stage.next(id))?.phase,
    });
  });

  async function tell(sessionId: string, phase: 'closed' | 'open') {
    const act = { sessionId, actor: agent, now: new Date() };
    if (phase === 'closed') await stage.acts.closeSession({ ...act, reason: 'agent' });
    else await stage.acts.reopenSession(act);
    await until(`the workflow is ${phase}`, async () => {
      // A server that is busy has an event come again.
      await stage.relay();
      return (await stage.next(sessionId))?.phase === phase;
    });
  }

  /** So many signals, each as soon as the one before is told: so does the outbox, however many relays there are. */
  async function flood(sessionId: string, signals: number) {
    const workflow = stage.handle(sessionId);
    for (let sent = 0; sent < signals; sent++) await workflow.signal('nudge', { from: 'test' });
  }

  async function eventsOf(sessionId: string, runId: string): Promise<readonly Event[]> {
    const run = stage.client.workflow.getHandle(sessionWorkflowId(sessionId), runId);
    return (await run.fetchHistory()).events ?? [];
  }

  /** What each run since this one was told, and how long its history became. */
  async function runsSince(sessionId: string, first: string) {
    const runs: { events: number; signals: number }[] = [];
    for (let runId: string | undefined = first; runId;) {
      const all: readonly Event[] = await eventsOf(sessionId, runId);
      const signals = all.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
      runs.push({ events: all.length, signals });
      runId = all.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    }
    return runs;
  }
});
