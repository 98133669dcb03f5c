import { sql, type Insertable, type Kysely, type Transaction, type Updateable } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { ExportEnding, ExportFormat } from '../domain/exports.ts';
import type { ExportObjectRow, ExportRow, ExportTable } from './exports-tables.ts';
import type { Tables } from './tables.ts';

export async function insertExport(tx: Kysely<Tables>, row: Insertable<ExportTable>): Promise<void> {
  await tx.insertInto('export').values(row).execute();
}

/** @throws AppError `not_found` */
export async function readExport(db: Kysely<Tables>, id: string): Promise<ExportRow> {
  return known(id, await db.selectFrom('export').selectAll().where('id', '=', id).executeTakeFirst());
}

/** As `readExport`, and nobody else changes it until the transaction ends. */
export async function lockExport(tx: Transaction<Tables>, id: string): Promise<ExportRow> {
  return known(
    id,
    await tx.selectFrom('export').selectAll().where('id', '=', id).forUpdate().executeTakeFirst(),
  );
}

function known(id: string, row: ExportRow | undefined): ExportRow {
  if (row) return row;
  throw new AppError('not_found', `There is no export ${id}. See them with: retention export list`);
}

export async function updateExport(
  tx: Kysely<Tables>,
  id: string,
  change: Updateable<ExportTable>,
): Promise<void> {
  await tx.updateTable('export').set(change).where('id', '=', id).execute();
}

/** The exports of these projects, the newest first. Those that are gone are counts alone. */
export async function listExports(
  db: Kysely<Tables>,
  where: { readonly projectIds?: readonly string[]; readonly limit: number },
): Promise<ExportRow[]> {
  return db
    .selectFrom('export')
    .selectAll()
    .$if(where.projectIds !== undefined, (query) =>
      query.where('project_id', 'in', [...(where.projectIds ?? [])]),
    )
    .orderBy('requested_at', 'desc')
    .orderBy('id')
    .limit(where.limit)
    .execute();
}

/** Exports whose id begins with these hexadecimal digits (dashes left out). */
export async function exportsByIdPrefix(
  db: Kysely<Tables>,
  hexDigits: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('export')
    .select('id')
    .where('id', '>=', hexDigits.padEnd(32, '0'))
    .where('id', '<=', hexDigits.padEnd(32, 'f'))
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Adds sessions that were found, with everybody in them. What an erasure or a deletion has taken meanwhile is
 * left out: the lock waits for one that is being recorded, and one that comes later finds these rows.
 */
export async function addSessions(
  tx: Transaction<Tables>,
  row: ExportRow,
  sessionIds: readonly string[],
): Promise<number> {
  if (sessionIds.length === 0) return 0;
  await sql`select from session where id = any(${sessionIds}::uuid[]) order by id for share`.execute(tx);
  const { rows } = await sql<{ id: string }>`
    insert into export_session (export_id, session_id, position)
    select ${row.id}, s.id, ${row.sessions} + (row_number() over ())::int
    from session s
    where s.id = any(${sessionIds}::uuid[]) and s.phase <> 'deleted' and s.deletion_began_at is null
      and (s.erasure_id is null or s.restricted_at is not null)
      and (${row.active_after}::timestamptz is null or s.last_activity_at > ${row.active_after})
      and (${row.active_until}::timestamptz is null or s.last_activity_at <= ${row.active_until})
    on conflict do nothing returning session_id as id`.execute(tx);
  const added = rows.map(({ id }) => id);
  await sql`
    insert into export_subject (export_id, subject_id)
    select distinct ${row.id}::uuid, p.subject_id from participant p
    where p.session_id = any(${added}::uuid[]) and (p.erasure_id is null or p.restricted_ground is not null)
    on conflict do nothing`.execute(tx);
  return added.length;
}

/** Puts the sessions of an export into order; in Telegram's layout all of a person's are one unit. */
export async function orderSessions(
  tx: Transaction<Tables>,
  exportId: string,
  format: ExportFormat,
): Promise<void> {
  const key =
    format === 'telegram'
      ? sql`case when s.kind = 'group' then s.id else coalesce(s.subject_id, s.id) end`
      : sql`s.id`;
  await sql`
    with keyed as (
      select es.session_id, s.opened_at, ${key} as key
      from export_session es join session s on s.id = es.session_id where es.export_id = ${exportId}
    ), dated as (
      select *, min(opened_at) over (partition by key) as first from keyed
    ), ranked as (
      select session_id, dense_rank() over (order by first, key)::int as unit,
        row_number() over (order by opened_at, session_id)::int as position
      from dated
    )
    update export_session es set unit = ranked.unit, position = ranked.position
    from ranked where es.export_id = ${exportId} and es.session_id = ranked.session_id`.execute(tx);
}

/** The sessions of the next units, in order. */
export async function unitsAfter(
  db: Kysely<Tables>,
  exportId: string,
  unit: number,
  limit: number,
): Promise<{ unit: number; sessionId: string }[]> {
  const { rows } = await sql<{ unit: number; sessionId: string }>`
    select unit, session_id as "sessionId" from export_session
    where export_id = ${exportId} and unit > ${unit} and unit <= ${unit + limit}
    order by unit, position`.execute(db);
  return rows;
}

/** The units there are: a session that was deleted since it was found may have taken its unit along. */
export async function lastUnit(db: Kysely<Tables>, exportId: string): Promise<number> {
  const { last } = await db
    .selectFrom('export_session')
    .select((eb) => eb.fn.max<number | null>('unit').as('last'))
    .where('export_id', '=', exportId)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

/** What of an export is written, in order. */
export async function objectsOfExport(
  db: Kysely<Tables>,
  exportId: string,
  kind?: 'part' | 'file',
): Promise<ExportObjectRow[]> {
  return db
    .selectFrom('export_object')
    .selectAll()
    .where('export_id', '=', exportId)
    .where('removed_at', 'is', null)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'part'))
    .orderBy('kind', 'desc')
    .orderBy('number')
    .execute();
}

