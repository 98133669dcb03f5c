import { sql, type Kysely, type Transaction } from 'kysely';
import type { AuditRow } from './audit.ts';
import type { Tables } from './tables.ts';

/** How far the tree is, and where its entries begin after the log's own retention rule cut it. */
export interface TreeState {
  readonly size: number;
  readonly cutAt: number;
  readonly cutFrontier: { readonly size: number; readonly hashes: readonly string[] } | null;
}

export async function treeState(db: Kysely<Tables>): Promise<TreeState> {
  const row = await db.selectFrom('audit_tree').selectAll().executeTakeFirstOrThrow();
  return { size: row.size, cutAt: row.cut_at, cutFrontier: row.cut_frontier };
}

/** Locks the tree for growing; `undefined` while another process is at it. */
export async function lockTree(tx: Transaction<Tables>): Promise<number | undefined> {
  const row = await tx.selectFrom('audit_tree').select('size').forUpdate().skipLocked().executeTakeFirst();
  return row?.size;
}

/** The entries that wait for their place, in the order they get it. */
export async function pendingEntries(tx: Transaction<Tables>, limit: number): Promise<AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    select e.* from audit_pending p join audit_entry e on e.seq = p.seq order by p.seq limit ${limit}`.execute(
    tx,
  );
  return rows;
}

/** How many entries wait for their place, and since when the oldest of them is there. */
export async function pendingState(
  db: Kysely<Tables>,
): Promise<{ readonly count: number; readonly since: Date | null }> {
  const { rows } = await sql<{ count: number; since: Date | null }>`
    select count(*) as count, (select e.at from audit_pending p join audit_entry e on e.seq = p.seq
      order by p.seq limit 1) as since from audit_pending`.execute(db);
  return rows[0] ?? { count: 0, since: null };
}

/** Entries that were removed while they waited for their place; their numbers are still on the list. */
export async function lostEntries(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from audit_pending p
    where not exists (select from audit_entry e where e.seq = p.seq)`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Gives entries their place: leaves and tiles are written, the tree has its new size. */
export async function writeLeaves(
  tx: Transaction<Tables>,
  growth: {
    size: number;
    seqs: readonly number[];
    tiles: readonly { level: number; index: number; bytes: Buffer }[];
  },
): Promise<void> {
  const { size, seqs, tiles } = growth;
  await sql`
    insert into audit_leaf (position, seq)
    select ${size} + at - 1, seq from unnest(${seqs}::bigint[]) with ordinality as list (seq, at)`.execute(
    tx,
  );
  for (const tile of tiles)
    await sql`
      insert into audit_tile (level, index, hashes) values (${tile.level}, ${tile.index}, ${tile.bytes})
      on conflict (level, index) do update set hashes = excluded.hashes`.execute(tx);
  await sql`delete from audit_pending where seq = any(${seqs}::bigint[])`.execute(tx);
  await tx
    .updateTable('audit_tree')
    .set({ size: size + seqs.length })
    .execute();
}

/** The hashes of one tile. */
export async function readTile(
  db: Kysely<Tables>,
  level: number,
  index: number,
): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('audit_tile')
    .select('hashes')
    .where('level', '=', level)
    .where('index', '=', index)
    .executeTakeFirst();
  return row?.hashes;
}

/** A leaf as it is recorded, with the row it stands for; `null` where the row is gone. */
export interface LeafRow {
  readonly position: number;
  readonly seq: number;
  readonly entry: AuditRow | null;
}

const PAGE = 5_000;

/** Leaves in order of position, a page at a time. */
export async function* readLeaves(db: Kysely<Tables>, from: number, until: number): AsyncGenerator<LeafRow> {
  for (let next = from; next < until;) {
    const { rows } = await sql<AuditRow & { position: number; leaf_seq: number; there: number | null }>`
      select l.position, l.seq as leaf_seq, e.seq as there, e.*
      from audit_leaf l left join audit_entry e on e.seq = l.seq
      where l.position >= ${next} and l.position < ${Math.min(next + PAGE, until)} order by l.position`.execute(
      db,
    );
    for (const { position, leaf_seq: seq, there, ...entry } of rows)
      yield { position, seq, entry: there === null ? null : { ...entry, seq } };
    next += PAGE;
  }
}

/** The place of an entry in the tree, if it has it already. */
export async function placeOfEntry(db: Kysely<Tables>, seq: number): Promise<number | undefined> {
  const row = await db.selectFrom('audit_leaf').select('position').where('seq', '=', seq).executeTakeFirst();
  return row?.position;
}

/** Entries that no leaf stands for and that do not wait for one: nobody wrote them through the service. */
export async function strayEntries(db: Kysely<Tables>): Promise<AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    select e.* from audit_entry e
    where not exists (select from audit_leaf l where l.seq = e.seq)
      and not exists (select from audit_pending p where p.seq = e.seq)
    order by e.seq limit 1000`.execute(db);
  return rows;
}
