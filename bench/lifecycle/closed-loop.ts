import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Contender, RunningContender } from './contender.ts';
import { cpuOfMachine, cpuOfThisProcess, cpuOfTree } from './cpu.ts';
import { OPEN_MS } from './pace.ts';

/** CPU by who used it, in milliseconds: of the window, or per session. */
export interface Cpu {
  readonly temporal: number;
  readonly postgres: number;
  readonly worker: number;
  readonly driver: number;
}

/** What one contender did in one round. */
export interface Slot {
  readonly sessions: number;
  /** Those before and after the window included. */
  readonly all: number;
  readonly perSecond: number;
  readonly cpuPerSession: Cpu;
  readonly archivedAfterMs: readonly number[];
  /** Share of all cores that processes not of this benchmark used meanwhile, and that all used together. */
  readonly foreign: number;
  readonly busy: number;
  /** Some that were run through, whose histories can be counted, and the one left parked. */
  readonly finished: readonly string[];
  readonly parked: string | undefined;
}

export interface SlotOptions {
  readonly warmMs: number;
  readonly windowMs: number;
  readonly park: boolean;
  readonly pids: { readonly temporal: number; readonly postgres: number };
}

/**
 * Runs one contender in a closed loop: a session that ends is followed by a new one, until the window is
 * over. Only the window counts: before it the loop fills and code is compiled, after it the loop drains.
 */
export async function runSlot(contender: Contender, options: SlotOptions): Promise<Slot> {
  const running = await contender.start();
  try {
    return await drive(contender, running, options);
  } finally {
    await running.stop();
  }
}

async function drive(
  contender: Contender,
  running: RunningContender,
  { warmMs, windowMs, park, pids }: SlotOptions,
): Promise<Slot> {
  const finished: string[] = [];
  const archived: { at: number; afterMs: number }[] = [];
  let open = true;

  async function live(): Promise<void> {
    const sessionId = await running.open('short');
    // A session is open for a while; its workflow has begun by the time it closes.
    await pause(OPEN_MS);
    await running.close(sessionId);
    const closedAt = performance.now();
    await running.reached(sessionId, 'archived');
    archived.push({ at: performance.now(), afterMs: performance.now() - closedAt });
    await running.reached(sessionId, 'review');
    await running.approve(sessionId);
    await running.reached(sessionId, 'deleted');
    finished.push(sessionId);
  }
  async function lane(startMs: number) {
    await pause(startMs);
    while (open) await live();
  }

  const parked = park ? await parkOne(running) : undefined;
  // Spread over the first half of the warm-up: sessions in step would wait and work in waves.
  const { inFlight } = contender;
  const lanes = Array.from({ length: inFlight }, (_, at) => lane((at * warmMs) / 2 / inFlight));
  const drained = Promise.all(lanes);
  const measured = (async () => {
    await pause(warmMs);
    const before = look(running.workerPid, pids, finished.length);
    await pause(windowMs);
    return { before, after: look(running.workerPid, pids, finished.length) };
  })();
  const { before, after } = await Promise.race([measured, drained.then(() => measured)]);
  open = false;
  await drained;
  return {
    ...compare(before, after),
    all: finished.length,
    archivedAfterMs: archived
      .filter(({ at }) => at > before.at && at <= after.at)
      .map(({ afterMs }) => afterMs),
    finished: finished.slice(before.finished, before.finished + 5),
    parked,
  };
}

async function parkOne(running: RunningContender): Promise<string> {
  const sessionId = await running.open('parked');
  await pause(OPEN_MS);
  await running.close(sessionId);
  await running.reached(sessionId, 'archived');
  return sessionId;
}

function look(workerPid: number, pids: SlotOptions['pids'], finished: number) {
  return {
    at: performance.now(),
    finished,
    machine: cpuOfMachine(),
    temporal: cpuOfTree(pids.temporal),
    postgres: cpuOfTree(pids.postgres),
    worker: cpuOfTree(workerPid),
    driver: cpuOfThisProcess(),
  };
}

type Look = ReturnType<typeof look>;

function compare(before: Look, after: Look): Omit<Slot, 'all' | 'archivedAfterMs' | 'finished' | 'parked'> {
  const ms = after.at - before.at;
  const sessions = after.finished - before.finished;
  const used = (who: keyof Cpu | 'machine') => after[who] - before[who];
  const ours = used('temporal') + used('postgres') + used('worker') + used('driver');
  const capacity = ms * cpus().length;
  return {
    sessions,
    perSecond: (sessions * 1000) / ms,
    cpuPerSession: {
      temporal: used('temporal') / sessions,
      postgres: used('postgres') / sessions,
      worker: used('worker') / sessions,
      driver: used('driver') / sessions,
    },
    busy: used('machine') / capacity,
    foreign: Math.max(0, used('machine') - ours) / capacity,
  };
}
