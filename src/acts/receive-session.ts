import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { joinSession, newestSessionIn, partOf } from '../db/chat-sessions.ts';
import { lockLife } from '../db/life.ts';
import { attachmentKindsOf, profileContext } from '../db/messages.ts';
import type { SessionHead } from '../db/sessions.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor, type Actor } from '../domain/events.ts';
import type { CustomerChat, SubjectProfile } from '../domain/messages.ts';
import { answerTo, type Answer } from '../domain/phases.ts';
import type { DataKey } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { close } from './lifecycle.ts';
import type { CustomerMessage } from './customer-message.ts';
import { record } from './record.ts';
import { takeIn } from './take-message.ts';

const PRIVATE: CustomerChat = { kind: 'private', id: null };

/** The session that a message goes to, as it was chosen before anything is locked. */
export interface MessagePlace {
  readonly chat: CustomerChat;
  readonly sessionId: string;
  readonly subjectId: string;
  readonly current: SessionHead | undefined;
  readonly answer: Answer;
  readonly began: boolean;
  readonly key: DataKey;
  readonly profileKey: DataKey;
}

/** Chooses the session of a message, and gets the keys of whose entry it is. */
export async function placeOf(
  deps: ActDeps,
  subjectId: string,
  message: CustomerMessage,
): Promise<MessagePlace> {
  const chat = message.chat ?? PRIVATE;
  const current = await newestSessionIn(deps.db, chat, subjectId);
  const wanted = current ? answerTo('message', current, message.now) : 'new-session';
  const goesOn = current && wanted !== 'new-session' && !(await isBarred(deps, chat, current.id, subjectId));
  const answer = goesOn ? wanted : 'new-session';
  const sessionId = goesOn ? current.id : randomUUID();
  const [key, profileKey] = await deps.vault.keysFor([
    { sessionId, subjectId },
    { sessionId: null, subjectId },
  ]);
  if (!key || !profileKey)
    throw new AppError('key_unknown', `No key could be made for session ${sessionId}.`);
  return { chat, sessionId, subjectId, current, answer, began: !goesOn, key, profileKey };
}

/** Whoever was taken out of a group's session by an erasure cannot write into it again: its key is gone. */
async function isBarred(
  { db, vault }: ActDeps,
  chat: CustomerChat,
  sessionId: string,
  subjectId: string,
): Promise<boolean> {
  if (chat.kind !== 'group') return false;
  if ((await partOf(db, sessionId, subjectId)) === 'erased') return true;
  try {
    await vault.keysFor([{ sessionId, subjectId }]);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_destroyed') return true;
    throw error;
  }
}

/** Begins the session of a message, or brings the running one on. */
export async function enterSession(
  tx: Transaction<Tables>,
  deps: ActDeps,
  place: MessagePlace,
  message: CustomerMessage,
): Promise<{ tags: readonly string[] }> {
  const actor = actorOf(place, message);
  if (place.began) await begin(tx, place, message, actor);
  const tags = place.began ? [] : await goOn(tx, place, message, actor);
  if (!place.began && place.chat.kind !== 'group') return { tags };
  const joining = await joinSession(tx, place.sessionId, place.subjectId);
  if (joining === 'erased') throw movedOn(place.sessionId);
  // In a group anybody may join at any time; elsewhere whoever begins a session is its only customer.
  if (joining === 'joined') await saveProfile(tx, deps, place, message.from.profile);
  return { tags };
}

function actorOf({ subjectId }: MessagePlace, { byOwner }: CustomerMessage): Actor {
  return byOwner ? { kind: 'staff', id: byOwner.staffId ?? 'business-owner' } : customerActor(subjectId);
}

async function begin(
  tx: Transaction<Tables>,
  place: MessagePlace,
  { projectId, attachments, now }: CustomerMessage,
  actor: Actor,
) {
  const { chat, sessionId, subjectId, current } = place;
  if (chat.kind === 'group' && current) await endForOthers(tx, current, now);
  await tx
    .insertInto('session')
    .values({
      id: sessionId,
      project_id: projectId,
      kind: chat.kind,
      subject_id: chat.kind === 'group' ? null : subjectId,
      ...(chat.kind === 'group' && { group_chat_id: chat.id }),
      ...(chat.kind === 'business' && { business_connection_id: chat.id }),
      previous_session_id: current?.id ?? null,
      phase: 'open',
      opened_at: now,
      last_activity_at: now,
      attachment_kinds: attachmentKindsOf(attachments),
    })
    .execute();
  const act = { actor, action: 'session.opened', now, status: 'opened' } as const;
  await record(tx, { sessionId, projectId }, { ...act, event: { kind: 'opened' } });
}

/** A group has one open session: the one that its newest writer was erased from ends, for the others too. */
async function endForOthers(tx: Transaction<Tables>, current: SessionHead, now: Date) {
  const life = await lockLife(tx, current.id, now);
  if (answerTo('close', life, now) !== 'take') return;
  await close(tx, life, { reason: 'erasure', closedAt: now });
  const actor = { kind: 'system', id: 'erasure' } as const;
  const act = { actor, action: 'session.closed', reason: 'erasure', now, status: 'closed' } as const;
  await record(tx, life, { ...act, event: { kind: 'closed' } });
}

async function goOn(
  tx: Transaction<Tables>,
  { sessionId, answer: expected }: MessagePlace,
  message: CustomerMessage,
  actor: Actor,
): Promise<readonly string[]> {
  const life = await lockLife(tx, sessionId, message.now);
  const answer = answerTo('message', life, message.now);
  if (answer !== expected) throw movedOn(sessionId);
  await takeIn(tx, life, answer, { ...message, actor });
  return life.tags;
}

function movedOn(sessionId: string): AppError {
  return new AppError('rows_changed', `Session ${sessionId} moved on meanwhile.`);
}

async function saveProfile(
  tx: Transaction<Tables>,
  { vault }: ActDeps,
  { profileKey, subjectId }: MessagePlace,
  profile: SubjectProfile,
) {
  const sealed = vault.seal(profileKey, profileContext(subjectId), JSON.stringify(profile));
  await tx.updateTable('subject').set({ profile_sealed: sealed }).where('id', '=', subjectId).execute();
}
