import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { attachmentsOf } from '../db/edited-attachments.ts';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { attachmentContext, findMessage, revisionContext, type MessageRef } from '../db/messages.ts';
import { forgetFilter } from '../db/search-texts.ts';
import type { Tables } from '../db/tables.ts';
import type { AttachmentContent, CustomerChat, MessageContent } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { DataKey } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { requireGroup } from './groups.ts';
import { indexEntries } from './indexing.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relay, type IncomingMessage } from './take-message.ts';

/** An edit with the update that brought it, from the customer's chat or from the staff topic. */
export interface Edit {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly content: MessageContent;
  /** The files it shows now, some of which may be new. */
  readonly attachments?: IncomingMessage['attachments'];
  readonly editedAt: Date;
  readonly now: Date;
}

/**
 * Stores an edit of a customer's message as a new revision and shows it to staff. An edit of a message
 * that is archived or gone is dropped and counted: nothing may write into what is sealed.
 */
export async function editCustomerMessage(
  deps: ActDeps,
  edit: Edit & { subjectId: string; telegramMessageId: number; chat?: CustomerChat },
): Promise<'stored' | 'duplicate' | 'dropped'> {
  const { subjectId, telegramMessageId, chat = { kind: 'private', id: null } } = edit;
  return store(deps, edit, 'staff', async () => {
    const found = await findMessage(deps.db, { subjectId, telegramMessageId, chat });
    // What is not found under an id that the group has no more is not gone.
    if (!found && chat.kind === 'group' && chat.id !== null) await requireGroup(deps, chat.id);
    return found;
  });
}

/** Stores a staff member's edit of an answer as a new revision and shows it to the customer. */
export async function editAnswer(
  deps: ActDeps,
  edit: Edit & { sessionId: string; staffMessageId: number },
): Promise<'stored' | 'duplicate' | 'dropped'> {
  const { sessionId, staffMessageId } = edit;
  return store(deps, edit, 'customer', () => findMessage(deps.db, { sessionId, staffMessageId }));
}

async function store(
  deps: ActDeps,
  edit: Edit,
  target: 'customer' | 'staff',
  find: () => Promise<MessageRef | undefined>,
): Promise<'stored' | 'duplicate' | 'dropped'> {
  if (await wasHandled(deps.db, edit.botId, edit.updateId)) return 'duplicate';
  const found = await find();
  if (!found) return drop(deps, edit);
  const [key] = await deps.vault.keysFor([found]);
  if (!key) return drop(deps, edit);
  const added = await newFiles(deps, found, edit);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, found.sessionId, edit.now);
    // Counted again under the lock: an archive that finished meanwhile has taken the rows with it.
    const { last } = await tx
      .selectFrom('revision')
      .select((eb) => eb.fn.max('revision').as('last'))
      .where('message_id', '=', found.id)
      .executeTakeFirstOrThrow();
    // What an erasure left restricted is frozen, even where its archive has not begun.
    const takes = last !== null && life.restrictedAt === null && answerTo('edit', life, edit.now) === 'take';
    if (!(await recordEdit(tx, edit, takes ? 'stored' : 'dropped'))) return 'duplicate';
    if (!takes) return 'dropped';
    const revision = last + 1;
    const sealed = deps.vault.seal(key, revisionContext(found.id, revision), JSON.stringify(edit.content));
    await tx
      .insertInto('revision')
      .values({ message_id: found.id, revision, sealed, at: edit.editedAt })
      .execute();
    await forgetFilter(tx, found.id);
    await addFiles(tx, deps, key, found.id, added);
    await indexEntries(tx, deps.pseudonym, life.projectId, [
      { sessionId: found.sessionId, subjectId: found.subjectId, content: edit.content, attachments: added },
    ]);
    await relay(tx, life, target, { messageId: found.id, revision }, edit.now);
    const language = target === 'staff' ? (life.languages[0] ?? null) : null;
    const tagged = taggedMessage(
      { ...found, ...edit, attachments: [...found.attachments, ...added] },
      {
        kind: life.kind,
        language,
      },
    );
    const tags = taggerOf(life.policy.tagging)(tagged);
    await tagAutomatically(tx, life, tags, edit.now);
    return 'stored';
  });
}

type Files = IncomingMessage['attachments'];

/** The files of an edit that the message did not have before: what was there first stays, as its revision does. */
async function newFiles({ db, vault }: ActDeps, { id }: MessageRef, edit: Edit): Promise<Files> {
  if (!edit.attachments?.length) return [];
  const known = await attachmentsOf(db, id);
  const opened = await vault.openMany(
    known.map((file) => ({ sealed: file.sealed, context: attachmentContext(file.id) })),
  );
  const ids = new Set(opened.map((text) => identityOf(JSON.parse(text.toString()) as AttachmentContent)));
  return edit.attachments.filter(({ content }) => !ids.has(identityOf(content)));
}

function identityOf({ uniqueId, fileId }: AttachmentContent): string | undefined {
  return uniqueId ?? fileId;
}

async function addFiles(
  tx: Transaction<Tables>,
  { vault }: ActDeps,
  key: DataKey,
  messageId: string,
  files: Files,
) {
  if (files.length === 0) return;
  const rows = files.map(({ kind, sizeBytes, content }) => {
    const id = randomUUID();
    const sealed = vault.seal(key, attachmentContext(id), JSON.stringify(content));
    return { id, message_id: messageId, kind, size_bytes: sizeBytes, sealed };
  });
  await tx.insertInto('attachment').values(rows).execute();
}

async function drop(deps: ActDeps, edit: Edit): Promise<'dropped' | 'duplicate'> {
  return (await recordEdit(deps.db, edit, 'dropped')) ? 'dropped' : 'duplicate';
}

function recordEdit(on: Kysely<Tables>, edit: Edit, outcome: string): Promise<boolean> {
  const { botId, updateId, now } = edit;
  return recordUpdate(on, { botId, updateId, kind: 'edit', outcome, now });
}
