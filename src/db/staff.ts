import { sql, type Kysely } from 'kysely';
import type { Role } from '../domain/roles.ts';
import type { Tables } from './tables.ts';

/** A member of a project's staff. */
export interface StaffMember {
  readonly id: string;
  readonly roles: readonly Role[];
}

/** The member of staff behind a Telegram id, if there is one; who left has no roles and is none. */
export async function findStaff(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<StaffMember | undefined> {
  return db
    .selectFrom('staff')
    .select(['id', 'roles'])
    .where('project_id', '=', projectId)
    .where('telegram_user_id', '=', telegramUserId)
    .where(sql<boolean>`cardinality(roles) > 0`)
    .executeTakeFirst();
}

/** The Telegram ids of those who decide reviews in a project. */
export async function supervisorsOf(db: Kysely<Tables>, projectId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('staff')
    .select('telegram_user_id')
    .where('project_id', '=', projectId)
    .where((eb) => eb(eb.val('supervisor'), '=', eb.fn.any('roles')))
    .execute();
  return rows.map((row) => row.telegram_user_id);
}
