import { AppError } from '../../domain/errors.ts';
import { importRules, type ChatState } from '../../db/imports.ts';
import type { Actor } from '../../domain/events.ts';
import type { Pseudonym } from '../../vault/pseudonym.ts';
import type { ActDeps } from '../deps.ts';
import { createCollector, type Collector } from './collect.ts';
import { standingOfImported, type Portion } from './cut-sessions.ts';
import {
  isPastRetention,
  planBatch,
  statesIn,
  type BatchPlan,
  type ImportRules,
  type ReadStates,
} from './plan-batch.ts';
import { createExportReader, type ExportReader } from './read-export.ts';
import type { Refusal } from './refusals.ts';
import { writeBatch } from './write-batch.ts';

export interface ImportDeps extends ActDeps {
  readonly pseudonym: Pseudonym;
}

export interface ImportOrder {
  readonly projectId: string;
  /** The user id of the account that made the export; taken from the export where it says it. */
  readonly self?: number;
  /** Reads and counts, and writes nothing. */
  readonly dryRun: boolean;
  readonly actor: Actor;
  readonly now: Date;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onProgress: (bytes: number, messages: number) => void;
}

/** What became of an export. */
export interface ImportSummary {
  readonly chats: number;
  readonly messages: number;
  readonly alreadyImported: number;
  readonly refused: number;
  /** Sessions by the phase they were imported in; `pastRetention` are those of the closed due for review. */
  readonly sessions: { readonly open: number; readonly closed: number; readonly pastRetention: number };
  /** Where the file broke off, if it did; what came before is imported. */
  readonly brokeOff: { readonly atByte: number; readonly reason: 'file_truncated' | 'file_damaged' } | null;
}

/** Batches of 1000 rows: below that round trips show, above it memory. */
const BATCH = 1000;
/** Text goes to the tokenizer in pieces: of a damaged one nothing is known, not even what came before. */
const PIECE = 4096;

/**
 * Imports a Telegram Desktop export, with flat memory. Each batch is one transaction that also records
 * how far its chats are, so an import that was killed, or is run again, goes on where it was.
 *
 * @throws AppError `input_invalid` for a file that is no export, `not_found` for an unknown project
 */
export async function importExport(
  deps: ImportDeps,
  source: AsyncIterable<Buffer>,
  order: ImportOrder,
): Promise<ImportSummary> {
  const rules = await rulesOf(deps, order);
  const storing = createStoring(deps, rules, order);
  const collector = createCollector({
    ...order,
    pseudonym: deps.pseudonym,
    timeZone: rules.timeZone,
    batchSize: BATCH,
  });
  const brokeOff = await readAll(source, collector, order, (portions) =>
    storing.store(portions, collector.self()),
  );
  await storing.idle();
  return { ...collector.counts(), ...storing.counts(), brokeOff };
}

async function rulesOf(
  deps: ImportDeps,
  { projectId, now }: ImportOrder,
): Promise<Omit<ImportRules, 'self'>> {
  const found = await importRules(deps.db, projectId);
  if (!found)
    throw new AppError(
      'not_found',
      `There is no project ${projectId}. Name one with --project, as its file in the projects directory does.`,
    );
  return { ...found, projectId, now, pseudonym: deps.pseudonym };
}

async function readAll(
  source: AsyncIterable<Buffer>,
  collector: Collector,
  order: ImportOrder,
  store: (portions: Portion[]) => Promise<void>,
): Promise<ImportSummary['brokeOff']> {
  const reader = createExportReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  let damagedAt: number | null = null;
  for await (const chunk of source) {
    const text = decoder.decode(chunk, { stream: true });
    const offset = readPieces(reader, text, collector);
    if (offset !== null) {
      damagedAt = bytes + Buffer.byteLength(text.slice(0, offset));
      break;
    }
    bytes += chunk.length;
    order.onProgress(bytes, collector.counts().messages);
    for (const full of collector.takeFull()) await store(full);
  }
  const brokeOff = endOf(reader, bytes, damagedAt);
  collector.end(brokeOff);
  for (const rest of collector.takeAll()) await store(rest);
  return brokeOff;
}

