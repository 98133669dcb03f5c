import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';
import { AppError } from '../domain/errors.ts';

/** A group that the bot is in. */
export interface GroupChat {
  readonly id: string;
  readonly noticeVersion: string | null;
}

/** The group behind a Telegram id, if the bot was let into it. */
export async function findGroup(
  db: Kysely<Tables>,
  projectId: string,
  telegramChatId: number,
): Promise<GroupChat | undefined> {
  return db
    .selectFrom('group_chat')
    .select(['id', 'notice_version as noticeVersion'])
    .where('project_id', '=', projectId)
    .where('telegram_chat_id', '=', telegramChatId)
    .executeTakeFirst();
}

/** Notes that the bot is in a group; one that it left and came back to is the same. */
export async function saveGroup(
  tx: Transaction<Tables>,
  group: { projectId: string; telegramChatId: number; now: Date },
): Promise<GroupChat> {
  return tx
    .insertInto('group_chat')
    .values({
      id: randomUUID(),
      project_id: group.projectId,
      telegram_chat_id: group.telegramChatId,
      notice_version: null,
      joined_at: group.now,
      left_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'telegram_chat_id']).doUpdateSet({ left_at: null }),
    )
    .returning(['id', 'notice_version as noticeVersion'])
    .executeTakeFirstOrThrow();
}

/** Remembers which privacy notice a group is shown; `false` where it was shown that one before. */
export async function claimNotice(
  tx: Transaction<Tables>,
  groupId: string,
  noticeVersion: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('group_chat')
    .set({ notice_version: noticeVersion })
    .where('id', '=', groupId)
    .where('notice_version', 'is distinct from', noticeVersion)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Notes that the bot is no longer in a group. */
export async function markGroupLeft(
  tx: Transaction<Tables>,
  group: { projectId: string; telegramChatId: number; now: Date },
): Promise<string | undefined> {
  const row = await tx
    .updateTable('group_chat')
    .set({ left_at: group.now })
    .where('project_id', '=', group.projectId)
    .where('telegram_chat_id', '=', group.telegramChatId)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** The Telegram id of a group, for sending only; `undefined` once the bot has left it. */
export async function telegramIdOfGroup(db: Kysely<Tables>, groupId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('group_chat')
    .select('telegram_chat_id')
    .where('id', '=', groupId)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  return row?.telegram_chat_id;
}

/**
 * Whether a group is still there under its id: once it is known as a supergroup, what was begun under that
 * one's own id has gone over to it.
 */
export async function isGroupThere(db: Kysely<Tables>, groupId: string): Promise<boolean> {
  const row = await db.selectFrom('group_chat').select('id').where('id', '=', groupId).executeTakeFirst();
  return row !== undefined;
}

/** The open session of a group where the supergroup it became has begun one of its own meanwhile. */
export async function openBesideSupergroup(
  tx: Transaction<Tables>,
  { oldId, madeId }: GroupMove,
): Promise<string | undefined> {
  if (madeId === undefined) return undefined;
  const { rows } = await sql<{ id: string }>`
    select s.id from session s where s.group_chat_id = ${oldId} and s.phase = 'open' and exists
      (select from session o where o.group_chat_id = ${madeId} and o.phase = 'open')`.execute(tx);
  return rows[0]?.id;
}

/** A group and the supergroup it becomes, locked. */
export interface GroupMove {
  readonly projectId: string;
  readonly from: number;
  readonly to: number;
  readonly oldId: string;
  /** What is known of the supergroup already. */
  readonly madeId: string | undefined;
}

/**
 * Locks a group and the supergroup it becomes: no session begins in either until they are one.
 *
 * @returns `undefined` where that was done before
 */
export async function lockMove(
  tx: Transaction<Tables>,
  { projectId, from, to }: Pick<GroupMove, 'projectId' | 'from' | 'to'>,
): Promise<GroupMove | undefined> {
  const rows = await tx
    .selectFrom('group_chat')
    .select(['id', 'telegram_chat_id as telegramChatId'])
    .where('project_id', '=', projectId)
    .where('telegram_chat_id', 'in', [from, to])
    .orderBy('id')
    .forUpdate()
    .execute();
  const old = rows.find(({ telegramChatId }) => telegramChatId === from);
  const made = rows.find(({ telegramChatId }) => telegramChatId === to);
  return old && { projectId, from, to, oldId: old.id, madeId: made?.id };
}

/**
 * Gives a group the id it has as a supergroup. Both chats tell of it, in any order, so what the other one
 * began meanwhile is joined to it. Messages are counted anew there: those from before have no number any more.
 */
export async function moveGroup(
  tx: Transaction<Tables>,
  { projectId, from, to, oldId, madeId }: GroupMove,
): Promise<void> {
  await sql`
    update message set telegram_message_id = null
    where session_id in (select id from session where group_chat_id = ${oldId})`.execute(tx);
  if (madeId !== undefined) {
    await tx
      .updateTable('session')
      .set({ group_chat_id: oldId })
      .where('group_chat_id', '=', madeId)
      .execute();
    await tx.deleteFrom('group_chat').where('id', '=', madeId).execute();
  }
  await tx
    .updateTable('group_chat')
    .set({ telegram_chat_id: to, left_at: null })
    .where('id', '=', oldId)
    .execute();
  // Who writes as the group itself has its id, unless somebody has written as the new one already.
  await sql`
    update subject set telegram_user_id = ${to}
    where project_id = ${projectId} and telegram_user_id = ${from} and not exists
      (select from subject s where s.project_id = ${projectId} and s.telegram_user_id = ${to})`.execute(tx);
}

/** What is said where a group is not under its id any more. */
export function groupMoved(groupId: string): AppError {
  return new AppError(
    'rows_changed',
    `Group ${groupId} became a supergroup meanwhile. Take its update again.`,
  );
}
