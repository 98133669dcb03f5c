import { attachmentContext as sealedFor, archiveContext } from '../src/archive/names.ts';
import { readArchive } from '../src/archive/format.ts';
import type { ArchivedMessage, ArchiveLine } from '../src/archive/lines.ts';
import { manifestsOf, readMessages, type LiveMessage } from '../src/db/archives.ts';
import { peopleOfSession } from '../src/db/exports.ts';
import type { Life } from '../src/db/life.ts';
import { attachmentContext, profileContext, revisionContext } from '../src/db/messages.ts';
import { subjectsBehind } from '../src/db/person-references.ts';
import type { ArchiveRow } from '../src/db/tables.ts';
import type { AttachmentContent, MessageContent, SubjectProfile } from '../src/domain/messages.ts';
import { referencesIn, resolveReferences } from '../src/domain/person-references.ts';
import {
  nameOf,
  type ExportedMessage,
  type ExportedPerson,
  type ExportedSession,
} from '../src/export/session.ts';
import { openStream } from '../src/vault/sealed-stream.ts';
import type { ActivityDeps } from './deps.ts';

export type SourceDeps = Pick<ActivityDeps, 'db' | 'vault' | 'stores' | 'fetchAttachment'>;

/** Opens an archive object by its row, which is its manifest; other persons in it stay references. */
export async function* openObject(
  { stores, vault }: Pick<ActivityDeps, 'stores' | 'vault'>,
  object: ArchiveRow,
  projectId: string,
): AsyncIterable<ArchiveLine> {
  const store = await stores.at(object.store);
  const place = { project: projectId, session: object.session_id, subject: object.subject_id };
  yield* readArchive({
    body: store.get(object.object_name, object.generation),
    open: openStream(vault, archiveContext(place)),
    expected: { counts: object, sha256: object.sha256, contentSha256: object.content_sha256 },
  });
}

/** A session, live or archived, as an export reads it: nothing is opened before it is asked for. */
export async function exportedSession(
  deps: SourceDeps,
  life: Life,
  projectName: string,
): Promise<ExportedSession> {
  const people = await peopleOf(deps, life.sessionId);
  const partOf = (subjectId: string) => messagesOf(deps, life, subjectId);
  return {
    id: life.sessionId,
    project: life.projectId,
    projectName,
    kind: life.kind,
    phase: life.phase,
    openedAt: life.openedAt,
    lastActivityAt: life.lastActivityAt,
    closedAt: life.closedAt,
    closeReason: life.closeReason,
    tags: life.tags,
    people,
    partOf,
    messages: () => withNames(deps, people, byTime(people.map(({ id }) => partOf(id)))),
  };
}

async function peopleOf({ db, vault }: SourceDeps, sessionId: string): Promise<ExportedPerson[]> {
  const people: ExportedPerson[] = [];
  for (const { id, telegramId, profileSealed } of await peopleOfSession(db, sessionId)) {
    const opened = profileSealed && (await vault.open(profileSealed, profileContext(id)));
    const profile = opened ? (JSON.parse(opened.toString()) as SubjectProfile) : {};
    people.push({ id, telegramId, profile });
  }
  return people;
}

/** Live rows first and the archive after them, so that a session that is archived meanwhile is whole. */
async function* messagesOf(deps: SourceDeps, life: Life, subjectId: string): AsyncIterable<ExportedMessage> {
  const seen = new Set<string>();
  for await (const batch of readMessages(deps.db, life.sessionId, subjectId))
    for (const message of await openBatch(deps, life, batch)) {
      seen.add(message.ref);
      yield message;
    }
  const objects = await manifestsOf(deps.db, life.sessionId);
  for (const object of objects)
    if (object.attachment_id === null && object.subject_id === subjectId)
      for await (const line of openObject(deps, object, life.projectId))
        if (line.type === 'message' && !seen.has(line.ref)) yield fromLine(deps, life, objects, object, line);
}

