import { randomUUID } from 'node:crypto';
import { joinSession, partOf } from '../db/chat-sessions.ts';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { findMessage, insertMessages, revisionContext, type MessageRef } from '../db/messages.ts';
import { findSubject } from '../db/subjects.ts';
import type { CustomerChat, MessageContent } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { relay } from './take-message.ts';

/** What is said of a message without a message: a reaction, or an answer to a poll. */
export interface Reaction {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly kind: 'reaction' | 'poll_answer';
  readonly content: MessageContent;
  readonly at: Date;
  readonly now: Date;
  /** Which message it is about: by its id in the customers' chat, in the staff group, or its own. */
  readonly about:
    | { readonly chat: CustomerChat; readonly telegramMessageId: number }
    | { readonly staffMessageId: number }
    | { readonly messageId: string };
  readonly by: { readonly staffId: string } | { readonly telegramUserId: number };
}

type Outcome = 'stored' | 'duplicate' | 'dropped';

/**
 * Stores a reaction as an entry of its own and shows it to the other side. It neither reopens a session nor
 * keeps one open. In a group, only of those who take part: nobody becomes a subject by a thumb alone.
 */
export async function storeReaction(deps: ActDeps, reaction: Reaction): Promise<Outcome> {
  const { projectId, botId, updateId, kind, now } = reaction;
  if (await wasHandled(deps.db, botId, updateId)) return 'duplicate';
  const about = await aboutOf(deps, reaction);
  const subjectId = about && (await subjectOf(deps, reaction, about));
  const [key] = subjectId ? await deps.vault.keysFor([{ sessionId: about.sessionId, subjectId }]) : [];
  return deps.db.transaction().execute(async (tx) => {
    const drop = async () =>
      (await recordUpdate(tx, { botId, updateId, kind, outcome: 'dropped', now })) ? 'dropped' : 'duplicate';
    if (!about || !subjectId || !key) return drop();
    const { sessionId } = about;
    const life = await lockLife(tx, sessionId, now);
    if (life.restrictedAt || answerTo('edit', life, now) !== 'take') return drop();
    if ((await joinSession(tx, sessionId, subjectId)) === 'erased') return drop();
    if (!(await recordUpdate(tx, { botId, updateId, kind, outcome: 'stored', now }))) return 'duplicate';
    const byStaff = 'staffId' in reaction.by;
    const id = randomUUID();
    const message = {
      ...{ id, session_id: sessionId, subject_id: subjectId, kind, reply_to: about.id },
      author_role: byStaff ? ('agent' as const) : ('customer' as const),
      staff_id: 'staffId' in reaction.by ? reaction.by.staffId : null,
      sent_at: reaction.at,
    };
    const sealed = deps.vault.seal(key, revisionContext(id, 1), JSON.stringify(reaction.content));
    await insertMessages(tx, [{ message, sealed, attachments: [] }]);
    const side = byStaff ? 'customer' : 'staff';
    await relay(tx, { sessionId, projectId }, side, { messageId: id, revision: 1 }, now);
    return 'stored';
  });
}

async function aboutOf({ db }: ActDeps, { projectId, about, by }: Reaction): Promise<MessageRef | undefined> {
  if ('messageId' in about) return findMessage(db, { projectId, messageId: about.messageId });
  if ('staffMessageId' in about) return findMessage(db, { projectId, ...about });
  if (!('telegramUserId' in by) || about.chat.kind === 'group')
    return findMessage(db, { projectId, ...about });
  const subject = await findSubject(db, projectId, by.telegramUserId);
  return subject && findMessage(db, { projectId, ...about, subjectId: subject.id });
}

/** Under whose key it is kept: the customer's who reacts, or theirs to whom staff react. */
async function subjectOf(
  { db }: ActDeps,
  { projectId, by }: Reaction,
  about: MessageRef,
): Promise<string | undefined> {
  if ('staffId' in by) return about.subjectId;
  const subject = await findSubject(db, projectId, by.telegramUserId);
  if (!subject) return undefined;
  const part = await partOf(db, about.sessionId, subject.id);
  return part === 'present' ? subject.id : undefined;
}
