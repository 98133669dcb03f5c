import { proxyLocalActivities, sleep } from '@temporalio/workflow';

const rows = proxyLocalActivities<{ readNextStep(step: object): Promise<unknown> }>({
  startToCloseTimeout: '20s',
});

/** A session's workflow as somebody might change it without thinking of those that run. */
export async function session(start: { sessionId: string }): Promise<{ phase: 'deleted' }> {
  await rows.readNextStep({ sessionId: start.sessionId, now: 0 });
  await sleep('1 day');
  return { phase: 'deleted' };
}
