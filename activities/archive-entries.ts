import { createHash, randomUUID } from 'node:crypto';
import { writeArchive } from '../src/archive/format.ts';
import { ARCHIVE_VERSION, type ArchivedMessage, type NewArchiveHeader } from '../src/archive/lines.ts';
import {
  archiveContext,
  archiveName,
  attachmentContext as sealedFor,
  attachmentName,
} from '../src/archive/names.ts';
import type { ArchiveStore } from '../src/archive/store.ts';
import { verifyArchive } from '../src/archive/verify.ts';
import { readMessages, type LiveMessage, type NewManifest } from '../src/db/archives.ts';
import { attachmentContext, revisionContext } from '../src/db/messages.ts';
import { AppError } from '../src/domain/errors.ts';
import type { AttachmentContent, MessageContent } from '../src/domain/messages.ts';
import { openStream, sealStream } from '../src/vault/sealed-stream.ts';
import type { DataKey } from '../src/vault/vault.ts';
import type { Archiving } from './archiving.ts';
import type { ActivityDeps } from './deps.ts';

interface Writing extends Archiving {
  readonly subjectId: string;
  readonly store: ArchiveStore;
  readonly key: DataKey;
}

/**
 * Writes one subject's entries of a session as one object, with its attachments beside it, reads all
 * back, and returns the manifests to record.
 */
export async function archiveEntries(
  deps: ActivityDeps,
  archiving: Archiving,
  subjectId: string,
): Promise<NewManifest[]> {
  const { sessionId, projectId } = archiving.life;
  const store = await deps.stores.of(projectId);
  const [key] = await deps.vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  const writing = { ...archiving, subjectId, store, key };
  const files: NewManifest[] = [];
  const place = { project: projectId, session: sessionId, subject: subjectId };
  const name = archiveName(place, archiving.attempt);
  const { body, done } = writeArchive({
    header: headerOf(writing),
    messages: entries(deps, writing, files),
    seal: sealStream(key, archiveContext(place)),
  });
  const object = await store.put(name, body, {
    ifGeneration: '0',
    metadata: { schema: `${ARCHIVE_VERSION}` },
  });
  const facts = await done;
  deps.reached('archive.written');
  await verifyArchive({
    store,
    open: openStream(deps.vault, archiveContext(place)),
    manifest: { ...facts, place, name, generation: object.generation },
  });
  return [
    {
      ...manifestBase(writing, name, object.generation),
      attachment_id: null,
      size_bytes: facts.size,
      sha256: facts.sha256,
      content_sha256: facts.contentSha256,
      messages: facts.counts.messages,
      revisions: facts.counts.revisions,
      attachments: facts.counts.attachments,
    },
    ...files,
  ];
}

function headerOf({ life, subjectId }: Writing): NewArchiveHeader {
  return {
    session: life.sessionId,
    subject: subjectId,
    project: life.projectId,
    kind: life.kind,
    openedAt: life.openedAt.toISOString(),
    closedAt: (life.closedAt ?? life.openedAt).toISOString(),
    ...(life.closeReason && { closeReason: life.closeReason }),
    tags: [...life.tags],
  };
}

function manifestBase(writing: Writing, name: string, generation: string) {
  return {
    id: randomUUID(),
    session_id: writing.life.sessionId,
    subject_id: writing.subjectId,
    store: writing.store.url,
    object_name: name,
    generation,
    schema_version: ARCHIVE_VERSION,
    key_id: writing.key.id,
    written_at: new Date(),
  };
}

async function* entries(
  deps: ActivityDeps,
  writing: Writing,
  files: NewManifest[],
): AsyncIterable<ArchivedMessage> {
  for await (const batch of readMessages(deps.db, writing.life.sessionId, writing.subjectId)) {
    const texts = await deps.vault.openMany(
      batch.flatMap((message) =>
        message.revisions.map(({ sealed, revision }) => ({
          sealed,
          context: revisionContext(message.id, revision),
        })),
      ),
    );
    let at = 0;
    for (const message of batch) {
      const contents = message.revisions.map(() => JSON.parse(String(texts[at++])) as MessageContent);
      const attachments = [];
      for (const attachment of message.attachments)
        attachments.push(await archiveAttachment(deps, writing, attachment, files));
      yield { ...entryOf(message, contents, attachments), ...numbersOf(writing, message) };
    }
  }
}

