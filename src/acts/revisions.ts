import type { Transaction } from 'kysely';
import type { Life } from '../db/life.ts';
import { revisionContext } from '../db/messages.ts';
import { forgetFilter } from '../db/search-texts.ts';
import type { Tables } from '../db/tables.ts';
import type { RefusedAct } from '../domain/errors.ts';
import type { MessageContent } from '../domain/messages.ts';
import { answerTo } from '../domain/phases.ts';
import type { DataKey } from '../vault/vault.ts';
import type { ActDeps } from './deps.ts';
import { phaseConflict } from './lifecycle.ts';

/**
 * Adds a revision to a live entry; the caller holds the session's lock.
 *
 * @returns the number of the revision
 * @throws AppError `phase_conflict` where the entry is archived or gone
 */
export async function addRevision(
  tx: Transaction<Tables>,
  { vault }: Pick<ActDeps, 'vault'>,
  life: Life,
  change: { messageId: string; key: DataKey; content: MessageContent; at: Date },
): Promise<number> {
  const { messageId, key, content, at } = change;
  const { last } = await tx
    .selectFrom('revision')
    .select((eb) => eb.fn.max('revision').as('last'))
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow();
  if (last === null) throw phaseConflict('change', life, 'change an entry of');
  const revision = last + 1;
  const sealed = vault.seal(key, revisionContext(messageId, revision), JSON.stringify(content));
  await tx.insertInto('revision').values({ message_id: messageId, revision, sealed, at }).execute();
  await forgetFilter(tx, messageId);
  return revision;
}

/**
 * Refuses to write into what is sealed: entries are added and changed while a session is live, also while
 * its archive is being written, which then reads it again.
 *
 * @param words the act as it stands before "session"
 * @throws AppError `phase_conflict`, `deletion_began`
 */
export function requireLive(life: Life, act: RefusedAct, now: Date, words: string): void {
  if (life.restrictedAt !== null || answerTo('edit', life, now) !== 'take')
    throw phaseConflict(act, life, words);
}
