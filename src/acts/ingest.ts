import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { lockLife, readLife, type Life } from '../db/life.ts';
import { profileContext, revisionContext, type SealedMessage } from '../db/messages.ts';
import { newestSession } from '../db/sessions.ts';
import { ensureSubject } from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { insertFindable } from './indexing.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { takeIn } from './take-message.ts';

interface Act {
  readonly actor: Actor;
  readonly now: Date;
}

/** A session that another desk held with a customer. */
export interface IngestedSession extends Act {
  readonly projectId: string;
  /** What the other desk calls it. It is kept nowhere: the session's own id is derived from it. */
  readonly externalId: string;
  readonly customer: {
    readonly telegramUserId: number;
    readonly language?: string;
    readonly profile?: SubjectProfile;
  };
  readonly openedAt?: Date;
}

/**
 * Takes in a session of another desk. Its id follows from what that desk calls it, so the same session comes
 * in once, however often it is sent, and never again once it was deleted.
 *
 * @throws AppError `input_invalid`, `phase_conflict` while another session with the customer is open
 */
export async function ingestSession(
  deps: ActDeps,
  act: IngestedSession,
): Promise<{ sessionId: string; created: boolean }> {
  const sessionId = idOf(deps, 'ingested session', act.projectId, act.externalId);
  if (await isThere(deps, sessionId)) return { sessionId, created: false };
  if (act.openedAt && act.openedAt > act.now)
    throw new AppError('input_invalid', 'A session cannot have been opened in the future: mend openedAt.');
  const { id: subjectId } = await ensureSubject(deps.db, {
    projectId: act.projectId,
    telegramUserId: act.customer.telegramUserId,
    now: act.now,
    ...(act.customer.language !== undefined && { language: act.customer.language }),
  });
  const previous = await newestSession(deps.db, subjectId);
  if (previous?.id === sessionId) return { sessionId, created: false };
  if (previous?.phase === 'open') throw alreadyOpen(previous.id);
  const [profileKey] = await deps.vault.keysFor([{ sessionId: null, subjectId }]);
  try {
    await deps.db.transaction().execute(async (tx) => {
      await begin(tx, { sessionId, subjectId, previous: previous?.id ?? null }, act);
      await saveProfile(tx, { vault: deps.vault, key: profileKey, subjectId }, act.customer.profile);
    });
    return { sessionId, created: true };
  } catch (error) {
    // The same request twice at once: whoever came second finds what the first one made.
    if (await isThere(deps, sessionId)) return { sessionId, created: false };
    if ((error as { constraint?: string }).constraint === 'session_one_open') throw alreadyOpen();
    throw error;
  }
}

