import {
  CancellationScope,
  allHandlersFinished,
  condition,
  executeChild,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.ts';
import { describeErasure, ERASURE_ALARM_HOURS, type ErasureStep } from '../src/domain/erasure-steps.ts';
import { erasureNews, whatNextOfErasure } from './messages.ts';
import type { erasureBatch } from './erasure-batch.ts';
import { inAnHour, troubleOf } from './trouble.ts';

/** What an erasure's workflow starts with, and all that it carries from run to run. */
export interface ErasureStart {
  readonly erasureId: string;
  readonly projectId: string;
  readonly next: ErasureStep;
}

const patience = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

const rows = proxyLocalActivities<Activities>({ startToCloseTimeout: '20s', retry: patience });
const keys = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: patience,
  summary: 'Destroy every key: from then on nothing can be read',
});
const stores = proxyActivities<Activities>({
  taskQueue: 'archive-io',
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: patience,
  summary: 'Read back every store, table and key',
});

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** Children at work at once: their batches share one archive store. */
const CHILDREN = 4;

/**
 * One subject's erasure: waits for its confirmation, destroys the keys, has child workflows remove what
 * there is, reads everything back, tells the customer. Its rows say what comes next, so that it can be
 * lost, reset or started twice and nothing is forgotten or done again.
 */
export function erasure(start: ErasureStart): Promise<{ done: true }> {
  return CancellationScope.nonCancellable(() => carryThrough(start));
}

async function carryThrough(start: ErasureStart): Promise<{ done: true }> {
  let next = start.next;
  let changed = false;
  setHandler(erasureNews, () => void (changed = true));
  setHandler(whatNextOfErasure, () => next, { description: 'What this erasure does next, and when.' });
  const alarm = watchTheClock(start.erasureId);

  let trouble: string | undefined;
  while (next.step !== 'end') {
    alarm.follow(next);
    setCurrentDetails(trouble ? `${describeErasure(next)}\n\n**Stuck:** ${trouble}` : describeErasure(next));
    const due = trouble ? inAnHour(next) : next;
    const ms = due.at - Date.now();
    if (ms > 0) await condition(() => changed, Math.min(ms, YEAR_MS));
    const woken = changed;
    changed = false;
    try {
      next = await (woken ? rows.readErasureStep(moment(start)) : perform(start, next));
      trouble = undefined;
    } catch (error) {
      trouble = troubleOf(error);
    }
    if (!changed && isLong()) await makeContinueAsNewFunc<typeof erasure>()({ ...start, next });
  }
  alarm.stop();
  await condition(allHandlersFinished);
  return { done: true };
}

async function perform(start: ErasureStart, next: ErasureStep): Promise<ErasureStep> {
  const act = moment(start);
  switch (next.step) {
    case 'await-confirmation':
    case 'expire':
      return rows.expireErasureRequest(act);
    case 'destroy-keys': {
      const destroyed = await keys.destroyErasureKeys(act);
      return rows.markErasureKeysDestroyed({ ...moment(start), keys: destroyed });
    }
    case 'remove':
      return removeAll(start, next);
    case 'verify': {
      const counts = await stores.verifyErasure(act);
      return rows.markErasureVerified({ ...moment(start), counts });
    }
    case 'conclude':
      return rows.concludeErasure(act);
    case 'review-grounds':
      return rows.reviewErasureGrounds(act);
    case 'end':
      return next;
  }
}

/** One round; between two of them a run that has become long makes way, however long the children need. */
async function removeAll(start: ErasureStart, next: ErasureStep): Promise<ErasureStep> {
  const waiting = await rows.listErasureBatches(moment(start));
  if (waiting.length === 0) return rows.markErasureRemoved(moment(start));
  const work = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift())
      await removeBatch(start, batch);
  };
  await Promise.all(Array.from({ length: CHILDREN }, work));
  return next;
}

async function removeBatch({ erasureId, projectId }: ErasureStart, batch: number): Promise<void> {
  try {
    await executeChild<typeof erasureBatch>('erasureBatch', {
      workflowId: `erasure-batch:${erasureId}:${batch}`,
      args: [{ erasureId, projectId, batch }],
      // What removes goes on, even if somebody terminates what coordinates it.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Batch ${batch} of an erasure of ${projectId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // The child of a coordinator that was lost is still at work: look again what is left.
    await sleep('1 minute');
  }
}

/** Raises the alarms while the erasure runs, whatever its own steps wait for. */
function watchTheClock(erasureId: string) {
  let confirmedAt: number | null = null;
  let alarmed = 0;
  let stopped = false;

  async function watch() {
    await condition(() => confirmedAt !== null || stopped);
    for (const hours of ERASURE_ALARM_HOURS) {
      if (hours <= alarmed) continue;
      const ms = (confirmedAt ?? 0) + hours * HOUR_MS - Date.now();
      if (ms > 0) await condition(() => stopped, ms);
      if (stopped) return;
      await rows.raiseErasureAlarm({ erasureId, hours, now: Date.now() });
    }
  }

  let watching: Promise<void> | undefined;
  return {
    follow(next: ErasureStep) {
      const running = ['destroy-keys', 'remove', 'verify'].includes(next.step);
      if (running && !watching) {
        stopped = false;
        ({ confirmedAt, alarmed } = next);
        // An alarm that is refused for good must not end what it watches.
        watching = watch().catch(() => undefined);
      } else if (!running && watching) {
        stopped = true;
        watching = undefined;
      }
    },
    stop() {
      stopped = true;
    },
  };
}

function moment({ erasureId }: ErasureStart) {
  return { erasureId, now: Date.now() };
}

function isLong(): boolean {
  const { historyLength, continueAsNewSuggested, runStartTime } = workflowInfo();
  return continueAsNewSuggested || historyLength > 2000 || Date.now() - runStartTime.getTime() >= YEAR_MS;
}
