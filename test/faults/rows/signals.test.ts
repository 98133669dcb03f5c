import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type proto from '@temporalio/proto';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { putEvent } from '../../../src/db/outbox.ts';
import { sessionWorkflowId } from '../../../src/temporal/ids.ts';
import { createReconcileStage, type ReconcileStage } from '../../workflows/reconcile-stage.ts';
import { until } from '../until.ts';
import { assertInvariants } from '../invariants.ts';

type Event = proto.temporal.api.history.v1.IHistoryEvent;

const NEWS = 2000;
const SAID_AT_ONCE = 10_000;
/** A run makes room for the next one once its history has a thousand events, or a few more with those on their way. */
const LONGEST_RUN = 2000;
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
    await sayAtOnce(sessionId, SAID_AT_ONCE);
    await news(sessionId, NEWS);
    await tell(sessionId, 'closed');
    const runs = await runsSince(sessionId, first);
    assert.ok(runs.length > 2);
    const told = runs.reduce((sum, { signals }) => sum + signals, 0);
    assert.ok(told >= NEWS && told < NEWS + SAID_AT_ONCE / 100, `${told} signals`);
    for (const { events } of runs) assert.ok(events < LONGEST_RUN, `${events} events in one run`);
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

  /** So many events before the first of them is told: that one tells them all. */
  async function sayAtOnce(sessionId: string, events: number) {
    await sql`
      insert into outbox (session_id, event, event_id, payload, created_at, next_attempt_at)
      select ${sessionId}, 'redated', gen_random_uuid(), '{}', now(), now() from generate_series(1, ${events})`.execute(
      stage.db,
    );
    await stage.relay();
  }

  /** So many events by way of the outbox, each once the one before has arrived: else they would be told once. */
  async function news(sessionId: string, events: number) {
    for (let told = 0; told < events; told++) {
      await putEvent(stage.db, { sessionId, event: 'redated', now: new Date() });
      await stage.relay();
    }
  }

  /**
   * So many signals from elsewhere than the outbox, each as soon as the one before is told. Not thousands at once: with
   * a hundred more on their way the server ends each task of the workflow, and no run ends before the flood does.
   */
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
