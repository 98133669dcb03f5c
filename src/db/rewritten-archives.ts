import { sql, type Kysely, type Transaction } from 'kysely';
import type { ArchiveRow, Tables } from './tables.ts';

/** What an object came to when it was written again. */
export interface Rewritten {
  readonly objectName: string;
  readonly generation: string;
  readonly facts: {
    readonly size: number;
    readonly sha256: string;
    readonly contentSha256: string;
    readonly counts: { readonly messages: number; readonly revisions: number; readonly attachments: number };
  };
}

/** A number for a name that no object of the session has yet. */
export async function nextArchiveAttempt(db: Kysely<Tables>, sessionId: string): Promise<number> {
  const { attempt } = await db
    .updateTable('session')
    .set({ archive_attempt: sql<number>`archive_attempt + 1` })
    .where('id', '=', sessionId)
    .returning('archive_attempt as attempt')
    .executeTakeFirstOrThrow();
  return attempt;
}

/** Puts what was written in place of what was there; `false` where that is no longer what was read. */
export async function replaceManifest(
  tx: Transaction<Tables>,
  before: Pick<ArchiveRow, 'id' | 'object_name'>,
  { objectName, generation, facts }: Rewritten,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('archive')
    .set({
      object_name: objectName,
      generation,
      size_bytes: facts.size,
      sha256: facts.sha256,
      content_sha256: facts.contentSha256,
      ...facts.counts,
      // Another object, of which nothing bad is known.
      fault: null,
    })
    .where('id', '=', before.id)
    .where('object_name', '=', before.object_name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Forgets the objects of attachments, which are deleted next; how many there were. */
export async function removeManifests(
  tx: Transaction<Tables>,
  sessionId: string,
  attachmentIds: readonly string[],
): Promise<number> {
  if (attachmentIds.length === 0) return 0;
  const { numDeletedRows } = await tx
    .deleteFrom('archive')
    .where('session_id', '=', sessionId)
    .where('attachment_id', 'in', attachmentIds)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
