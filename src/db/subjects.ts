import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A subject as the desk sees it: no Telegram id. */
export interface SubjectRef {
  readonly id: string;
  readonly isNew: boolean;
}

/** Finds the subject behind a Telegram id in a project, or makes one. */
export async function ensureSubject(
  db: Kysely<Tables>,
  person: { projectId: string; telegramUserId: number; language?: string; now: Date },
): Promise<SubjectRef> {
  const id = randomUUID();
  const row = await db
    .insertInto('subject')
    .values({
      id,
      project_id: person.projectId,
      telegram_user_id: person.telegramUserId,
      language: person.language ?? null,
      created_at: person.now,
      last_seen_at: person.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'telegram_user_id']).doUpdateSet({ last_seen_at: person.now }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: row.id, isNew: row.id === id };
}

/** The subject behind a Telegram id in a project, if the project knows one. */
export async function findSubject(
  db: Kysely<Tables>,
  projectId: string,
  telegramUserId: number,
): Promise<{ id: string } | undefined> {
  return db
    .selectFrom('subject')
    .select('id')
    .where('project_id', '=', projectId)
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
}

/** The Telegram id of a subject, for sending only; `undefined` once the subject is gone. */
export async function telegramIdOf(db: Kysely<Tables>, subjectId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('subject')
    .select('telegram_user_id')
    .where('id', '=', subjectId)
    .executeTakeFirst();
  return row?.telegram_user_id;
}

/** Records a customer's answer to a version of the privacy notice; the latest answer stands. */
export async function recordConsent(
  tx: Kysely<Tables>,
  consent: { subjectId: string; noticeVersion: string; choice: 'agreed' | 'declined'; now: Date },
): Promise<void> {
  await tx
    .insertInto('consent')
    .values({
      subject_id: consent.subjectId,
      notice_version: consent.noticeVersion,
      choice: consent.choice,
      decided_at: consent.now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['subject_id', 'notice_version'])
        .doUpdateSet({ choice: consent.choice, decided_at: consent.now }),
    )
    .execute();
}

/** The customer's latest answer to a version of the notice. */
export async function consentOf(
  db: Kysely<Tables>,
  subjectId: string,
  noticeVersion: string,
): Promise<'agreed' | 'declined' | undefined> {
  const row = await db
    .selectFrom('consent')
    .select('choice')
    .where('subject_id', '=', subjectId)
    .where('notice_version', '=', noticeVersion)
    .executeTakeFirst();
  return row?.choice;
}
