import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A signed head of the audit log. */
export interface StoredCheckpoint {
  readonly id: number;
  readonly size: number;
  readonly note: string;
  readonly at: Date;
  readonly anchoredAt: Date | null;
}

const COLUMNS = ['id', 'size', 'note', 'at', 'anchored_at as anchoredAt'] as const;

/** @returns its id */
export async function insertCheckpoint(
  db: Kysely<Tables>,
  checkpoint: { size: number; note: string; handOver: boolean; now: Date },
): Promise<number> {
  const { id } = await db
    .insertInto('audit_checkpoint')
    .values({
      size: checkpoint.size,
      note: checkpoint.note,
      hand_over: checkpoint.handOver,
      at: checkpoint.now,
      anchored_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** The head of the largest tree; of several at one size the one signed last. */
export async function newestCheckpoint(db: Kysely<Tables>): Promise<StoredCheckpoint | undefined> {
  return db
    .selectFrom('audit_checkpoint')
    .select(COLUMNS)
    .orderBy('size', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Every head of one size, in the order they were signed. */
export async function checkpointsOf(db: Kysely<Tables>, size: number): Promise<StoredCheckpoint[]> {
  return db.selectFrom('audit_checkpoint').select(COLUMNS).where('size', '=', size).orderBy('id').execute();
}

/** The newest anchored head. */
export async function newestAnchored(db: Kysely<Tables>): Promise<StoredCheckpoint | undefined> {
  return db
    .selectFrom('audit_checkpoint')
    .select(COLUMNS)
    .where('anchored_at', 'is not', null)
    .orderBy('size', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The first head that covers a position. */
export async function checkpointCovering(
  db: Kysely<Tables>,
  position: number,
): Promise<StoredCheckpoint | undefined> {
  return db
    .selectFrom('audit_checkpoint')
    .select(COLUMNS)
    .where('size', '>', position)
    .orderBy('size')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** The newest head that was signed before an instant: where the log may be cut. */
export async function checkpointBefore(
  db: Kysely<Tables>,
  before: Date,
): Promise<StoredCheckpoint | undefined> {
  return db
    .selectFrom('audit_checkpoint')
    .select(COLUMNS)
    .where('at', '<', before)
    .where('anchored_at', 'is not', null)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Heads of the tree from a size on, in rising order. */
export async function* readCheckpoints(db: Kysely<Tables>, from: number): AsyncGenerator<StoredCheckpoint> {
  for (let last = { size: from, id: 0 }; ;) {
    const page = await db
      .selectFrom('audit_checkpoint')
      .select(COLUMNS)
      .where(sql<boolean>`(size, id) > (${last.size}, ${last.id})`)
      .orderBy('size')
      .orderBy('id')
      .limit(1000)
      .execute();
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return;
    last = end;
  }
}

/** The heads with which keys handed over, oldest first. */
export async function handOvers(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db
    .selectFrom('audit_checkpoint')
    .select('note')
    .where('hand_over', '=', true)
    .orderBy('id')
    .execute();
  return rows.map(({ note }) => note);
}

/** Those that no anchor holds yet, oldest first. */
export async function unanchored(db: Kysely<Tables>, limit: number): Promise<StoredCheckpoint[]> {
  return db
    .selectFrom('audit_checkpoint')
    .select(COLUMNS)
    .where('anchored_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function markAnchored(db: Kysely<Tables>, id: number, now: Date): Promise<void> {
  await db.updateTable('audit_checkpoint').set({ anchored_at: now }).where('id', '=', id).execute();
}

/**
 * Cuts the log's beginning off, up to an anchored head and never what is younger than 24 months.
 *
 * @returns how many entries went
 */
export async function cutLog(db: Kysely<Tables>, cutAt: number, frontier: unknown): Promise<number> {
  const { rows } = await sql<{ removed: number }>`
    select audit_cut(${cutAt}, ${JSON.stringify(frontier)}::jsonb) as removed`.execute(db);
  return Number(rows[0]?.removed ?? 0);
}

/**
 * Makes everybody who signs heads take turns, and those who change the key with them: a head that the old key
 * signs after it handed over is believed by nobody.
 */
export async function whileSigning<T>(db: Kysely<Tables>, work: () => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('retention audit heads'))`.execute(tx);
    return work();
  });
}

/** Runs the work unless another process is at the same; what it says may be `undefined` only for that. */
export async function unlessBusy<T>(
  db: Kysely<Tables>,
  task: 'anchor' | 'check',
  work: () => Promise<T>,
): Promise<T | undefined> {
  return db.transaction().execute(async (tx) => {
    const lock = `retention audit ${task}`;
    const { rows } = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(hashtext(${lock})) as mine`.execute(tx);
    return rows[0]?.mine ? work() : undefined;
  });
}
