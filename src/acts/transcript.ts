import { randomUUID } from 'node:crypto';
import { appendAuditEntry } from '../audit/append.ts';
import { readMessages, type LiveMessage } from '../db/archives.ts';
import { readLife, type Life } from '../db/life.ts';
import { attachmentContext, revisionContext } from '../db/messages.ts';
import { participantsSeen } from '../db/search-rebuild.ts';
import { entryObjectsOf } from '../db/search-texts.ts';
import { readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import type { AttachmentContent, AuthorRole, MessageContent } from '../domain/messages.ts';
import { mayDo } from '../domain/roles.ts';
import type { ActDeps } from './deps.ts';
import type { Reader } from './search-readers.ts';
import type { EntryLine, OpenArchive } from './search-texts.ts';

export interface TranscriptAct {
  readonly sessionId: string;
  readonly reader: Reader;
  readonly reason: string;
  readonly now: Date;
  readonly openArchive: OpenArchive;
}

export interface TranscriptEntry {
  readonly ref: string;
  /** Whose part of the session it is, whoever wrote it. */
  readonly subjectId: string;
  readonly kind: string;
  readonly author: { readonly role: AuthorRole; readonly ref: string | null };
  readonly replyTo: string | null;
  readonly revisions: readonly { readonly at: Date; readonly content: MessageContent }[];
  readonly attachments: readonly {
    readonly kind: string;
    readonly size: number | null;
    readonly fileName: string | null;
    /** Why its bytes are not kept, where they are not. */
    readonly missing: string | null;
  }[];
}

/** A whole session as it can be printed. */
export interface Transcript {
  readonly life: Life;
  readonly entries: readonly TranscriptEntry[];
  /** How many persons' entries were erased from it. */
  readonly erasedPersons: number;
  /** The audit entry of this very reading. */
  readonly audit: {
    readonly seq: number;
    readonly opId: string;
    readonly actor: string;
    readonly reason: string;
  };
}

/**
 * Opens a session from its first entry to its last, live or archived. The reading is audited before anything
 * is opened.
 *
 * @throws AppError `not_found`, `not_allowed`, `phase_conflict` for a deleted session
 */
export async function openTranscript(deps: ActDeps, act: TranscriptAct): Promise<Transcript> {
  const life = await readLife(deps.db, act.sessionId, act.now);
  if (life.phase === 'deleted' || life.erased)
    throw new AppError(
      'phase_conflict',
      `Session ${life.sessionId} is deleted: nothing of it is left to read.`,
    );
  requireReader(life, act.reader);
  const audit = await recordReading(deps, life, {
    ...act,
    reason: life.restrictedAt ? `${act.reason}; restricted` : act.reason,
  });
  const live = life.phase === 'open' || life.phase === 'closed';
  const entries = live ? await liveEntries(deps, life) : await archivedEntries(deps, life, act.openArchive);
  return { life, entries, erasedPersons: await countErased(deps, life.sessionId), audit };
}

/** Whoever runs the installation reads as `archive cat` does: all, and the audit says so. */
function requireReader(life: Life, { actor, roles }: Reader): void {
  if (actor.kind === 'operator') return;
  const live = life.phase === 'open' || life.phase === 'closed';
  const narrowed = life.restrictedAt ? (['compliance'] as const) : readersOf(life.policy, life);
  const reads = mayDo(roles, 'archive.read') || (live && mayDo(roles, 'session.answer'));
  if (reads && (!narrowed || narrowed.some((role) => roles.includes(role)))) return;
  throw new AppError('not_allowed', `Session ${life.sessionId} is not for your roles to read.`);
}

async function recordReading({ db }: ActDeps, life: Life, { reader, reason, now }: TranscriptAct) {
  const opId = `transcript:${randomUUID()}`;
  await appendAuditEntry(db, {
    at: now,
    actor: reader.actor,
    action: 'transcript.read',
    object: { kind: 'session', id: life.sessionId },
    projectId: life.projectId,
    reason,
    opId,
  });
  const { seq } = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('op_id', '=', opId)
    .executeTakeFirstOrThrow();
  return { seq, opId, actor: reader.actor.id, reason };
}

async function liveEntries(deps: ActDeps, { sessionId }: Life): Promise<TranscriptEntry[]> {
  const entries: TranscriptEntry[] = [];
  const seen = await participantsSeen(deps.db, sessionId);
  for await (const batch of readMessages(deps.db, sessionId, null))
    for (const message of batch)
      if (seen.has(message.subjectId)) entries.push(await openEntry(deps, message));
  return entries;
}

async function openEntry({ vault }: ActDeps, message: LiveMessage): Promise<TranscriptEntry> {
  const { id, authorRole, staffId, subjectId, kind, replyTo, revisions, attachments } = message;
  const texts = await vault.openMany(
    revisions.map(({ revision, sealed }) => ({ sealed, context: revisionContext(id, revision) })),
  );
  const files = await vault.openMany(
    attachments.map((file) => ({ sealed: file.sealed, context: attachmentContext(file.id) })),
  );
  return {
    ...{
      ref: id,
      subjectId,
      kind,
      replyTo,
      author: { role: authorRole, ref: authorRole === 'agent' ? staffId : subjectId },
    },
    revisions: revisions.map(({ at }, index) => ({
      at,
      content: JSON.parse(String(texts[index])) as MessageContent,
    })),
    attachments: attachments.map((file, index) => ({
      ...{ kind: file.kind, size: file.sizeBytes, missing: null },
      fileName: (JSON.parse(String(files[index])) as AttachmentContent).fileName ?? null,
    })),
  };
}

async function archivedEntries(
  { db }: ActDeps,
  { sessionId, projectId }: Life,
  open: OpenArchive,
): Promise<TranscriptEntry[]> {
  const entries: TranscriptEntry[] = [];
  for (const object of await entryObjectsOf(db, [sessionId]))
    for await (const line of open(object, projectId))
      if (line.type === 'message') entries.push(entryOf(line, object.subject_id));
  // Each person's entries lie in an object of their own.
  return entries.sort((a, b) => Number(a.revisions[0]?.at) - Number(b.revisions[0]?.at));
}

function entryOf(line: EntryLine & { type: 'message' }, subjectId: string): TranscriptEntry {
  const { ref, kind, author, replyTo, revisions, attachments } = line;
  return {
    ...{ ref, subjectId, kind: kind ?? 'text', replyTo: replyTo ?? null },
    author: { role: author.role, ref: author.ref ?? null },
    revisions: revisions.map(({ at, content }) => ({ at: new Date(at), content })),
    attachments: attachments.map(({ kind: what, size, fileName, reason }) => ({
      kind: String(what),
      size: typeof size === 'number' ? size : null,
      fileName: typeof fileName === 'string' ? fileName : null,
      missing: typeof reason === 'string' ? reason : null,
    })),
  };
}

/** The tombstones of objects say whose entries went. */
async function countErased({ db }: ActDeps, sessionId: string): Promise<number> {
  const { count } = await db
    .selectFrom('archive')
    .select((eb) => eb.fn.count<number>('subject_id').distinct().as('count'))
    .where('session_id', '=', sessionId)
    .where('deleted_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}