/** Feeds text to the reader; the offset of the piece that is no JSON, or `null` when all is well. */
function readPieces(reader: ExportReader, text: string, collector: Collector): number | null {
  for (let at = 0; at < text.length; at += PIECE) {
    let items;
    try {
      items = reader.read(text.slice(at, at + PIECE));
    } catch (error) {
      if (error instanceof AppError && error.code === 'input_invalid') return at;
      throw error;
    }
    for (const item of items) collector.take(item);
  }
  return null;
}

function endOf(reader: ExportReader, bytes: number, damagedAt: number | null): ImportSummary['brokeOff'] {
  if (damagedAt !== null) return { atByte: damagedAt, reason: 'file_damaged' };
  return reader.isComplete() ? null : { atByte: bytes, reason: 'file_truncated' };
}

interface Storing {
  /** Begins to store a batch once the one before it is stored, so that reading goes on meanwhile. */
  store(portions: Portion[], self: number | null): Promise<void>;
  idle(): Promise<void>;
  counts(): Pick<ImportSummary, 'messages' | 'alreadyImported' | 'sessions'>;
}

function createStoring(deps: ImportDeps, rules: Omit<ImportRules, 'self'>, order: ImportOrder): Storing {
  const counts = { messages: 0, alreadyImported: 0, sessions: { open: 0, closed: 0, pastRetention: 0 } };
  const store = order.dryRun ? pretend(deps, rules.projectId) : write(deps, order.actor);
  let running: Promise<void> = Promise.resolve();

  async function storeAndCount(portions: Portion[], self: number | null) {
    const all = { ...rules, self: order.self ?? self };
    const plan = await store(portions, all);
    counts.messages += plan.entries.length;
    counts.alreadyImported += plan.alreadyImported;
    for (const { sessionId, lastActivityAt } of plan.finished) {
      const standing =
        plan.sessions.find(({ draft }) => draft.id === sessionId)?.standing ??
        standingOfImported(lastActivityAt, all, all.now);
      counts.sessions[standing.phase] += 1;
      if (isPastRetention(sessionId, standing, all)) counts.sessions.pastRetention += 1;
    }
  }

  return {
    async store(portions, self) {
      await running;
      running = storeAndCount(portions, self);
      // Heard by the next `await running`; until then it must not count as unhandled.
      running.catch(() => undefined);
    },
    idle: () => running,
    counts: () => counts,
  };
}

/** How often a batch is planned anew when the bot writes to the same rows at the same time. */
const ATTEMPTS = 5;

type Store = (portions: readonly Portion[], rules: ImportRules) => Promise<BatchPlan>;

function write(deps: ImportDeps, actor: Actor): Store {
  return async (portions, rules) => {
    for (let attempt = 1; ; attempt++) {
      const plan = await planBatch(deps.db, statesIn(deps.db, rules.projectId), portions, rules);
      try {
        await writeBatch(deps, plan, rules, actor);
        return plan;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRace(error)) throw error;
      }
    }
  };
}

function isRace(error: unknown): boolean {
  // A session of the plan was deleted, or its customer wrote to the bot, since it was planned.
  if (error instanceof AppError) return error.code === 'rows_changed' || error.code === 'key_destroyed';
  return (error as { constraint?: string }).constraint === 'session_one_open';
}

/** A trial run: the database is read, and what would have been written is remembered per chat. */
function pretend(deps: ImportDeps, projectId: string): Store {
  const pretended = new Map<string, ChatState>();
  const stored = statesIn(deps.db, projectId);
  const readStates: ReadStates = async (keys) => new Map([...(await stored(keys)), ...pick(pretended, keys)]);
  return async (portions, rules) => {
    const plan = await planBatch(deps.db, readStates, portions, rules);
    for (const { chat, after } of plan.progress) pretended.set(chat.key, after);
    return plan;
  };
}

function pick<V>(from: ReadonlyMap<string, V>, keys: readonly string[]): [string, V][] {
  return keys.flatMap((key) => {
    const value = from.get(key);
    return value === undefined ? [] : [[key, value]];
  });
}
