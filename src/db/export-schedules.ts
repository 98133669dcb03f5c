import type { Insertable, Kysely, Transaction } from 'kysely';
import { AppError } from '../domain/errors.ts';
import type { ExportScheduleRow, ExportScheduleTable } from './exports-tables.ts';
import type { Tables } from './tables.ts';

export async function insertSchedule(
  tx: Kysely<Tables>,
  row: Insertable<ExportScheduleTable>,
): Promise<void> {
  await tx.insertInto('export_schedule').values(row).execute();
}

/** The schedules of these projects that are not removed. */
export async function listSchedules(
  db: Kysely<Tables>,
  projectIds?: readonly string[],
): Promise<ExportScheduleRow[]> {
  return db
    .selectFrom('export_schedule')
    .selectAll()
    .where('removed_at', 'is', null)
    .$if(projectIds !== undefined, (query) => query.where('project_id', 'in', [...(projectIds ?? [])]))
    .orderBy('created_at')
    .execute();
}

/** A schedule, also one that has ended. */
export async function findSchedule(db: Kysely<Tables>, id: string): Promise<ExportScheduleRow | undefined> {
  return db.selectFrom('export_schedule').selectAll().where('id', '=', id).executeTakeFirst();
}

/** @throws AppError `not_found`, also once it is removed */
export async function lockSchedule(tx: Transaction<Tables>, id: string): Promise<ExportScheduleRow> {
  const row = await tx
    .selectFrom('export_schedule')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (row) return row;
  throw new AppError(
    'not_found',
    `There is no schedule ${id}. See them with: retention export schedule list`,
  );
}

/** Schedules by the beginning of their id (hexadecimal digits, dashes left out). */
export async function schedulesByIdPrefix(
  db: Kysely<Tables>,
  hexDigits: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('export_schedule')
    .select('id')
    .where('removed_at', 'is', null)
    .where('id', '>=', hexDigits.padEnd(32, '0'))
    .where('id', '<=', hexDigits.padEnd(32, 'f'))
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Schedules as Temporal has to be told of them. */
export async function schedulesToTell(db: Kysely<Tables>): Promise<ExportScheduleRow[]> {
  return db.selectFrom('export_schedule').selectAll().where('told_at', 'is', null).limit(20).execute();
}
