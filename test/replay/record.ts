import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { putEvent } from '../../src/db/outbox.ts';
import { createLifeStage, type LifeStage } from '../support/life.ts';
import { archivedSession, ask, erase, reaches } from '../workflows/erasure-stage.ts';
import { askForExport, exportBecomes, operator, tell } from '../workflows/export-stage.ts';
import { inReview, released } from '../workflows/session-stage.ts';
import { erasureWorkflowId, exportWorkflowId, LIFECYCLE_QUEUE } from '../../src/temporal/ids.ts';

// Records the replay corpus: one history for each way through a session's life, named by what it shows.
// Run by hand when a new phase or path is added; what is there already is never recorded again, since
// running workflows carry it:  npm test -- test/replay/record.ts
const DIRECTORY = join(import.meta.dirname, 'histories');
const agent = { kind: 'staff', id: 'agent-1' } as const;
const supervisor = { kind: 'staff', id: 'supervisor-1' } as const;

async function save(name: string, handle: Pick<WorkflowHandle, 'fetchHistory'>) {
  const history = historyToJSON(await handle.fetchHistory());
  await writeFile(join(DIRECTORY, `${name}.json`), history, { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
}

async function closed(stage: LifeStage, user: number) {
  const sessionId = await stage.begin('recorded', user);
  await stage.acts.closeSession({ sessionId, reason: 'agent', actor: agent, now: await stage.now() });
  await stage.relay();
  return sessionId;
}

async function archived(stage: LifeStage, user: number) {
  const sessionId = await closed(stage, user);
  const { firstExecutionRunId } = await describeOf(stage, sessionId);
  await stage.pass('13 hours');
  await stage.stands(sessionId, 'archived');
  return { sessionId, firstRun: firstExecutionRunId };
}

async function describeOf(stage: LifeStage, sessionId: string) {
  const { runId } = await stage.handle(sessionId).describe();
  return { firstExecutionRunId: runId };
}

test('record the corpus', async () => {
  const stage = await createLifeStage();
  const handle = (id: string) => stage.handle(id);
  try {
    const open = await stage.begin('open', 1);
    await save('open', handle(open));

    const reopened = await closed(stage, 2);
    await save('closed', handle(reopened));
    await stage.begin('again', 2);
    await save('reopened', handle(reopened));

    const { sessionId, firstRun } = await archived(stage, 3);
    await save('open-closed-archived', stage.env.client.workflow.getHandle(`session:${sessionId}`, firstRun));
    await save('parked', handle(sessionId));
    await stage.pass('732 days');
    await stage.stands(sessionId, 'review');
    await save('review', handle(sessionId));
    await stage.acts.placeHold({ sessionId, reason: 'claim', actor: supervisor, now: await stage.now() });
    await stage.relay();
    await stage.pass('1 day');
    await save('held-in-review', handle(sessionId));
    await released(stage, sessionId);
    await stage.pass('1 hour');
    await stage.acts.decideReview({
      sessionId,
      decision: 'approve',
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.stands(sessionId, 'deleted');
    await handle(sessionId).result();
    await save('approved-deleted', handle(sessionId));

    const silent = (await archived(stage, 4)).sessionId;
    await stage.pass('740 days');
    await stage.stands(silent, 'deleted');
    await handle(silent).result();
    await save('silence-deleted', handle(silent));

    const spam = await stage.begin('spam', 5);
    await stage.acts.changeTag({
      sessionId: spam,
      tag: 'spam',
      change: 'add',
      actor: agent,
      now: await stage.now(),
    });
    await stage.relay();
    await stage.pass('8 days');
    await stage.stands(spam, 'deleted');
    await handle(spam).result();
    await save('spam-deleted', handle(spam));

    const signalled = (await archived(stage, 6)).sessionId;
    await handle(signalled).signal('decideReview', { nonsense: true });
    await handle(signalled).signal('unknown-signal', {});
    await stage.pass('732 days');
    await stage.stands(signalled, 'review');
    await handle(signalled).signal('decideReview', { decision: 'approve', by: 'operator' });
    await stage.stands(signalled, 'deleted');
    await handle(signalled).result();
    await save('decided-by-signal', handle(signalled));
  } finally {
    await stage.stop();
  }
});

test('record what policies and erasures lead to', async () => {
  const stage = await createLifeStage();
  const erasureHandle = (id: string) => stage.env.client.workflow.getHandle(erasureWorkflowId(id));
  try {
    const redated = await archivedSession(stage, 11);
    await putEvent(stage.db, { sessionId: redated, event: 'redated', now: await stage.now() });
    await stage.relay();
    await stage.pass('1 hour');
    await save('redated', stage.handle(redated));

    const paused = await inReview(stage, 12);
    await stage.db
      .updateTable('project')
      .set({ deletions_paused_at: await stage.now() })
      .execute();
    const approve = { sessionId: paused, decision: 'approve', actor: supervisor } as const;
    await stage.acts.decideReview({ ...approve, now: await stage.now() });
    await stage.relay();
    await stage.pass('1 hour');
    await save('paused-by-the-breaker', stage.handle(paused));
    await stage.db.updateTable('project').set({ deletions_paused_at: null }).execute();

    await stage.begin('not confirmed', 13);
    const { erasureId: waiting } = await ask(stage, 13);
    await save('erasure-waiting', erasureHandle(waiting));
    await stage.pass('8 days');
    await reaches(stage, waiting, ({ state }) => state === 'expired');
    await erasureHandle(waiting).result();
    await save('erasure-expired', erasureHandle(waiting));

    const live = await stage.begin('erased while open', 14);
    const archived = await archivedSession(stage, 15);
    const whole = await erase(stage, 14);
    await reaches(stage, whole.erasureId, ({ state }) => state === 'done');
    await erasureHandle(whole.erasureId).result();
    await save('erasure-done', erasureHandle(whole.erasureId));
    await save('erasure-batch', stage.env.client.workflow.getHandle(`erasure-batch:${whole.erasureId}:0`));
    await stage.handle(live).result();
    await save('open-erased', stage.handle(live));

    const end = new Date((await stage.now()).getTime() + 3 * 86_400_000);
    await stage.acts.placeHold({
      sessionId: archived,
      reason: 'claim',
      endsAt: end,
      actor: supervisor,
      now: await stage.now(),
    });
    await stage.relay();
    const held = await erase(stage, 15);
    await reaches(stage, held.erasureId, ({ state }) => state === 'restricted');
    await save('erasure-restricted', erasureHandle(held.erasureId));
    await stage.pass('4 days');
    await reaches(stage, held.erasureId, ({ state }) => state === 'done');
    await erasureHandle(held.erasureId).result();
    await save('erasure-resumed', erasureHandle(held.erasureId));
    await stage.handle(archived).result();
    await save('archived-erased', stage.handle(archived));
  } finally {
    await stage.stop();
  }
});

test('record what exports lead to', async () => {
  const stage = await createLifeStage();
  const handle = (id: string) => stage.env.client.workflow.getHandle(exportWorkflowId(id));
  try {
    await archivedSession(stage, 21);
    const expired = await askForExport(stage, 'project:shop');
    await exportBecomes(stage, expired, 'done');
    await save('export-waiting', handle(expired));
    await stage.pass('8 days');
    await exportBecomes(stage, expired, 'removed');
    await handle(expired).result();
    await save('export-expired', handle(expired));

    const exportId = await askForExport(stage, 'project:shop');
    await exportBecomes(stage, exportId, 'done');
    await stage.acts.removeExport({ exportId, reader: operator, now: await stage.now() });
    await tell(stage);
    await exportBecomes(stage, exportId, 'removed');
    await handle(exportId).result();
    await save('export-removed', handle(exportId));

    const order = { projectId: 'shop', query: 'project:shop', format: 'jsonl', reason: 'recorded' } as const;
    const now = await stage.now();
    const scheduleId = await stage.acts.addExportSchedule({ ...order, cron: 'daily', reader: operator, now });
    await stage.pass('1 hour');
    const scheduled = await stage.env.client.workflow.start('scheduledExport', {
      workflowId: 'scheduled',
      taskQueue: LIFECYCLE_QUEUE,
      args: [{ scheduleId }],
    });
    await scheduled.result();
    await save('export-scheduled', scheduled);
  } finally {
    await stage.stop();
  }
});
