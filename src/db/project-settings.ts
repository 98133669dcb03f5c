import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A project as its file had it when it was taken over. */
export interface ProjectSettings {
  readonly name: string;
  readonly timeZone: string;
  readonly language: string;
  readonly jurisdiction: string;
  readonly noticeVersion: string;
  readonly staffChatId: number | null;
  /** When the newest session began; `null` where there is none. */
  readonly newestSessionAt: Date | null;
}

export async function settingsOf(
  db: Kysely<Tables>,
  projectId: string,
): Promise<ProjectSettings | undefined> {
  return db
    .selectFrom('project')
    .select([
      'name',
      'time_zone as timeZone',
      'language',
      'jurisdiction',
      'notice_version as noticeVersion',
      'staff_chat_id as staffChatId',
      sql<Date | null>`(select opened_at from session where project_id = ${projectId}
        order by opened_at desc, id desc limit 1)`.as('newestSessionAt'),
    ])
    .where('id', '=', projectId)
    .executeTakeFirst();
}
