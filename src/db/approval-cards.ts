import { sql, type Kysely } from 'kysely';
import { mayDo, type Action } from '../domain/roles.ts';
import type { Approval } from './approvals.ts';
import { holdsById, type Hold } from './holds.ts';
import type { Tables } from './tables.ts';

/** Where a card is shown in Telegram. */
export interface ShownCard {
  readonly chatId: number;
  readonly messageId: number;
}

/** A request with what its card shows. */
export interface ApprovalFacts extends Approval {
  /** The holds whose release it asks for. */
  readonly holds: readonly Hold[];
  readonly shown: readonly ShownCard[];
}

/** A request of a project; `undefined` where the project has none such. */
export async function readApproval(
  db: Kysely<Tables>,
  projectId: string,
  id: string,
): Promise<ApprovalFacts | undefined> {
  const approval = await db
    .selectFrom('approval')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (!approval) return undefined;
  const { holdIds } = approval.payload as { holdIds?: string[] };
  const shown = await db
    .selectFrom('approval_card')
    .select(['chat_id as chatId', 'message_id as messageId'])
    .where('approval_id', '=', id)
    .execute();
  return { ...approval, holds: await holdsById(db, holdIds ?? []), shown };
}

/** Remembers where the card of a request is shown. */
export async function saveApprovalCard(db: Kysely<Tables>, id: string, card: ShownCard): Promise<void> {
  await db
    .insertInto('approval_card')
    .values({ approval_id: id, chat_id: card.chatId, message_id: card.messageId })
    .onConflict((conflict) =>
      conflict.columns(['approval_id', 'chat_id']).doUpdateSet({ message_id: card.messageId }),
    )
    .execute();
}

/** The Telegram ids of those who may do something in a project. */
export async function staffWhoMay(db: Kysely<Tables>, projectId: string, action: Action): Promise<number[]> {
  const staff = await db
    .selectFrom('staff')
    .select(['telegram_user_id', 'roles'])
    .where('project_id', '=', projectId)
    .orderBy('telegram_user_id')
    .execute();
  return staff.flatMap(({ roles, telegram_user_id: id }) =>
    id !== null && mayDo(roles, action) ? [id] : [],
  );
}

/** The Telegram ids of those whom alarms call in a project: compliance and operators. */
export async function alarmedStaff(db: Kysely<Tables>, projectId: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select telegram_user_id as id from staff
    where project_id = ${projectId} and telegram_user_id is not null and roles && ${['compliance', 'admin']}::text[]
    order by telegram_user_id`.execute(db);
  return rows.map(({ id }) => id);
}
