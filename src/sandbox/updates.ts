import type { Update } from '@grammyjs/types';
import type { Hub } from './hub.ts';
import type { BotRecord, UpdateKind, UpdateRecord } from './records.ts';
import { Refusal } from './refusal.ts';

/** Telegram keeps what a bot does not fetch for a day. */
const KEPT_SECONDS = 86_400;

/** Sent only to bots that ask for them by name. */
const ONLY_ON_REQUEST: ReadonlySet<UpdateKind> = new Set<UpdateKind>([
  'chat_member',
  'message_reaction',
  'message_reaction_count',
]);

export interface PollOptions {
  offset: number;
  limit: number;
  timeoutSeconds: number;
  signal?: AbortSignal;
}

export interface Updates {
  /** Queues an update for a bot, unless it did not ask for its kind. */
  push(bot: BotRecord, update: Omit<Update, 'update_id'>): void;
  /** Queues any JSON as it stands, so that tests can send what Telegram never would. */
  pushRaw(bot: BotRecord, update: unknown): void;
  /** Makes the queue deliver one of its updates a second time under the same id. */
  repeat(bot: BotRecord, updateId?: number): boolean;
  pending(bot: BotRecord): UpdateRecord[];
  poll(bot: BotRecord, options: PollOptions): Promise<Update[]>;
  /** Ends the bot's waiting getUpdates with 409. */
  interrupt(bot: BotRecord, reason: string): void;
  drop(bot: BotRecord): void;
  /** Called whenever a bot has something to fetch; the webhook listens here. */
  onQueued(listener: (bot: BotRecord) => void): void;
  /** Tells those listeners of what waits already. */
  announce(bot: BotRecord): void;
  close(): void;
}

interface Waiter {
  wake: () => void;
  refuse: (refusal: Refusal) => void;
}

export function createUpdates(hub: Hub): Updates {
  const waiters = new Map<number, Waiter>();
  const queuedListeners: ((bot: BotRecord) => void)[] = [];
  /** What was handed out lately, so that `repeat` works after the bot has confirmed it. */
  const recent = new Map<number, Map<number, Update>>();

  const enqueue = (bot: BotRecord, update: Update) => {
    hub.updates(bot.id).put(hub.next('update-row'), { update, at: hub.now() });
    remember(recent, bot.id, update);
    waiters.get(bot.id)?.wake();
    announce(bot);
  };
  const announce = (bot: BotRecord) => {
    for (const listener of queuedListeners) listener(bot);
  };

  const pending = (bot: BotRecord) => {
    const table = hub.updates(bot.id);
    const rows = table.values();
    const oldest = hub.now() - KEPT_SECONDS;
    if (rows.every((row) => row.at >= oldest)) return rows;
    hub.updates(bot.id).deleteWhere((row) => row.at < oldest);
    return table.values();
  };

  const confirm = (bot: BotRecord, offset: number) => {
    // An offset beyond the end of the series is one from before the ids began anew.
    if (offset > bot.nextUpdateId) return;
    const kept = offset < 0 ? pending(bot).slice(offset) : undefined;
    hub.updates(bot.id).deleteWhere((row) => (kept ? !kept.includes(row) : idOf(row.update) < offset));
  };

  const handOut = (bot: BotRecord, limit: number): Update[] => {
    const rows = pending(bot).slice(0, limit);
    // What has no id (only hand-made updates) can never be confirmed, so it is given once.
    hub.updates(bot.id).deleteWhere((row) => rows.includes(row) && Number.isNaN(idOf(row.update)));
    return rows.map((row) => row.update);
  };

  return {
    push(bot, update) {
      const kind = Object.keys(update)[0] as UpdateKind;
      const wanted = bot.allowedUpdates ? bot.allowedUpdates.includes(kind) : !ONLY_ON_REQUEST.has(kind);
      if (!wanted) return;
      const updateId = bot.nextUpdateId;
      bot.nextUpdateId += 1;
      hub.bots.put(bot.id, bot);
      // A copy: what happens to the message later belongs into later updates.
      enqueue(bot, structuredClone({ update_id: updateId, ...update }));
    },
    pushRaw(bot, update) {
      bot.nextUpdateId = Math.max(bot.nextUpdateId, (idOf(update) || 0) + 1);
      hub.bots.put(bot.id, bot);
      enqueue(bot, update as Update);
    },
    repeat(bot, updateId) {
      const known = recent.get(bot.id);
      const update = updateId === undefined ? [...(known?.values() ?? [])].at(-1) : known?.get(updateId);
      if (update) enqueue(bot, update);
      return update !== undefined;
    },
    pending,
    async poll(bot, options) {
      this.interrupt(
        bot,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      );
      confirm(bot, options.offset);
      const first = handOut(bot, options.limit);
      if (first.length > 0 || options.timeoutSeconds <= 0) return first;
      await waitForUpdate(waiters, bot.id, options);
      return options.signal?.aborted ? [] : handOut(bot, options.limit);
    },
    interrupt(bot, reason) {
      waiters.get(bot.id)?.refuse(new Refusal(409, reason));
    },
    drop(bot) {
      hub.updates(bot.id).deleteWhere(() => true);
    },
    onQueued(listener) {
      queuedListeners.push(listener);
    },
    announce,
    close() {
      for (const waiter of [...waiters.values()]) waiter.wake();
    },
  };
}

function waitForUpdate(waiters: Map<number, Waiter>, botId: number, options: PollOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', waiter.wake);
      if (waiters.get(botId) === waiter) waiters.delete(botId);
    };
    const waiter: Waiter = {
      wake() {
        end();
        resolve();
      },
      refuse(refusal) {
        end();
        reject(refusal);
      },
    };
    const timer = setTimeout(waiter.wake, options.timeoutSeconds * 1000);
    options.signal?.addEventListener('abort', waiter.wake);
    waiters.set(botId, waiter);
  });
}

/** NaN for what a test made by hand and is no update at all. */
function idOf(update: unknown): number {
  const id = typeof update === 'object' && update !== null && 'update_id' in update ? update.update_id : NaN;
  return typeof id === 'number' ? id : NaN;
}

/** Enough for a test to ask for a repetition, not enough to grow. */
const REMEMBERED = 200;

function remember(recent: Map<number, Map<number, Update>>, botId: number, update: Update): void {
  let updates = recent.get(botId);
  if (!updates) recent.set(botId, (updates = new Map<number, Update>()));
  // Set anew, so that the last one delivered also stands last.
  updates.delete(idOf(update));
  updates.set(idOf(update), update);
  const oldest = updates.keys().next();
  if (updates.size > REMEMBERED && !oldest.done) updates.delete(oldest.value);
}
