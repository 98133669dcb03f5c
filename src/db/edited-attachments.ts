import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** The attachments of a live message, still sealed, in no particular order. */
export async function attachmentsOf(
  db: Kysely<Tables>,
  messageId: string,
): Promise<{ id: string; kind: string; sizeBytes: number | null; sealed: Buffer }[]> {
  return db
    .selectFrom('attachment')
    .select(['id', 'kind', 'size_bytes as sizeBytes', 'sealed'])
    .where('message_id', '=', messageId)
    .execute();
}