function entryOf(
  message: LiveMessage,
  contents: MessageContent[],
  attachments: ArchivedMessage['attachments'],
): ArchivedMessage {
  const author = message.authorRole === 'agent' ? message.staffId : message.subjectId;
  return {
    type: 'message',
    ref: message.id,
    kind: message.kind,
    author: { role: message.authorRole, ...(author && { ref: author }) },
    ...(message.replyTo && { replyTo: message.replyTo }),
    // An imported message that was edited has its last text alone, from when it was edited.
    ...(message.sentAt.getTime() !== message.revisions[0]?.at.getTime() && {
      sentAt: message.sentAt.toISOString(),
    }),
    revisions: message.revisions.map(({ revision, at }, index) => ({
      revision,
      at: at.toISOString(),
      content: contents[index] ?? {},
    })),
    attachments,
  };
}

/** By these a message is found again that the owner of a business account deletes in Telegram later. */
function numbersOf({ life }: Writing, { telegramMessageId, staffMessageId }: LiveMessage) {
  if (life.kind !== 'business') return {};
  return {
    ...(telegramMessageId !== null && { telegramMessageId }),
    ...(staffMessageId !== null && { staffMessageId }),
  };
}

type Attachment = LiveMessage['attachments'][number];

/** Brings an attachment from Telegram to the store, or says in the entry why it is a reference only. */
async function archiveAttachment(
  deps: ActivityDeps,
  writing: Writing,
  attachment: Attachment,
  files: NewManifest[],
): Promise<ArchivedMessage['attachments'][number]> {
  const [opened] = await deps.vault.openMany([
    { sealed: attachment.sealed, context: attachmentContext(attachment.id) },
  ]);
  const { fileId, uniqueId: _, ...description } = JSON.parse(String(opened)) as AttachmentContent;
  const { id, kind, sizeBytes } = attachment;
  const entry = { id, kind, ...(sizeBytes !== null && { size: sizeBytes }), ...description };
  if (writing.referencesOnly) return { ...entry, reason: 'by_policy' };
  if (!fileId) return { ...entry, reason: 'not_imported' };
  const fetched = await deps.fetchAttachment(writing.life.projectId, fileId);
  if ('refused' in fetched) return { ...entry, reason: fetched.refused };
  const manifest = await putAttachment(writing, id, fetched.bytes);
  deps.reached('archive.attachment-written');
  files.push(manifest);
  return { ...entry, size: fetched.bytes.length, object: manifest.object_name };
}

async function putAttachment(writing: Writing, id: string, bytes: Buffer): Promise<NewManifest> {
  const { store, key, life, attempt } = writing;
  const place = { project: life.projectId, session: life.sessionId, attachment: id };
  const name = attachmentName(place, attempt);
  const sealed = await gather(sealStream(key, sealedFor(place))(pieces(bytes)));
  const sha256 = createHash('sha256').update(sealed).digest('hex');
  const object = await store.put(name, sealed, { ifGeneration: '0', metadata: {} });
  const back = createHash('sha256');
  for await (const chunk of store.get(name, object.generation)) back.update(chunk);
  if (back.digest('hex') !== sha256)
    throw new AppError(
      'archive_damaged',
      `Attachment object ${name} came back from its store changed. It is written again.`,
    );
  return {
    ...manifestBase(writing, name, object.generation),
    attachment_id: id,
    size_bytes: sealed.length,
    sha256,
    content_sha256: createHash('sha256').update(bytes).digest('hex'),
    messages: 0,
    revisions: 0,
    attachments: 0,
  };
}

async function* pieces(bytes: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(bytes);
}

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