/** Marks an export for its removal; `false` where it is being removed already. */
export async function beginRemoval(
  tx: Transaction<Tables>,
  row: ExportRow,
  ending: ExportEnding,
  failure: string | null = null,
): Promise<boolean> {
  if (row.state === 'removing' || row.state === 'removed') return false;
  await updateExport(tx, row.id, { state: 'removing', ending, failure, told_at: null });
  return true;
}

/** What an export says of persons and sessions goes; its row keeps the counts. */
export async function forgetContents(tx: Transaction<Tables>, id: string, now: Date): Promise<void> {
  await tx.deleteFrom('export_session').where('export_id', '=', id).execute();
  await tx.deleteFrom('export_subject').where('export_id', '=', id).execute();
  await tx.updateTable('export_object').set({ removed_at: now }).where('export_id', '=', id).execute();
  await updateExport(tx, id, { state: 'removed', removed_at: now, criteria_sealed: null, plan_page: null });
}

/** The exports that hold something of a person and are not gone. */
export async function exportsWith(db: Kysely<Tables>, subjectId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('export_subject')
    .innerJoin('export', 'export.id', 'export_subject.export_id')
    .select('export.id')
    .where('subject_id', '=', subjectId)
    .where('removed_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** The exports that hold a session and are not gone. */
export async function exportsWithSession(db: Kysely<Tables>, sessionId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('export_session')
    .innerJoin('export', 'export.id', 'export_session.export_id')
    .select('export.id')
    .where('session_id', '=', sessionId)
    .where('removed_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Whether somebody in an export asked since for erasure: from the confirmation on nobody sees it. */
export async function holdsErased(db: Kysely<Tables>, { id, requested_at: at }: ExportRow): Promise<boolean> {
  const { rows } = await sql`
    select from export_subject es join erasure e on e.subject_id = es.subject_id
    where es.export_id = ${id} and e.confirmed_at >= ${at} limit 1`.execute(db);
  return rows.length > 0;
}

/** Records that Temporal knows of an export as it was read; what changed meanwhile is told anew. */
export async function markTold(
  db: Kysely<Tables>,
  id: string,
  state: ExportRow['state'],
  now: Date,
): Promise<void> {
  await db
    .updateTable('export')
    .set({ told_at: now })
    .where('id', '=', id)
    .where('state', '=', state)
    .execute();
}

/** Exports of which Temporal has to be told, or whose time was over an hour ago and nothing came of it. */
export async function exportsToTell(
  db: Kysely<Tables>,
  now: Date,
  limit: number,
): Promise<Pick<ExportRow, 'id' | 'project_id' | 'state' | 'expires_at'>[]> {
  const hourAgo = new Date(now.getTime() - 3_600_000);
  return db
    .selectFrom('export')
    .select(['id', 'project_id', 'state', 'expires_at'])
    .where('state', '<>', 'removed')
    .where((eb) =>
      eb.or([
        eb('told_at', 'is', null),
        eb.and([eb('expires_at', '<', hourAgo), eb('told_at', '<', hourAgo)]),
      ]),
    )
    .orderBy('requested_at')
    .limit(limit)
    .execute();
}

/** Who takes part in a session and may be seen, always in the same order. */
export async function peopleOfSession(
  db: Kysely<Tables>,
  sessionId: string,
): Promise<{ id: string; telegramId: number; profileSealed: Buffer | null }[]> {
  return db
    .selectFrom('participant')
    .innerJoin('subject', 'subject.id', 'participant.subject_id')
    .select([
      'subject.id',
      'subject.telegram_user_id as telegramId',
      'subject.profile_sealed as profileSealed',
    ])
    .where('session_id', '=', sessionId)
    .where((eb) => eb.or([eb('erasure_id', 'is', null), eb('restricted_ground', 'is not', null)]))
    .orderBy('subject.telegram_user_id')
    .execute();
}

/** The name of a project, as customers see it. */
export async function projectName(db: Kysely<Tables>, projectId: string): Promise<string> {
  const { name } = await db
    .selectFrom('project')
    .select('name')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  return name;
}
