import { attachmentContext, revisionContext } from '../db/messages.ts';
import {
  sealedAttachments,
  sealedRevisions,
  type SealedAttachment,
  type SealedRevision,
  type SoughtTexts,
} from '../db/search-texts.ts';
import type { ArchiveRow } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { AttachmentContent, AuthorRole, MessageContent } from '../domain/messages.ts';
import { searchableTexts } from '../search/searchable.ts';
import type { SealedItem } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';

/** A text that a person could look for, and where it stands. */
export interface OpenedText {
  readonly text: string;
  readonly author: AuthorRole;
  readonly at: Date;
}

/** A line of an archive object, as far as a search looks at it. */
export type EntryLine =
  | {
      readonly type: 'message';
      readonly ref: string;
      readonly kind?: string;
      readonly replyTo?: string | undefined;
      readonly author: { readonly role: AuthorRole; readonly ref?: string | undefined };
      readonly revisions: readonly { readonly at: string; readonly content: MessageContent }[];
      readonly attachments: readonly Readonly<Record<string, unknown>>[];
    }
  | { readonly type: 'header' | 'footer' };

/** Opens an archive object by its row. */
export type OpenArchive = (object: ArchiveRow, projectId: string) => AsyncIterable<EntryLine>;

/** What live sessions hold, still sealed. */
export interface SealedTexts {
  readonly revisions: readonly SealedRevision[];
  readonly files: readonly SealedAttachment[];
}

export async function readSealed({ db }: ActDeps, sought: readonly SoughtTexts[]): Promise<SealedTexts> {
  if (sought.every(({ sessionIds }) => sessionIds.length === 0)) return { revisions: [], files: [] };
  const [revisions, files] = await Promise.all([sealedRevisions(db, sought), sealedAttachments(db, sought)]);
  return { revisions, files };
}

/** The texts of live sessions, by session. A session whose keys went meanwhile has none. */
export async function openLive(
  { vault }: ActDeps,
  { revisions, files }: SealedTexts,
): Promise<Map<string, OpenedText[]>> {
  const opened = await openAll(vault, [
    ...revisions.map(({ messageId, revision, sealed }) => ({
      sealed,
      context: revisionContext(messageId, revision),
    })),
    ...files.map(({ id, sealed }) => ({ sealed, context: attachmentContext(id) })),
  ]);
  const texts = new Map<string, OpenedText[]>();
  for (const [at, { sessionId, authorRole, sentAt }] of [...revisions, ...files].entries()) {
    const plain = opened[at];
    if (!plain) continue;
    const content = JSON.parse(plain.toString()) as MessageContent | AttachmentContent;
    const readable =
      at < revisions.length
        ? searchableTexts(content as MessageContent, [])
        : searchableTexts({}, [content as AttachmentContent]);
    const found = texts.get(sessionId) ?? [];
    texts.set(sessionId, found);
    for (const text of readable) found.push({ text, author: authorRole, at: sentAt });
  }
  return texts;
}

/** An erasure may destroy a key between the index and the vault: then what it sealed is as good as gone. */
async function openAll(
  vault: ActDeps['vault'],
  items: readonly SealedItem[],
): Promise<(Buffer | undefined)[]> {
  try {
    return await vault.openMany(items);
  } catch (error) {
    if (!isGone(error)) throw error;
    return Promise.all(
      items.map(({ sealed, context }) =>
        vault.open(sealed, context).catch((cause: unknown) => {
          if (!isGone(cause)) throw cause;
          return undefined;
        }),
      ),
    );
  }
}

export function isGone(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'key_destroyed' || error.code === 'object_missing');
}

/** The texts of one archived session, from its objects. */
export async function openArchived(
  open: OpenArchive,
  objects: readonly ArchiveRow[],
  projectId: string,
): Promise<OpenedText[]> {
  const texts: OpenedText[] = [];
  for (const object of objects)
    try {
      for await (const line of open(object, projectId)) texts.push(...textsOfLine(line));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  return texts;
}

export function textsOfLine(line: EntryLine): OpenedText[] {
  if (line.type !== 'message') return [];
  const names = line.attachments.flatMap(({ fileName }) =>
    typeof fileName === 'string' ? [{ fileName }] : [],
  );
  return line.revisions.flatMap(({ at, content }, index) =>
    searchableTexts(content, index === 0 ? names : []).map((text) => ({
      text,
      author: line.author.role,
      at: new Date(at),
    })),
  );
}
