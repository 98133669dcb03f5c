import {
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import type { BareActivities } from './bare-worker.ts';
import { IDLE_MS, REOPEN_MS, REVIEW_MS } from './pace.ts';

/** Where a bare session begins; the second run, like a session's, sleeps until it is due. */
export interface BareStart {
  readonly sessionId: string;
  readonly keepMs: number;
  readonly dueAt?: number;
}

/** Carries when the session was closed, so that both contenders count from the same instant. */
export const closed = defineSignal<[number]>('closed');
export const decided = defineSignal('decided');

const rows = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '20s' });
const stores = proxyActivities<BareActivities>({ taskQueue: 'bare-io', startToCloseTimeout: '1 minute' });

/**
 * The steps of a session's workflow and nothing else: the same tasks, timers, signals, local activities,
 * activities and the same new run, with activities that do nothing. No search attributes, no codec, no
 * summaries: what Temporal itself asks for such a life.
 */
export async function bare(start: BareStart): Promise<void> {
  const { sessionId, keepMs } = start;
  let closedAt: number | undefined;
  let isDecided = false;
  setHandler(closed, (at) => void (closedAt = at));
  setHandler(decided, () => void (isDecided = true));

  if (start.dueAt === undefined) {
    await condition(() => closedAt !== undefined, IDLE_MS);
    await rows.read();
    await sleepUntil((closedAt ?? 0) + REOPEN_MS);
    await stores.archive(sessionId);
    await makeContinueAsNewFunc<typeof bare>()({ ...start, dueAt: (closedAt ?? 0) + keepMs });
    return;
  }
  await sleepUntil(start.dueAt);
  await rows.openReview(sessionId);
  await condition(() => isDecided, REVIEW_MS);
  await rows.read();
  await stores.remove(sessionId);
}

async function sleepUntil(at: number): Promise<void> {
  const ms = at - Date.now();
  if (ms > 0) await condition(() => false, ms);
}
