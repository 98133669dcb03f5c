import type { Kysely } from 'kysely';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { lockLife } from '../db/life.ts';
import { findMessage, revisionContext, type MessageRef } from '../db/messages.ts';
import type { Tables } from '../db/tables.ts';
import type { MessageContent } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { indexEntries } from './indexing.ts';
import { tagAutomatically, taggedMessage, taggerOf } from './tagging.ts';
import { relay } from './take-message.ts';

/** An edit with the update that brought it, from the customer's chat or from the staff topic. */
export interface Edit {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  readonly content: MessageContent;
  readonly editedAt: Date;
  readonly now: Date;
}

/**
 * Stores an edit of a customer's message as a new revision and shows it to staff. An edit of a message
 * that is archived or gone is dropped and counted: nothing may write into what is sealed.
 */
export async function editCustomerMessage(
  deps: ActDeps,
  edit: Edit & { subjectId: string; telegramMessageId: number },
): Promise<'stored' | 'duplicate' | 'dropped'> {
  return store(deps, edit, 'staff', () => findMessage(deps.db, edit));
}

/** Stores a staff member's edit of an answer as a new revision and shows it to the customer. */
export async function editAnswer(
  deps: ActDeps,
  edit: Edit & { sessionId: string; staffMessageId: number },
): Promise<'stored' | 'duplicate' | 'dropped'> {
  return store(deps, edit, 'customer', () => findMessage(deps.db, edit));
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
    await indexEntries(tx, deps.pseudonym, life.projectId, [
      { sessionId: found.sessionId, subjectId: found.subjectId, content: edit.content },
    ]);
    await relay(tx, life, target, { messageId: found.id, revision }, edit.now);
    const language = target === 'staff' ? (life.languages[0] ?? null) : null;
    const tagged = taggedMessage({ ...found, ...edit }, { kind: life.kind, language });
    const tags = taggerOf(life.policy.tagging)(tagged);
    await tagAutomatically(tx, life, tags, edit.now);
    return 'stored';
  });
}

async function drop(deps: ActDeps, edit: Edit): Promise<'dropped' | 'duplicate'> {
  return (await recordEdit(deps.db, edit, 'dropped')) ? 'dropped' : 'duplicate';
}

function recordEdit(on: Kysely<Tables>, edit: Edit, outcome: string): Promise<boolean> {
  const { botId, updateId, now } = edit;
  return recordUpdate(on, { botId, updateId, kind: 'edit', outcome, now });
}
