import { sql, type Insertable, type Kysely } from 'kysely';
import type { SessionKind } from '../domain/messages.ts';
import type { Tables } from './tables.ts';
import type { TranslationTable } from './translations-tables.ts';

/** What a translation is found by: one revision of a message, in one language. */
export interface TranslationKey {
  readonly messageId: string;
  readonly revision: number;
  readonly language: string;
}

/** What a translation is bound to when it is sealed. */
export function translationContext({ messageId, revision, language }: TranslationKey): string {
  return `translation:${messageId}:${revision}:${language}`;
}

/** A translation that was made before. */
export async function findTranslation(
  db: Kysely<Tables>,
  key: TranslationKey,
): Promise<{ sealed: Buffer; translator: string } | undefined> {
  return db
    .selectFrom('translation')
    .select(['sealed', 'translator'])
    .where('message_id', '=', key.messageId)
    .where('revision', '=', key.revision)
    .where('language', '=', key.language)
    .executeTakeFirst();
}

/**
 * Keeps a translation. Of two that were made at once, the first stays.
 *
 * @returns false where the person's part of the session is gone, and the translation with it
 */
export async function keepTranslation(
  db: Kysely<Tables>,
  row: Insertable<TranslationTable>,
): Promise<boolean> {
  try {
    await db
      .insertInto('translation')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return true;
  } catch (error) {
    if (/^translation_.*_fkey$/.test((error as { constraint?: string }).constraint ?? '')) return false;
    throw error;
  }
}

/** Where translations of a message into a language are shown, the newest first. */
export async function shownTranslation(
  db: Kysely<Tables>,
  { messageId, language }: Omit<TranslationKey, 'revision'>,
  side: TranslationSide,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('translation')
    .select(side)
    .where('message_id', '=', messageId)
    .where('language', '=', language)
    .where(side, 'is not', null)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.[side] ?? undefined;
}

/** The chat a translation is shown in: the staff topic's or the customer's. */
export type TranslationSide = 'staff_message_id' | 'telegram_message_id';

/** Records where a translation is shown. */
export async function noteShown(
  db: Kysely<Tables>,
  key: TranslationKey,
  side: TranslationSide,
  shown: number,
): Promise<void> {
  await db
    .updateTable('translation')
    .set({ [side]: shown })
    .where('message_id', '=', key.messageId)
    .where('revision', '=', key.revision)
    .where('language', '=', key.language)
    .execute();
}

/** Whose part of a session a message is, which language its customer reads, and how often it was revised. */
export async function translationParties(
  db: Kysely<Tables>,
  messageId: string,
): Promise<{ subjectId: string; customerLanguage: string | null; kind: SessionKind; lastRevision: number }> {
  return db
    .selectFrom('message as m')
    .innerJoin('session as s', 's.id', 'm.session_id')
    .leftJoin('subject as p', 'p.id', 's.subject_id')
    .select((eb) => [
      'm.subject_id as subjectId',
      eb.fn.coalesce('p.chosen_language', 'p.language').as('customerLanguage'),
      's.kind',
      sql<number>`(select max(revision) from revision where message_id = m.id)`.as('lastRevision'),
    ])
    .where('m.id', '=', messageId)
    .executeTakeFirstOrThrow();
}
