import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** The subjects that a Telegram id or an id of a subject names in these projects. */
export async function subjectsNamed(
  db: Kysely<Tables>,
  projectIds: readonly string[],
  name: string,
): Promise<string[]> {
  return idsNamed(db, 'subject', projectIds, name);
}

/** The members of staff that a Telegram id or their own id names in these projects. */
export async function staffNamed(
  db: Kysely<Tables>,
  projectIds: readonly string[],
  name: string,
): Promise<string[]> {
  return idsNamed(db, 'staff', projectIds, name);
}

async function idsNamed(
  db: Kysely<Tables>,
  table: 'subject' | 'staff',
  projectIds: readonly string[],
  name: string,
): Promise<string[]> {
  const isTelegramId = /^\d+$/.test(name);
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(table)}
    where project_id = any(${projectIds}::text[])
      and ${isTelegramId ? sql`telegram_user_id = ${name}::bigint` : sql`id = ${name}::uuid`}`.execute(db);
  return rows.map(({ id }) => id);
}
