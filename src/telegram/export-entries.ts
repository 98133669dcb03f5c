import { manifestsOf, readMessages, type LiveMessage } from '../db/archives.ts';
import { attachmentContext, revisionContext } from '../db/messages.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';
import type { ExportEntry } from '../export/entry.ts';
import type { DeskDeps } from './deps.ts';

type Opens = Pick<DeskDeps, 'db' | 'vault' | 'openArchive'>;

/** Who and what of a session is handed out. */
export interface ExportShare {
  readonly sessionId: string;
  readonly projectId: string;
  readonly subjectId: string;
}

/**
 * What a session holds of one subject, in the order it came in. Live rows are read first and the archive
 * after them, so that a session that is archived meanwhile is whole.
 */
export async function* entriesOf(deps: Opens, share: ExportShare): AsyncIterable<ExportEntry> {
  const seen = new Set<string>();
  for await (const batch of readMessages(deps.db, share.sessionId, share.subjectId))
    for (const entry of await openLive(deps, batch)) {
      seen.add(entry.ref);
      yield entry;
    }
  for await (const entry of archivedEntries(deps, share)) if (!seen.has(entry.ref)) yield entry;
}

async function openLive({ vault }: Opens, batch: readonly LiveMessage[]): Promise<ExportEntry[]> {
  const opened = await vault.openMany(
    batch.flatMap((message) => [
      ...message.revisions.map(({ sealed, revision }) => ({
        sealed,
        context: revisionContext(message.id, revision),
      })),
      ...message.attachments.map(({ sealed, id }) => ({ sealed, context: attachmentContext(id) })),
    ]),
  );
  let at = 0;
  const next = <T>() => JSON.parse(String(opened[at++])) as T;
  return batch.map((message) => ({
    ref: message.id,
    kind: message.kind,
    role: message.authorRole,
    replyTo: message.replyTo,
    revisions: message.revisions.map((revision) => ({ at: revision.at, content: next<MessageContent>() })),
    attachments: message.attachments.map(({ kind, sizeBytes }) => {
      const { fileId: _fileId, ...described } = next<AttachmentContent>();
      return { kind, sizeBytes, ...described };
    }),
  }));
}

async function* archivedEntries(deps: Opens, share: ExportShare): AsyncIterable<ExportEntry> {
  const objects = (await manifestsOf(deps.db, share.sessionId)).filter(
    (object) => object.attachment_id === null && object.subject_id === share.subjectId,
  );
  for (const object of objects)
    for await (const line of deps.openArchive(object, share.projectId)) {
      if (line.type !== 'message') continue;
      yield {
        ref: line.ref,
        kind: line.kind ?? 'text',
        role: line.author.role,
        replyTo: line.replyTo ?? null,
        revisions: line.revisions.map(({ at, content }) => ({ at: new Date(at), content })),
        attachments: line.attachments.map(({ kind, size, fileName, mimeType }) => ({
          kind,
          sizeBytes: size ?? null,
          ...(typeof fileName === 'string' && { fileName }),
          ...(typeof mimeType === 'string' && { mimeType }),
        })),
      };
    }
}
