import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { ObjectFault } from '../domain/archive-check.ts';
import type { Tables } from './tables.ts';

/** An archive object as its manifest has it, and what the last comparison found. */
export interface ArchivedObject {
  readonly id: string;
  readonly projectId: string;
  readonly sessionId: string;
  /** The store's address. */
  readonly store: string;
  readonly name: string;
  readonly generation: string;
  readonly size: number;
  readonly sha256: string;
  readonly fault: ObjectFault | null;
}

const OBJECT = sql`a.id, s.project_id as "projectId", a.session_id as "sessionId", a.store,
  a.object_name as name, a.generation, a.size_bytes as size, a.sha256, a.fault`;

/** What is about to go is nobody's fault when it is gone. */
const STAYS = sql`a.deleted_at is null and s.deletion_began_at is null and not exists (
  select from participant p where p.session_id = a.session_id and p.subject_id = a.subject_id
    and p.erasure_id is not null and p.restricted_ground is null)`;

/** An object was compared when it was written, too. */
const COMPARED_AT = sql`coalesce(a.verified_at, a.written_at)`;

/**
 * Objects that were last compared before an instant, the oldest first, and those with a fault, which
 * somebody may have mended, by an instant of their own.
 */
export async function objectsToCheck(
  db: Kysely<Tables>,
  due: { before: Date; faultyBefore: Date; limit: number },
): Promise<ArchivedObject[]> {
  const of = (which: RawBuilder<unknown>) => sql`
    (select ${OBJECT}, ${COMPARED_AT} as at from archive a join session s on s.id = a.session_id
    where ${STAYS} and ${which} order by ${COMPARED_AT} limit ${due.limit})`;
  const { rows } = await sql<ArchivedObject>`
    select * from (
      ${of(sql`${COMPARED_AT} < ${due.before} and a.fault is null`)}
      union all
      ${of(sql`a.fault is not null and a.verified_at < ${due.faultyBefore}`)}) due
    order by at limit ${due.limit}`.execute(db);
  return rows;
}

/** Every object, or those of one project, in the order of their ids, page by page. */
export async function* everyObject(db: Kysely<Tables>, projectId?: string): AsyncIterable<ArchivedObject[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<ArchivedObject>`
      select ${OBJECT} from archive a join session s on s.id = a.session_id
      where ${STAYS} and a.id > ${after} and ${inProject(projectId)} order by a.id limit 500`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.id;
  }
}

/** So many objects, each as likely as any other. */
export async function sampleOfObjects(
  db: Kysely<Tables>,
  size: number,
  projectId?: string,
): Promise<ArchivedObject[]> {
  const { rows } = await sql<ArchivedObject>`
    select ${OBJECT} from archive a join session s on s.id = a.session_id
    where ${STAYS} and ${inProject(projectId)} order by random() limit ${size}`.execute(db);
  return rows;
}

export async function countObjects(db: Kysely<Tables>, projectId?: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from archive a join session s on s.id = a.session_id
    where ${STAYS} and ${inProject(projectId)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** About how many manifests there are, as the database's own statistics have it: counting takes too long. */
export async function estimateObjects(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select reltuples::float8 as count from pg_class where oid = 'archive'::regclass`.execute(db);
  return Math.max(rows[0]?.count ?? 0, 0);
}

function inProject(projectId?: string): RawBuilder<unknown> {
  return sql`(${projectId ?? null}::text is null or s.project_id = ${projectId ?? null})`;
}

/** What a comparison found. */
export type Checked = Pick<ArchivedObject, 'id' | 'projectId' | 'sessionId' | 'name'> & {
  readonly fault: ObjectFault | null;
};

/**
 * Keeps what was found of objects that are still those of their manifests: one that was written anew or
 * began to be deleted meanwhile is passed over.
 *
 * @returns those whose state is another than before
 */
export async function noteChecked(
  tx: Transaction<Tables>,
  checked: readonly Checked[],
  now: Date,
): Promise<Checked[]> {
  const { rows } = await sql<{ id: string }>`
    with found as (
      select * from unnest(${checked.map(({ id }) => id)}::uuid[], ${checked.map(({ name }) => name)}::text[],
        ${checked.map(({ fault }) => fault)}::text[]) as f (id, name, fault)),
    -- In the order of their ids, as everybody locks them.
    before as (
      select a.id, a.fault from archive a join session s on s.id = a.session_id join found f on f.id = a.id
      where ${STAYS} and a.object_name = f.name order by a.id for update of a),
    noted as (
      update archive a set verified_at = ${now}, fault = f.fault
      from found f join before b on b.id = f.id where a.id = f.id)
    select f.id from found f join before b on b.id = f.id where f.fault is distinct from b.fault`.execute(tx);
  const changed = new Set(rows.map(({ id }) => id));
  return checked.filter(({ id }) => changed.has(id));
}

/** How many objects of each project have a fault, where any has. */
export async function faultyObjects(db: Kysely<Tables>): Promise<{ projectId: string; objects: number }[]> {
  const { rows } = await sql<{ projectId: string; objects: number }>`
    select s.project_id as "projectId", count(*)::int as objects
    from archive a join session s on s.id = a.session_id
    where a.fault is not null and a.deleted_at is null and s.deletion_began_at is null
    group by s.project_id order by s.project_id`.execute(db);
  return rows;
}

/** Runs the work unless another process is at the same. */
export async function unlessChecked<T>(db: Kysely<Tables>, work: () => Promise<T>): Promise<T | undefined> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(hashtext('retention archive check')) as mine`.execute(tx);
    return rows[0]?.mine ? work() : undefined;
  });
}
