import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** How a person stands to the privacy notice. */
export interface NoticeState {
  readonly subjectId: string;
  /** Their answer to this version; null while they gave none. */
  readonly answer: 'agreed' | 'declined' | null;
  /** Their latest answer to any version. */
  readonly latest: 'agreed' | 'declined' | null;
  /** Whether this version was shown to them since it is in force. */
  readonly shown: boolean;
}

/** How a person stands to a version of the privacy notice; undefined for who is not known here. */
export async function noticeState(
  db: Kysely<Tables>,
  who: { projectId: string; telegramUserId: number; version: string },
): Promise<NoticeState | undefined> {
  const row = await db
    .selectFrom('subject')
    .select((eb) => [
      'id',
      'notice_shown',
      eb
        .selectFrom('consent')
        .select('choice')
        .whereRef('consent.subject_id', '=', 'subject.id')
        .where('consent.notice_version', '=', who.version)
        .as('answer'),
      eb
        .selectFrom('consent')
        .select('choice')
        .whereRef('consent.subject_id', '=', 'subject.id')
        .orderBy('decided_at', 'desc')
        .limit(1)
        .as('latest'),
    ])
    .where('project_id', '=', who.projectId)
    .where('telegram_user_id', '=', who.telegramUserId)
    .executeTakeFirst();
  return (
    row && {
      subjectId: row.id,
      answer: row.answer,
      latest: row.latest,
      shown: row.notice_shown === who.version,
    }
  );
}

/** Notes that a person was shown a version of the notice, so that it is not put before them again. */
export async function noteNoticeShown(
  db: Kysely<Tables>,
  who: { projectId: string; telegramUserId: number; version: string },
): Promise<void> {
  await db
    .updateTable('subject')
    .set({ notice_shown: who.version })
    .where('project_id', '=', who.projectId)
    .where('telegram_user_id', '=', who.telegramUserId)
    .execute();
}
