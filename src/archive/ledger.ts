import { z } from 'zod';
import { ERASURE_ORIGINS } from '../domain/erasure.ts';
import { AppError } from '../domain/errors.ts';
import type { ArchiveStore } from './store.ts';

const entrySchema = z.strictObject({
  id: z.uuid(),
  number: z.string(),
  project: z.string(),
  /** Keyed pseudonym of project and Telegram id. */
  pseudonym: z.string(),
  subject: z.uuid(),
  origin: z.enum(ERASURE_ORIGINS),
  regulation: z.string(),
  receivedAt: z.iso.datetime(),
  legalDeadlineAt: z.iso.datetime(),
  confirmedAt: z.iso.datetime(),
  /** The sessions it took whole, and those it took the person out of. */
  sessions: z.array(z.uuid()),
  shares: z.array(z.uuid()),
});

/** One erasure, as the ledger remembers it: enough to do it again after a restore, and no name in it. */
export type LedgerEntry = z.output<typeof entrySchema>;

/**
 * What was erased, kept outside the database: a database restored from a back-up knows nothing of the
 * erasures after it, and must not open before they are done again.
 */
export interface ErasureLedger {
  /** Writes an entry, or adds the sessions that are new to it; safe to repeat. */
  record(entry: LedgerEntry): Promise<void>;
  entries(): AsyncIterable<LedgerEntry>;
  /** The erasures there are entries of, without reading one. */
  ids(): AsyncIterable<string>;
}

const PREFIX = 'erasures/';
const SUFFIX = '.json';

/**
 * A ledger of one object an erasure.
 *
 * @param open opens the store, which is not needed before the first erasure
 */
export function createErasureLedger(open: () => Promise<ArchiveStore>): ErasureLedger {
  async function read(store: ArchiveStore, name: string): Promise<LedgerEntry> {
    const chunks: Buffer[] = [];
    for await (const chunk of store.get(name)) chunks.push(chunk);
    const parsed = entrySchema.safeParse(fromJson(Buffer.concat(chunks).toString('utf8')));
    if (!parsed.success)
      throw new AppError(
        'archive_damaged',
        `${name} in ${store.url} is not an entry of the erasure ledger. Restore it from its copy: without it that erasure cannot be done again.`,
      );
    return parsed.data;
  }
  return {
    async record(entry) {
      const store = await open();
      const name = `${PREFIX}${entry.id}${SUFFIX}`;
      const there = await store.stat(name);
      const before = there && (await read(store, name));
      const whole = before ? merge(before, entry) : entry;
      const body = Buffer.from(JSON.stringify(whole));
      if (before && body.equals(Buffer.from(JSON.stringify(before)))) return;
      await store.put(name, body, { ifGeneration: there?.generation ?? '0', metadata: {} });
    },
    async *entries() {
      const store = await open();
      for await (const name of names(store)) yield read(store, name);
    },
    async *ids() {
      for await (const name of names(await open())) yield name.slice(PREFIX.length, -SUFFIX.length);
    },
  };
}

async function* names(store: ArchiveStore): AsyncIterable<string> {
  for await (const { name, state } of store.list(PREFIX))
    if (state === 'live' && name.endsWith(SUFFIX)) yield name;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function merge(before: LedgerEntry, entry: LedgerEntry): LedgerEntry {
  const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort();
  return {
    ...before,
    sessions: union(before.sessions, entry.sessions),
    shares: union(before.shares, entry.shares),
  };
}
