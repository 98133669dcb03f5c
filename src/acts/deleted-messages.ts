import type { Transaction } from 'kysely';
import { readMessages } from '../db/archives.ts';
import {
  countLive,
  liveSessionsWith,
  removeLive,
  replaceShareTerms,
  type DeletedInChat,
  type Removed,
} from '../db/deleted-messages.ts';
import { putDelivery } from '../db/deliveries.ts';
import { lockLife, type Life } from '../db/life.ts';
import { attachmentContext, revisionContext } from '../db/messages.ts';
import type { Tables } from '../db/tables.ts';
import type { AttachmentContent, MessageContent } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { termsOfEntries, type IndexedEntry } from './indexing.ts';
import { record } from './record.ts';

/** Nobody here did it: Telegram says that it was done there. */
export const TELEGRAM = { kind: 'system', id: 'telegram' } as const;

/** What keeps messages that were deleted in Telegram; `null` where nothing does. */
export function keptBy(life: Pick<Life, 'holdEnds' | 'restrictedAt'>): 'hold' | 'restricted' | null {
  if (life.holdEnds.length > 0) return 'hold';
  return life.restrictedAt ? 'restricted' : null;
}

/**
 * Removes the live messages that were deleted in the chat of a business account, with all that was kept of
 * them and their copies in the staff topic. What a hold or a duty keeps stays, and the audit says so.
 */
export async function removeDeletedMessages(
  deps: ActDeps,
  deleted: DeletedInChat & { now: Date },
): Promise<{ removed: number }> {
  let removed = 0;
  for (const sessionId of await liveSessionsWith(deps.db, deleted))
    removed += await deps.db.transaction().execute((tx) => removeFrom(tx, deps, sessionId, deleted));
  return { removed };
}

async function removeFrom(
  tx: Transaction<Tables>,
  deps: ActDeps,
  sessionId: string,
  { subjectId, telegramMessageIds, now }: DeletedInChat & { now: Date },
): Promise<number> {
  const life = await lockLife(tx, sessionId, now);
  if (answerTo('remove', life, now) !== 'take') return 0;
  const ground = keptBy(life);
  if (ground) {
    const messages = await countLive(tx, sessionId, telegramMessageIds);
    if (messages > 0) await recordKept(tx, life, { ground, messages, now });
    return 0;
  }
  const gone = await removeLive(tx, sessionId, telegramMessageIds);
  if (gone.messages === 0) return 0;
  await reindexShare(tx, deps, { projectId: life.projectId, sessionId, subjectId });
  await recordRemoved(tx, life, gone, now);
  return gone.named ?? 0;
}

/** Writes into the audit that messages went because they were deleted in Telegram, and removes their copies. */
export async function recordRemoved(
  tx: Transaction<Tables>,
  life: Pick<Life, 'sessionId' | 'projectId'>,
  gone: Removed & { objects?: number },
  now: Date,
): Promise<void> {
  const { messages, revisions, attachments, objects, staffMessageIds } = gone;
  await record(tx, life, {
    actor: TELEGRAM,
    action: 'message.deleted',
    now,
    counts: { messages, revisions, attachments, ...(objects !== undefined && { objects }) },
  });
  if (staffMessageIds.length === 0) return;
  const { staff_chat_id: chatId } = await tx
    .selectFrom('project')
    .select('staff_chat_id')
    .where('id', '=', life.projectId)
    .executeTakeFirstOrThrow();
  if (chatId === null) return;
  const { projectId, sessionId } = life;
  const content = { kind: 'delete-copies', chatId, messageIds: staffMessageIds } as const;
  await putDelivery(tx, { projectId, sessionId, target: 'staff', content, now });
}

/** Writes into the audit that messages stay although they were deleted in Telegram. */
export async function recordKept(
  tx: Transaction<Tables>,
  life: Life,
  { ground, messages, now }: { ground: string; messages: number; now: Date },
): Promise<void> {
  const act = { actor: TELEGRAM, action: 'message.deletion-kept', reason: ground } as const;
  await record(tx, life, { ...act, now, counts: { messages } });
}

/** What is left of one subject's entries is found by its own words alone. */
async function reindexShare(
  tx: Transaction<Tables>,
  { vault, pseudonym }: ActDeps,
  share: { projectId: string; sessionId: string; subjectId: string },
): Promise<void> {
  const { projectId, sessionId, subjectId } = share;
  const entries: IndexedEntry[] = [];
  for await (const batch of readMessages(tx, sessionId, subjectId))
    for (const { id, staffId, revisions, attachments } of batch) {
      const texts = await vault.openMany(
        revisions.map(({ revision, sealed }) => ({ sealed, context: revisionContext(id, revision) })),
      );
      const files = await vault.openMany(
        attachments.map((file) => ({ sealed: file.sealed, context: attachmentContext(file.id) })),
      );
      const described = files.map((file) => ({ content: JSON.parse(file.toString()) as AttachmentContent }));
      for (const text of texts)
        entries.push({
          ...{ sessionId, subjectId, staffId, attachments: described },
          content: JSON.parse(text.toString()) as MessageContent,
        });
    }
  await replaceShareTerms(tx, share, termsOfEntries(pseudonym, projectId, entries));
}
