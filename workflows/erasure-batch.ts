import { CancellationScope, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { troubleOf } from './trouble.ts';

const { eraseBatch } = proxyActivities<Activities>({
  taskQueue: 'archive-io',
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  summary: 'Erase up to 100 sessions: objects, keys and rows, each read back as gone',
});

/** Removes one batch of an erasure, and does not stop before it is gone. */
export function erasureBatch(start: { erasureId: string; projectId: string; batch: number }): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (;;)
      try {
        await eraseBatch({ erasureId: start.erasureId, batch: start.batch, now: Date.now() });
        return;
      } catch (error) {
        setCurrentDetails(`**Stuck:** ${troubleOf(error)}`);
        await sleep('1 hour');
      }
  });
}