async function openBatch(
  { vault, fetchAttachment }: SourceDeps,
  { projectId }: Life,
  batch: readonly LiveMessage[],
): Promise<ExportedMessage[]> {
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
    subjectId: message.subjectId,
    role: message.authorRole,
    staffId: message.staffId,
    replyTo: message.replyTo,
    sentAt: message.sentAt,
    revisions: message.revisions.map((one) => ({
      ...{ revision: one.revision, at: one.at },
      content: next<MessageContent>(),
    })),
    attachments: message.attachments.map(({ id, kind, sizeBytes }) => {
      const { fileId, ...described } = next<AttachmentContent>();
      const open = async () => {
        const fetched = await fetchAttachment(projectId, fileId ?? '');
        return 'bytes' in fetched ? once(fetched.bytes) : null;
      };
      return { id, kind, sizeBytes, ...described, ...(fileId && { open }) };
    }),
  }));
}

async function* once(bytes: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(bytes);
}

function fromLine(
  { stores, vault }: SourceDeps,
  { projectId: project, sessionId: session }: Life,
  objects: readonly ArchiveRow[],
  { subject_id: subjectId }: ArchiveRow,
  line: ArchivedMessage,
): ExportedMessage {
  const { ref, kind = 'text', author, replyTo = null, revisions, attachments } = line;
  const sentAt = line['sentAt'] ?? revisions[0]?.at;
  return {
    ...{ ref, kind, subjectId, replyTo, role: author.role },
    staffId: author.role === 'agent' ? (author.ref ?? null) : null,
    sentAt: new Date(typeof sentAt === 'string' ? sentAt : 0),
    revisions: revisions.map(({ revision, at, content }) => ({ revision, at: new Date(at), content })),
    attachments: attachments.map(({ id, kind: what, size, fileName, mimeType }) => {
      const object = objects.find((one) => one.attachment_id === id);
      const open = async () => {
        if (!object) return null;
        const store = await stores.at(object.store);
        const place = { project, session, attachment: id };
        return openStream(vault, sealedFor(place))(store.get(object.object_name, object.generation));
      };
      return {
        ...{ id, kind: what, sizeBytes: size ?? null },
        ...(typeof fileName === 'string' && { fileName }),
        ...(typeof mimeType === 'string' && { mimeType }),
        ...(object && { open }),
      };
    }),
  };
}

/** Several persons' messages as one stream by time: each stream is in order, and one message of each is held. */
async function* byTime(streams: readonly AsyncIterable<ExportedMessage>[]): AsyncIterable<ExportedMessage> {
  const heads: { rest: AsyncIterator<ExportedMessage, undefined>; message: ExportedMessage }[] = [];
  for (const stream of streams) {
    const rest = stream[Symbol.asyncIterator]() as AsyncIterator<ExportedMessage, undefined>;
    const { value: message } = await rest.next();
    if (message) heads.push({ rest, message });
  }
  while (heads.length > 0) {
    const first = heads.reduce((best, one) => (one.message.sentAt < best.message.sentAt ? one : best));
    yield first.message;
    const { value: message } = await first.rest.next();
    if (message) first.message = message;
    else heads.splice(heads.indexOf(first), 1);
  }
}

const NOBODY = 'deleted person';

/** Names other persons as they are now; whoever was erased is nobody any more. */
async function* withNames(
  { db, vault }: SourceDeps,
  people: readonly ExportedPerson[],
  messages: AsyncIterable<ExportedMessage>,
): AsyncIterable<ExportedMessage> {
  const names = new Map(people.map((person) => [person.id, nameOf(person) || 'a person without a name']));
  for await (const message of messages) {
    const refs = referencesIn(message.revisions.map(({ content }) => content));
    const unknown = refs.filter((ref) => !names.has(ref));
    for (const { id, profileSealed, erased } of unknown.length > 0 ? await subjectsBehind(db, unknown) : []) {
      const opened = profileSealed && !erased ? await vault.open(profileSealed, profileContext(id)) : null;
      const profile = opened ? (JSON.parse(opened.toString()) as SubjectProfile) : {};
      const name = nameOf({ id, telegramId: null, profile });
      names.set(id, erased ? NOBODY : name || 'a person without a name');
    }
    const resolved = (content: MessageContent) =>
      resolveReferences(content, (ref) => names.get(ref) ?? NOBODY) as MessageContent;
    yield refs.length === 0
      ? message
      : {
          ...message,
          revisions: message.revisions.map((one) => ({ ...one, content: resolved(one.content) })),
        };
  }
}
