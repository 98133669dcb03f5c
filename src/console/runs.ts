import { setTimeout as pause } from 'node:timers/promises';

/** How the newest of some longer work ended. */
export type Ended<T> = { readonly at: Date } & (
  { readonly ok: true; readonly outcome: T } | { readonly ok: false; readonly error: unknown }
);

/** Longer work that pages start and show: one at a time, and its newest end stays to be looked at. */
export interface Run<T> {
  /** Since when it is at work. */
  readonly since: () => Date | undefined;
  readonly last: () => Ended<T> | undefined;
  /**
   * Starts it, or joins the one at work.
   *
   * @param waitMs for so long at most; what takes longer goes on by itself
   * @returns its end; `undefined` where it goes on
   */
  start(now: Date, waitMs: number): Promise<Ended<T> | undefined>;
}

/** Makes a run of some work. What it ended with is kept by this process alone. */
export function createRun<T>(work: () => Promise<T>, clock: () => Date): Run<T> {
  let since: Date | undefined;
  let last: Ended<T> | undefined;
  let running: Promise<Ended<T>> | undefined;

  async function end(): Promise<Ended<T>> {
    try {
      last = { ok: true, outcome: await work(), at: clock() };
    } catch (error) {
      last = { ok: false, error, at: clock() };
    }
    running = undefined;
    since = undefined;
    return last;
  }

  return {
    since: () => since,
    last: () => last,
    start(now, waitMs) {
      since ??= now;
      running ??= end();
      return Promise.race([running, pause(waitMs, undefined, { ref: false })]);
    },
  };
}
