import { groupMoved } from '../db/groups.ts';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { ensureSubject, type SubjectRef } from '../db/subjects.ts';
import { AppError } from '../domain/errors.ts';
import type { CustomerMessage } from './customer-message.ts';
import type { ActDeps } from './deps.ts';
import { insertFindable } from './indexing.ts';
import { enterSession, placeOf } from './receive-session.ts';
import { learnLanguage } from './subjects.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relayNew, seal } from './take-message.ts';

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
 *
 * @throws AppError `rows_changed` where the group it was written in became a supergroup meanwhile
 */
export async function receiveMessage(deps: ActDeps, message: CustomerMessage): Promise<ReceiveOutcome> {
  if (await wasHandled(deps.db, message.botId, message.updateId)) return { outcome: 'duplicate' };
  // Between choosing subject and session and locking them, others may move them on: then choose again.
  for (let attempt = 1; ; attempt++) {
    const subject = await ensureSubject(deps.db, { ...message, ...message.from });
    try {
      if (!message.byOwner) await learnLanguage(deps, subject, message);
      return await storeInSession(deps, subject, message);
    } catch (error) {
      // Under which id a group is known now is for whoever names it to find out again.
      if (constraintOf(error) === GROUP) throw groupMoved(message.chat?.id ?? 'without an id');
      if (!isRace(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

const MAX_ATTEMPTS = 50;

/** Two first messages at once both began a session; or the subject went with its last session meanwhile. */
const RACES = new Set([
  'session_one_open',
  'session_one_open_group',
  'session_one_open_business',
  'session_subject_id_fkey',
  'participant_subject_id_fkey',
  'message_subject_id_fkey',
]);

/** A session began in a group whose row was joined to another's meanwhile. */
const GROUP = 'session_group_chat_id_fkey';

function isRace(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'rows_changed' || error.code === 'not_found';
  return RACES.has(constraintOf(error));
}

function constraintOf(error: unknown): string {
  return (error as { constraint?: string }).constraint ?? '';
}

async function storeInSession(
  deps: ActDeps,
  { id: subjectId, language, tagging }: SubjectRef,
  message: CustomerMessage,
): Promise<ReceiveOutcome> {
  const place = await placeOf(deps, subjectId, message);
  const { sessionId, chat, key } = place;
  const spoken = message.byOwner ? null : (language ?? message.from.language ?? null);
  const found = taggerOf(tagging)(taggedMessage(message, { kind: chat.kind, language: spoken }));
  return deps.db.transaction().execute(async (tx) => {
    const { botId, updateId, projectId, now } = message;
    const fresh = await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'stored', now });
    if (!fresh) return { outcome: 'duplicate' };
    const { tags } = await enterSession(tx, deps, place, message);
    const author = message.byOwner
      ? ({ authorRole: 'agent', staffId: message.byOwner.staffId, writtenIn: 'chat' } as const)
      : ({ authorRole: 'customer' } as const);
    const sealed = await seal(tx, deps.vault, key, { sessionId, subjectId, ...author, message });
    const entry = { ...message, sessionId, subjectId, staffId: message.byOwner?.staffId ?? null };
    await insertFindable(tx, deps.pseudonym, projectId, [{ sealed, entry }]);
    await relayNew(tx, { sessionId, projectId }, 'staff', { messageId: sealed.message.id, message, now });
    await tagAutomatically(tx, { sessionId, projectId, tags }, found, now);
    return { outcome: 'stored', sessionId, began: place.began };
  });
}
