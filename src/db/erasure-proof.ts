import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { TableEntry } from '../domain/data-map.ts';
import { MAIN_TABLES } from '../domain/data-map-main.ts';
import type { Erasure } from './erasures.ts';
import type { Tables } from './tables.ts';

/** The count of seconds after the verification until no store can bring anything back. */
export const FINAL_AFTER = 'final-after-seconds';

/** From when on an erasure is final, where a store keeps what is deleted for a time; `null` where it is at once. */
export function finalFromOf({
  counts,
  verified_at: at,
}: Pick<Erasure, 'counts' | 'verified_at'>): Date | null {
  const seconds = counts[FINAL_AFTER] ?? 0;
  return at && seconds > 0 ? new Date(at.getTime() + seconds * 1000) : null;
}

type Erased = Pick<Erasure, 'id' | 'subject_id'>;

/** A session of which an erasure took the whole or the person's part, with what lay in the stores. */
export interface ErasedPlace {
  readonly sessionId: string;
  readonly projectId: string;
  readonly whole: boolean;
  /** The person's objects, where others' stay. */
  readonly objects: readonly { readonly store: string; readonly name: string }[];
}

/** Sessions that the erasure took whole. */
const gone = (id: string) => sql`(select id from session where erasure_id = ${id} and restricted_at is null)`;

/** Sessions of the person that stay, restricted, or that began after the confirmation. */
const kept = (subjectId: string) =>
  sql`(select session_id from participant where subject_id = ${subjectId}
    and (restricted_ground is not null or erasure_id is null))`;

/** Every session that an erasure took whole or in part. */
export async function erasedPlaces(db: Kysely<Tables>, erased: Erased): Promise<ErasedPlace[]> {
  const { id, subject_id: subjectId } = erased;
  const { rows } = await sql<ErasedPlace>`
    select s.id as "sessionId", s.project_id as "projectId", s.id in ${gone(id)} as whole,
      (select coalesce(jsonb_agg(jsonb_build_object('store', a.store, 'name', a.object_name)), '[]')
        from archive a where a.session_id = s.id and a.subject_id = ${subjectId}) as objects
    from session s
    where s.id in ${gone(id)} or s.id in (select session_id from archive
      where subject_id = ${subjectId} and session_id not in ${kept(subjectId)})
    order by s.id`.execute(db);
  return rows;
}

/** Every store in which a person ever had an object. */
export async function storesOf(db: Kysely<Tables>, { id, subject_id: subjectId }: Erased): Promise<string[]> {
  const { rows } = await sql<{ store: string }>`
    select distinct store from archive where subject_id = ${subjectId} or session_id in ${gone(id)}
    order by store`.execute(db);
  return rows.map(({ store }) => store);
}

/**
 * How many rows of the erased there still are, by table: every table of the data map that goes with the
 * session is asked, and those that keep a tombstone whether it is one.
 */
export async function rowsLeft(db: Kysely<Tables>, erased: Erased): Promise<Record<string, number>> {
  const questions = Object.entries(MAIN_TABLES).flatMap(([table, entry]) => {
    const condition = leftIn(table, entry, erased);
    return condition ? [{ table, condition }] : [];
  });
  const counts = questions.map(
    ({ table, condition }) =>
      sql`(select count(*) from ${sql.table(table)} where ${condition}) as ${sql.ref(table)}`,
  );
  const { rows } = await sql<Record<string, number>>`select ${sql.join(counts)}`.execute(db);
  return rows[0] ?? {};
}

/** The condition that finds what should have gone; `undefined` for a table that is not asked. */
function leftIn(table: string, entry: TableEntry, erased: Erased): RawBuilder<unknown> | undefined {
  const columns = new Set(Object.values(entry.columns).flatMap((names) => names.split(' ')));
  const session = table === 'session' ? 'id' : 'session_id';
  if (!columns.has(session)) return undefined;
  if (entry.rows !== 'with the session' && !entry.tombstone) return undefined;
  const theirs = [sql`${sql.ref(session)} in ${gone(erased.id)}`];
  if (columns.has('subject_id'))
    theirs.push(
      sql`(subject_id = ${erased.subject_id} and ${sql.ref(session)} is not null
        and ${sql.ref(session)} not in ${kept(erased.subject_id)})`,
    );
  const conditions = [sql`(${sql.join(theirs, sql` or `)})`];
  if (entry.except) conditions.push(sql`not (${sql.raw(entry.except)})`);
  if (entry.tombstone) {
    const emptied = (entry.emptied ?? []).map((column) => sql`${sql.ref(column)} is not null`);
    conditions.push(sql`(${sql.join([sql`${sql.ref(entry.tombstone)} is null`, ...emptied], sql` or `)})`);
  }
  return sql.join(conditions, sql` and `);
}
