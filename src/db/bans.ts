import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Whether a person's messages are not taken in a project. */
export async function isBanned(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<boolean> {
  const { rows } = await sql`
    select from subject where project_id = ${projectId} and telegram_user_id = ${telegramUserId}
      and banned_at is not null`.execute(db);
  return rows.length > 0;
}

/** Notes that a banned person is being told so; `false` where they were told before. */
export async function markBanTold(
  db: Kysely<Tables>,
  person: { readonly projectId: string; readonly telegramUserId: number; readonly now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('subject')
    .set({ ban_told_at: person.now })
    .where('project_id', '=', person.projectId)
    .where('telegram_user_id', '=', person.telegramUserId)
    .where('banned_at', 'is not', null)
    .where('ban_told_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Bans a subject, or lifts its ban; `false` where nothing changed. */
export async function setBan(
  tx: Kysely<Tables>,
  ban: { readonly subjectId: string; readonly at: Date | null },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('subject')
    .set({ banned_at: ban.at, ban_told_at: null })
    .where('id', '=', ban.subjectId)
    .where('banned_at', ban.at ? 'is' : 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
