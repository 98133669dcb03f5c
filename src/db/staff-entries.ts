import type { Kysely } from 'kysely';
import type { AuthorRole } from '../domain/messages.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { Tables } from './tables.ts';

/** A live entry of a session as it stands in the staff topic. */
export interface TopicEntry {
  readonly id: string;
  readonly sessionId: string;
  readonly subjectId: string;
  readonly authorRole: AuthorRole;
  readonly kind: string;
}

/** The entry behind a message of a session's topic: the original of a member of staff, or a customer's copy. */
export async function entryInTopic(
  db: Kysely<Tables>,
  { sessionId, staffMessageId }: { readonly sessionId: string; readonly staffMessageId: number },
): Promise<TopicEntry | undefined> {
  return db
    .selectFrom('message')
    .select(['id', 'session_id as sessionId', 'subject_id as subjectId', 'author_role as authorRole', 'kind'])
    .where('session_id', '=', sessionId)
    .where('staff_message_id', '=', staffMessageId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Whether what came before of an album is a note: its other parts have no words that could say so. */
export async function isAlbumOfNote(
  db: Kysely<Tables>,
  { sessionId, album }: { readonly sessionId: string; readonly album: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('message')
    .select('id')
    .where('session_id', '=', sessionId)
    .where('album', '=', album)
    .where('kind', '=', NOTE_KIND)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Makes notes of the parts of an album that came before the one whose words say that it is a note. */
export async function turnIntoNotes(
  tx: Kysely<Tables>,
  { sessionId, album }: { readonly sessionId: string; readonly album: string },
): Promise<void> {
  await tx
    .updateTable('message')
    .set({ kind: NOTE_KIND })
    .where('session_id', '=', sessionId)
    .where('album', '=', album)
    .where('author_role', '=', 'agent')
    .where('staff_message_id', 'is not', null)
    // What the customer has seen is no note any more.
    .where('telegram_message_id', 'is', null)
    .execute();
}

/** Whether a session belongs to a project: a button of one must not reach into another. */
export async function isOfProject(
  db: Kysely<Tables>,
  { sessionId, projectId }: { readonly sessionId: string; readonly projectId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('session')
    .select('id')
    .where('id', '=', sessionId)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return row !== undefined;
}

/** The translations of an entry that stand in the customer's chat. */
export async function translatedCopies(db: Kysely<Tables>, messageId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('translation')
    .select('telegram_message_id')
    .where('message_id', '=', messageId)
    .execute();
  return [...new Set(rows.flatMap((row) => row.telegram_message_id ?? []))];
}
