import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife, type Life } from '../db/life.ts';
import { attachmentKindsOf, insertMessages, profileContext } from '../db/messages.ts';
import { newestSession } from '../db/sessions.ts';
import { ensureSubject, type SubjectRef } from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor } from '../domain/events.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { indexEntries } from './indexing.ts';
import { record } from './record.ts';
import { learnLanguage } from './subjects.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relay, seal, takeIn, type IncomingMessage } from './take-message.ts';

/** A customer's message with the update that brought it. */
export interface CustomerMessage extends IncomingMessage {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly from: {
    readonly telegramUserId: number;
    readonly language?: string;
    readonly profile: SubjectProfile;
  };
  readonly now: Date;
}

/** What became of a customer's message. */
export interface ReceiveOutcome {
  readonly outcome: 'stored' | 'duplicate';
  readonly sessionId?: string;
  readonly began?: boolean;
}

/**
 * Stores a customer's message in the session it belongs to: the running one, one reopened within its
 * window, or a new one. Dedupe key, message and event are one transaction, so an update that comes
 * again, or a crash anywhere, changes nothing.
 */
export async function receiveMessage(deps: ActDeps, message: CustomerMessage): Promise<ReceiveOutcome> {
  if (await wasHandled(deps.db, message.botId, message.updateId)) return { outcome: 'duplicate' };
  // Between choosing subject and session and locking them, others may move them on: then choose again.
  for (let attempt = 1; ; attempt++) {
    const subject = await ensureSubject(deps.db, { ...message, ...message.from });
    try {
      await learnLanguage(deps, subject, message);
      return await storeInSession(deps, subject, message);
    } catch (error) {
      if (!isRace(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

const MAX_ATTEMPTS = 50;

/** Two first messages at once both began a session; or the subject went with its last session meanwhile. */
const RACES = new Set([
  'session_one_open',
  'session_subject_id_fkey',
  'participant_subject_id_fkey',
  'message_subject_id_fkey',
]);

function isRace(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'rows_changed' || error.code === 'not_found';
  return RACES.has((error as { constraint?: string }).constraint ?? '');
}

async function storeInSession(
  deps: ActDeps,
  { id: subjectId, language, tagging }: SubjectRef,
  message: CustomerMessage,
): Promise<ReceiveOutcome> {
  const current = await newestSession(deps.db, subjectId);
  const answer = current ? answerTo('message', current, message.now) : 'new-session';
  const began = answer === 'new-session';
  const sessionId = current && !began ? current.id : randomUUID();
  const [key, profileKey] = await deps.vault.keysFor([
    { sessionId, subjectId },
    { sessionId: null, subjectId },
  ]);
  if (!key || !profileKey)
    throw new AppError('key_unknown', `No key could be made for session ${sessionId}.`);
  const found = taggerOf(tagging)(
    taggedMessage(message, { kind: 'private', language: language ?? message.from.language ?? null }),
  );
  return deps.db.transaction().execute(async (tx) => {
    const { botId, updateId, now } = message;
    const fresh = await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now });
    if (!fresh) return { outcome: 'duplicate' };
    let tags: readonly string[] = [];
    if (began) {
      await beginSession(tx, { sessionId, subjectId, previous: current?.id ?? null, message });
      await saveProfile(tx, deps.vault, profileKey, subjectId, message.from.profile);
    } else ({ tags } = await continueSession(tx, sessionId, answer, message));
    const sealed = await seal(tx, deps.vault, key, { sessionId, subjectId, authorRole: 'customer', message });
    await insertMessages(tx, [sealed]);
    await indexEntries(tx, deps.pseudonym, message.projectId, [{ ...message, sessionId, subjectId }]);
    await relay(
      tx,
      { sessionId, projectId: message.projectId },
      'staff',
      { messageId: sealed.message.id, revision: 1 },
      now,
    );
    await tagAutomatically(tx, { sessionId, projectId: message.projectId, tags }, found, now);
    return { outcome: 'stored', sessionId, began };
  });
}

async function beginSession(
  tx: Transaction<Tables>,
  session: { sessionId: string; subjectId: string; previous: string | null; message: CustomerMessage },
) {
  const { sessionId, subjectId, previous, message } = session;
  await tx
    .insertInto('session')
    .values({
      id: sessionId,
      project_id: message.projectId,
      kind: 'private',
      subject_id: subjectId,
      previous_session_id: previous,
      phase: 'open',
      opened_at: message.now,
      last_activity_at: message.now,
      attachment_kinds: attachmentKindsOf(message.attachments),
    })
    .execute();
  await tx.insertInto('participant').values({ session_id: sessionId, subject_id: subjectId }).execute();
  await record(
    tx,
    { sessionId, projectId: message.projectId },
    {
      actor: customerActor(subjectId),
      action: 'session.opened',
      now: message.now,
      event: { kind: 'opened' },
      status: 'opened',
    },
  );
}

async function continueSession(
  tx: Transaction<Tables>,
  sessionId: string,
  expected: string,
  message: CustomerMessage,
): Promise<Life> {
  const life = await lockLife(tx, sessionId, message.now);
  const answer = answerTo('message', life, message.now);
  if (answer !== expected) throw new AppError('rows_changed', `Session ${sessionId} moved on meanwhile.`);
  await takeIn(tx, life, answer, { ...message, actor: customerActor(life.subjectId ?? '') });
  return life;
}

async function saveProfile(
  tx: Transaction<Tables>,
  vault: Vault,
  key: DataKey,
  subjectId: string,
  profile: SubjectProfile,
) {
  const sealed = vault.seal(key, profileContext(subjectId), JSON.stringify(profile));
  await tx.updateTable('subject').set({ profile_sealed: sealed }).where('id', '=', subjectId).execute();
}
