import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import {
  insertEntries,
  saveParticipants,
  saveSessions,
  saveSubjects,
  type ImportedEntry,
  type ImportedSession,
} from '../../db/import-rows.ts';
import { addTerms } from '../../db/search.ts';
import { advanceProgress, finishSessions, lockUnchanged } from '../../db/imports.ts';
import { attachmentContext, profileContext, revisionContext } from '../../db/messages.ts';
import { importAutomaticTags } from '../../db/tags.ts';
import type { Tables } from '../../db/tables.ts';
import { AppError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/events.ts';
import type { AttachmentKind, MessageContent } from '../../domain/messages.ts';
import { filterOf } from '../../search/term-filter.ts';
import type { DataKey, KeyScope, Vault } from '../../vault/vault.ts';
import type { ActDeps } from '../deps.ts';
import { gatherTerms, termsOfEntry, type IndexedEntry } from '../indexing.ts';
import { attachmentKindsBySession, automaticTagsOf } from './session-facts.ts';
import type { BatchPlan, ImportRules, PlannedEntry, PlannedSession, PlannedSubject } from './plan-batch.ts';

/**
 * Writes a planned batch in one transaction: sessions, sealed messages, how far each chat is, audit and
 * events. Killed anywhere, it is there as a whole or not at all.
 *
 * @throws AppError `rows_changed` when the database moved on since the plan: plan it again
 */
export async function writeBatch(
  deps: ActDeps,
  plan: BatchPlan,
  rules: ImportRules,
  actor: Actor,
): Promise<void> {
  const { projectId, now } = rules;
  const keys = await keysOf(deps.vault, plan);
  const terms = plan.entries.map((entry) => termsOfEntry(deps.pseudonym, projectId, indexedEntry(entry)));
  const entries = plan.entries.map((entry, at) =>
    sealEntry(deps.vault, keys, entry, filterOf(terms[at]?.terms ?? [])),
  );
  const subjects = plan.subjects.map((subject) => ({
    ...subject,
    telegramUserId: subject.peer,
    profileSealed: sealProfile(deps.vault, keys, subject),
  }));
  await deps.db.transaction().execute(async (tx) => {
    const continued = plan.sessions.flatMap(({ draft }) => (draft.continues ? [draft.continues] : []));
    if (!(await lockUnchanged(tx, continued))) throw movedOn();
    await writeRows(tx, plan, rules, subjects, entries);
    await addTerms(tx, gatherTerms(terms));
    await importAutomaticTags(tx, projectId, automaticTagsOf(plan.entries, rules.policy.tagging), now);
    await finishSessions(tx, projectId, plan.finished, { actor, now });
  });
}

async function writeRows(
  tx: Transaction<Tables>,
  plan: BatchPlan,
  { projectId, now }: ImportRules,
  subjects: Parameters<typeof saveSubjects>[2],
  entries: readonly ImportedEntry[],
) {
  const advances = plan.progress.map(({ chat, before, after }) => ({
    key: chat.key,
    from: before?.lastMessageId ?? null,
    to: after.lastMessageId,
    sessionId: after.session?.id ?? null,
  }));
  if (advances.length === 0) return;
  if (!(await advanceProgress(tx, projectId, advances))) throw movedOn();
  if (!(await saveSubjects(tx, projectId, subjects, now))) throw movedOn();
  const kinds = attachmentKindsBySession(plan.entries);
  await saveSessions(
    tx,
    projectId,
    plan.sessions.map((session) => sessionRow(session, kinds.get(session.draft.id) ?? [])),
  );
  await saveParticipants(tx, pairsOf(plan.entries));
  await insertEntries(tx, entries);
}

function movedOn(): AppError {
  return new AppError('rows_changed', 'The chats of this batch moved on meanwhile; it is planned again.');
}

function pairsOf(entries: readonly PlannedEntry[]): { sessionId: string; subjectId: string }[] {
  const pairs = new Map<string, { sessionId: string; subjectId: string }>();
  for (const { session, subject } of entries)
    pairs.set(`${session.id}/${subject.id}`, { sessionId: session.id, subjectId: subject.id });
  return [...pairs.values()];
}

/** The keys of a batch by scope: of each (session, subject), and of the profiles to be sealed. */
async function keysOf(vault: Vault, plan: BatchPlan): Promise<Map<string, DataKey>> {
  const scopes: KeyScope[] = [
    ...pairsOf(plan.entries),
    ...plan.subjects.filter(needsProfile).map(({ id }) => ({ sessionId: null, subjectId: id })),
  ];
  const keys = await vault.keysFor(scopes);
  return new Map(
    scopes.map(({ sessionId, subjectId }, at) => [`${sessionId ?? ''}/${subjectId}`, keys[at] as DataKey]),
  );
}

function needsProfile({ hasProfile, name }: PlannedSubject): boolean {
  return !hasProfile && name !== null;
}

function sealProfile(
  vault: Vault,
  keys: ReadonlyMap<string, DataKey>,
  subject: PlannedSubject,
): Buffer | null {
  const key = keys.get(`/${subject.id}`);
  // An export joins first and last name in one.
  return key
    ? vault.seal(key, profileContext(subject.id), JSON.stringify({ firstName: subject.name }))
    : null;
}

function sealEntry(
  vault: Vault,
  keys: ReadonlyMap<string, DataKey>,
  entry: PlannedEntry,
  termFilter: Buffer,
): ImportedEntry {
  const { id, session, subject, authorRole, replyTo, message } = entry;
  const key = keys.get(`${session.id}/${subject.id}`);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${session.id}.`);
  return {
    // Without the message's id in Telegram: in a private chat each account counts its own, so it would
    // be taken for another message of the customer's chat with the bot.
    message: {
      id,
      session_id: session.id,
      subject_id: subject.id,
      author_role: authorRole,
      kind: message.kind,
      reply_to: replyTo,
      sent_at: message.sentAt,
      term_filter: termFilter,
    },
    sealed: vault.seal(key, revisionContext(id, 1), JSON.stringify(contentOf(entry))),
    revisedAt: message.editedAt ?? message.sentAt,
    attachments: message.attachments.map(({ kind, sizeBytes, content }) => {
      const attachmentId = randomUUID();
      const sealed = vault.seal(key, attachmentContext(attachmentId), JSON.stringify(content));
      return { id: attachmentId, kind, sizeBytes, sealed };
    }),
  };
}

/** Who wrote it, where that is not the subject: an agent's name is nowhere else. In a group it could be anybody's. */
function contentOf({ session, message, subject }: PlannedEntry): MessageContent {
  const { content, sender, senderName } = message;
  if (sender === subject.peer || senderName === null || session.chat.kind === 'group') return content;
  return { ...content, extra: { ...content.extra, from: senderName } };
}

function indexedEntry({ session, subject, message }: PlannedEntry): IndexedEntry {
  const { content, attachments } = message;
  return { sessionId: session.id, subjectId: subject.id, content, attachments };
}

function sessionRow(
  { draft, subject, standing }: PlannedSession,
  attachmentKinds: AttachmentKind[],
): ImportedSession {
  const closed = standing.phase === 'closed' ? standing : null;
  return {
    id: draft.id,
    kind: draft.chat.kind,
    subject_id: subject?.id ?? null,
    previous_session_id: draft.previousId,
    phase: standing.phase,
    opened_at: draft.openedAt,
    last_activity_at: draft.lastActivityAt,
    closed_at: closed?.closedAt ?? null,
    reopen_until: closed?.reopenUntil ?? null,
    archive_due_at: closed?.archiveDueAt ?? null,
    attachment_kinds: attachmentKinds,
  };
}