/** A UUID that only this installation can derive, of the form that RFC 9562 leaves to applications. */
function idOf({ pseudonym }: ActDeps, domain: string, ...parts: string[]): string {
  const bytes = createHash('sha256')
    .update(pseudonym(domain, ...parts))
    .digest();
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x80, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

async function isThere({ db }: ActDeps, sessionId: string): Promise<boolean> {
  const row = await db.selectFrom('session').select('id').where('id', '=', sessionId).executeTakeFirst();
  return row !== undefined;
}

function alreadyOpen(sessionId?: string): AppError {
  return new AppError(
    'phase_conflict',
    `Another session${sessionId ? ` (${sessionId})` : ''} with this customer is open. Send the messages there, or close it first.`,
  );
}

async function begin(
  tx: Transaction<Tables>,
  session: { sessionId: string; subjectId: string; previous: string | null },
  { projectId, openedAt, actor, now }: IngestedSession,
): Promise<void> {
  const { sessionId, subjectId, previous } = session;
  await tx
    .insertInto('session')
    .values({
      id: sessionId,
      project_id: projectId,
      kind: 'private',
      subject_id: subjectId,
      previous_session_id: previous,
      phase: 'open',
      opened_at: openedAt ?? now,
      last_activity_at: now,
    })
    .execute();
  await tx.insertInto('participant').values({ session_id: sessionId, subject_id: subjectId }).execute();
  await record(
    tx,
    { sessionId, projectId },
    { actor, action: 'session.opened', now, event: { kind: 'opened' } },
  );
}

async function saveProfile(
  tx: Transaction<Tables>,
  { vault, key, subjectId }: { vault: Vault; key: DataKey | undefined; subjectId: string },
  profile: SubjectProfile | undefined,
): Promise<void> {
  if (!profile || !key) return;
  const sealed = vault.seal(key, profileContext(subjectId), JSON.stringify(profile));
  await tx.updateTable('subject').set({ profile_sealed: sealed }).where('id', '=', subjectId).execute();
}

/** A message as another desk has it. */
export interface IngestedMessage {
  readonly externalId: string;
  readonly author: 'customer' | 'agent' | 'bot';
  readonly text: string;
  readonly sentAt: Date;
}

export interface IngestedMessages extends Act {
  readonly sessionId: string;
  readonly messages: readonly IngestedMessage[];
}

/** What became of each message, in the order they were given. */
export type IngestedOutcome = readonly { readonly id: string; readonly outcome: 'stored' | 'duplicate' }[];

/**
 * Adds another desk's messages to a session, each once by what that desk calls it. They are kept and found
 * like any other, and sent to nobody. A session that is closed reopens within its window.
 *
 * @throws AppError `not_found`, `phase_conflict` for a session that takes no more messages, `input_invalid`
 */
export async function ingestMessages(deps: ActDeps, act: IngestedMessages): Promise<IngestedOutcome> {
  const { sessionId, now } = act;
  if (act.messages.some(({ sentAt }) => sentAt > now))
    throw new AppError('input_invalid', 'A message cannot have been sent in the future: mend sentAt.');
  const { subjectId } = await takesMessages(readLife(deps.db, sessionId, now), now);
  const [key] = await deps.vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new AppError('key_unknown', `No key could be made for session ${sessionId}.`);
  const sealed = act.messages.map((message) => seal(deps, { key, sessionId, subjectId }, message));
  return deps.db.transaction().execute(async (tx) => {
    const { life, answer } = await takesMessages(lockLife(tx, sessionId, now), now);
    const known = await knownAmong(tx, sealed);
    const isNew = ({ message }: SealedMessage, at: number) =>
      !known.has(message.id) && sealed.findIndex((one) => one.message.id === message.id) === at;
    const added = act.messages.filter((_, at) => isNew(sealed[at] as SealedMessage, at));
    if (added.length > 0) {
      await takeIn(tx, life, answer, { actor: act.actor, attachments: [], now });
      const entries = sealed.flatMap((one, at) => {
        const content = { text: act.messages[at]?.text ?? '' };
        return isNew(one, at) ? [{ sealed: one, entry: { sessionId, subjectId, content } }] : [];
      });
      await insertFindable(tx, deps.pseudonym, life.projectId, entries);
      await tagByRules(tx, life, added, now);
    }
    return sealed.map((one, at) => ({
      id: one.message.id,
      outcome: isNew(one, at) ? ('stored' as const) : ('duplicate' as const),
    }));
  });
}

async function takesMessages(reading: Promise<Life>, now: Date) {
  const life = await reading;
  const answer = answerTo('message', life, now);
  const { subjectId } = life;
  if (answer === 'new-session' || subjectId === null || life.erased || life.restrictedAt)
    throw phaseConflict('change', life, 'add messages to');
  return { life, answer, subjectId };
}

function seal(
  deps: ActDeps,
  on: { key: DataKey; sessionId: string; subjectId: string },
  message: IngestedMessage,
): SealedMessage {
  const id = idOf(deps, 'ingested message', on.sessionId, message.externalId);
  return {
    message: {
      id,
      session_id: on.sessionId,
      subject_id: on.subjectId,
      author_role: message.author,
      staff_id: null,
      kind: 'text',
      telegram_message_id: null,
      staff_message_id: null,
      reply_to: null,
      sent_at: message.sentAt,
    },
    sealed: deps.vault.seal(on.key, revisionContext(id, 1), JSON.stringify({ text: message.text })),
    attachments: [],
  };
}

async function knownAmong(tx: Transaction<Tables>, sealed: readonly SealedMessage[]): Promise<Set<string>> {
  const ids = sealed.map(({ message }) => message.id);
  const rows = await tx.selectFrom('message').select('id').where('id', 'in', ids).execute();
  return new Set(rows.map(({ id }) => id));
}

async function tagByRules(
  tx: Transaction<Tables>,
  life: Life,
  messages: readonly IngestedMessage[],
  now: Date,
): Promise<void> {
  const contents = messages.map(({ text }) => ({ content: { text }, attachments: [] }));
  const tagger = taggerOf(life.policy.tagging);
  const found = contents.flatMap((content) =>
    tagger(taggedMessage(content, { kind: life.kind, language: null })),
  );
  const once = found.filter(({ tag }, at) => found.findIndex((one) => one.tag === tag) === at);
  await tagAutomatically(tx, life, once, now);
}
