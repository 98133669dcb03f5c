import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A subject that a message refers to. */
export interface ReferredSubject {
  readonly id: string;
  readonly telegramUserId: number;
  /** Whether it is whom the entry belongs to. */
  readonly own: boolean;
}

/** Where a message belongs, as far as an act says. */
export interface MessagePlace {
  readonly projectId?: string;
  readonly sessionId?: string;
  readonly subjectId?: string;
}

/** The subjects behind Telegram ids in the project that a message belongs to. */
export async function referredSubjects(
  db: Kysely<Tables>,
  { projectId, sessionId, subjectId }: MessagePlace,
  telegramUserIds: readonly number[],
): Promise<ReferredSubject[]> {
  if (telegramUserIds.length === 0) return [];
  const { rows } = await sql<ReferredSubject>`
    select s.id, s.telegram_user_id as "telegramUserId",
      coalesce(s.id = coalesce(${subjectId ?? null}::uuid, here.subject_id), false) as own
    from subject s left join session here on here.id = ${sessionId ?? null}::uuid
    where s.project_id = coalesce(here.project_id, ${projectId ?? null})
      and s.telegram_user_id = any(${telegramUserIds}::bigint[])`.execute(db);
  return rows;
}

/** A subject that somebody else's entry refers to, as there is of them now. */
export interface SubjectBehind {
  readonly id: string;
  readonly profileSealed: Buffer | null;
  /** An erasure of theirs was confirmed at any time: what others wrote before it must not lead to them again. */
  readonly erased: boolean;
}

/** The subjects behind references; who is gone is missing. */
export async function subjectsBehind(db: Kysely<Tables>, refs: readonly string[]): Promise<SubjectBehind[]> {
  const { rows } = await sql<SubjectBehind>`
    select s.id, s.profile_sealed as "profileSealed", exists (select from erasure e
      where e.subject_id = s.id and e.confirmed_at is not null) as erased
    from subject s where s.id = any(${refs}::uuid[])`.execute(db);
  return rows;
}
