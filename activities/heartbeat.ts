import { Context } from '@temporalio/activity';

/** Well below the heartbeat timeout in workflows/session.ts, so that one late beat is not a death. */
const BEAT_MS = 5_000;

/**
 * Runs the work of an activity while telling Temporal that its worker lives, whatever the work waits for:
 * a worker that died is noticed in seconds, and an upload of minutes is not taken for one.
 */
export async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
