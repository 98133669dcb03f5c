import type { Store, Table } from './store.ts';
import type {
  BotRecord,
  BusinessRecord,
  CallbackRecord,
  ChatRecord,
  FileRecord,
  MessageRecord,
  PersonRecord,
  ProjectRecord,
  TopicRecord,
  UpdateRecord,
} from './records.ts';

/** Told to the page when something in a chat changed; it then reads that chat again. */
export interface Change {
  projectId: string;
  chatId?: number;
  /** An answered button: what Telegram would show over the chat of this user. */
  toast?: { userId: number; text: string; alert: boolean; url?: string };
}

/** Everything the sandbox knows, in one place, so that each part takes one argument. */
export interface Hub {
  store: Store;
  projects: Table<ProjectRecord>;
  bots: Table<BotRecord>;
  people: Table<PersonRecord>;
  chats: Table<ChatRecord>;
  businesses: Table<BusinessRecord>;
  files: Table<FileRecord>;
  callbacks: Table<CallbackRecord>;
  messages(chatId: number): Table<MessageRecord>;
  topics(chatId: number): Table<TopicRecord>;
  updates(botId: number): Table<UpdateRecord>;
  /** The next number of a series that never gives one twice, restarts included. */
  next(series: string): number;
  /** The number `next` gave last; 0 before the first. */
  last(series: string): number;
  /** Unix seconds. */
  now(): number;
  changed(change: Change): void;
  onChange(listener: (change: Change) => void): () => void;
}

export function createHub(store: Store, clock: () => number): Hub {
  const counters = store.table<number>('counters');
  const listeners = new Set<(change: Change) => void>();
  const messages = new Map<number, Table<MessageRecord>>();
  const topics = new Map<number, Table<TopicRecord>>();
  const updates = new Map<number, Table<UpdateRecord>>();
  return {
    store,
    projects: store.table('projects'),
    bots: store.table('bots'),
    people: store.table('people'),
    chats: store.table('chats'),
    businesses: store.table('businesses'),
    files: store.table('files'),
    callbacks: store.table('callbacks'),
    messages: (chatId) => cached(messages, chatId, () => store.table(`messages:${chatId}`)),
    topics: (chatId) => cached(topics, chatId, () => store.table(`topics:${chatId}`)),
    updates: (botId) => cached(updates, botId, () => store.table(`updates:${botId}`)),
    next(series) {
      const value = (counters.get(series) ?? 0) + 1;
      counters.put(series, value);
      return value;
    },
    last: (series) => counters.get(series) ?? 0,
    now: () => Math.floor(clock() / 1000),
    changed(change) {
      for (const listener of listeners) listener(change);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function cached<V>(map: Map<number, V>, key: number, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
