import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { chatOf, codeOf, updateIdOf, waitBefore, type Intake } from './intake.ts';
import type { WaitingUpdates } from './waiting-updates.ts';

/** So many of the updates that were put by stay in memory; the others are read again when their turn comes. */
const IN_MEMORY = 500;

/** So many may be put by; what comes beyond them stays with Telegram. Each takes about a kilobyte of memory. */
const MOST = 20_000;

/** What was handled within this time is removed in one go. */
const TIDY_MS = 300;

/** An update that was taken. */
export interface QueuedUpdate {
  readonly id: number | undefined;
  /** Handled or set aside. */
  readonly isDone: boolean;
  /** Outlives the process, so that it may be confirmed before it is handled. */
  readonly isPutBy: boolean;
  /** Resolves once it is done, or refused because the bot stops. */
  readonly settled: Promise<void>;
}

interface Entry extends QueuedUpdate {
  update: unknown;
  isDone: boolean;
  isPutBy: boolean;
  /** Whether there may be a row of it. */
  mayLie: boolean;
  settled: Promise<void>;
}

/** The updates of one bot that are not handled yet, in memory and put by. */
export interface UpdateQueue {
  /** Takes what was put by before, ahead of anything new. May be repeated where it fails. */
  recall(): Promise<void>;
  /** Takes an update; one that waits already stays where it is. */
  take(update: unknown): QueuedUpdate;
  /** Puts by what of these is not handled, so that all may be confirmed. */
  putBy(updates: readonly QueuedUpdate[]): Promise<void>;
  /** Whether so much waits that no more should be fetched. */
  isFull(): boolean;
  /** Resolves once nothing is under way, and the rows of what was handled are gone. */
  settled(): Promise<void>;
}

/** What a queue of updates works with. */
export interface UpdateQueueDeps {
  readonly intake: Intake;
  readonly waiting: WaitingUpdates;
  readonly setAside: (updateId: number, code: string) => Promise<void>;
  readonly log: Logger;
  /** Says when the bot stops: what has not begun by then is left for its next start. */
  readonly signal: AbortSignal;
}

export function createUpdateQueue(deps: UpdateQueueDeps): UpdateQueue {
  const { intake, waiting, log, signal } = deps;
  const open = new Map<number, Entry>();
  const underWay = new Set<Promise<void>>();
  const leaving = new Set<number>();
  let inMemory = 0;
  let tidying: Promise<void> | undefined;

  function begin(update: unknown, isPutBy: boolean): Entry {
    const id = updateIdOf(update);
    const entry = { id, update, isDone: false, isPutBy: false, mayLie: isPutBy, settled: Promise.resolve() };
    if (id !== undefined) open.set(id, entry);
    const read = async () => entry.update ?? (await waiting.read(id ?? NaN));
    entry.settled = intake.takeLater({ id, chat: chatOf(update), read }).then(
      () => finish(entry),
      // The bot stops: what was put by comes first at its next start, and Telegram hands out the rest again.
      () => undefined,
    );
    if (isPutBy) lies(entry);
    underWay.add(entry.settled);
    void entry.settled.then(() => underWay.delete(entry.settled));
    return entry;
  }

  function finish(entry: Entry): void {
    entry.isDone = true;
    if (entry.isPutBy && entry.update !== undefined) inMemory -= 1;
    entry.update = undefined;
    if (entry.id === undefined) return;
    open.delete(entry.id);
    if (entry.mayLie) leave(entry.id);
  }

  /** From now on its row has it, and memory only where there is room. */
  function lies(entry: Entry): void {
    entry.isPutBy = true;
    if (inMemory < IN_MEMORY) inMemory += 1;
    else entry.update = undefined;
  }

  function leave(id: number): void {
    leaving.add(id);
    tidying ??= tidy().finally(() => (tidying = undefined));
  }

  async function tidy(): Promise<void> {
    for (let attempt = 0; leaving.size > 0;) {
      await pause(TIDY_MS);
      const ids = [...leaving];
      try {
        await waiting.remove(ids);
        for (const id of ids) leaving.delete(id);
        attempt = 0;
      } catch (error) {
        log.warn({ code: codeOf(error) }, 'updates that were handled could not be removed; trying again');
        // The next start finds them in the inbox.
        if (signal.aborted) return;
        await waitBefore(signal, attempt++);
      }
    }
  }

  return {
    async recall() {
      await waiting.removeHandled();
      for await (const found of waiting.all()) {
        if (open.has(found.id)) continue;
        if ('update' in found) begin(found.update, true);
        else {
          await deps.setAside(found.id, found.code);
          log.error(
            { updateId: found.id, code: found.code },
            'update set aside: it cannot be opened any more',
          );
          leave(found.id);
        }
      }
    },
    take(update) {
      const id = updateIdOf(update);
      return (id === undefined ? undefined : open.get(id)) ?? begin(update, false);
    },
    async putBy(updates) {
      const entries = updates.flatMap(({ id, isDone, isPutBy }) => {
        const entry = id === undefined || isDone || isPutBy ? undefined : open.get(id);
        return entry && id !== undefined ? [{ id, entry, update: entry.update }] : [];
      });
      if (entries.length === 0) return;
      for (const { entry } of entries) entry.mayLie = true;
      await waiting.putBy(entries);
      for (const { id, entry } of entries)
        if (entry.isDone) leave(id);
        else lies(entry);
    },
    isFull: () => open.size >= MOST,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
      await tidying;
    },
  };
}
