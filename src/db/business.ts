import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** A business account that the bot answers for. */
export interface BusinessConnection {
  readonly id: string;
  readonly telegramId: string;
  readonly ownerTelegramId: number;
  readonly enabled: boolean;
  readonly canReply: boolean;
  readonly rights: readonly string[];
}

const COLUMNS = [
  'id',
  'telegram_id as telegramId',
  'owner_telegram_id as ownerTelegramId',
  'enabled',
  'can_reply as canReply',
  'rights',
] as const;

/** The connection behind Telegram's own id of it. */
export async function findConnection(
  db: Kysely<Tables>,
  projectId: string,
  telegramId: string,
): Promise<BusinessConnection | undefined> {
  return db
    .selectFrom('business_connection')
    .select(COLUMNS)
    .where('project_id', '=', projectId)
    .where('telegram_id', '=', telegramId)
    .executeTakeFirst();
}

/** Records a connection as it is now. */
export async function saveConnection(
  tx: Transaction<Tables>,
  connection: Omit<BusinessConnection, 'id'> & { projectId: string; now: Date },
): Promise<BusinessConnection> {
  const { projectId, telegramId, ownerTelegramId, enabled, canReply, rights, now } = connection;
  const values = { enabled, can_reply: canReply, rights: [...rights], changed_at: now };
  return tx
    .insertInto('business_connection')
    .values({
      id: randomUUID(),
      project_id: projectId,
      telegram_id: telegramId,
      owner_telegram_id: ownerTelegramId,
      connected_at: now,
      ...values,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'telegram_id']).doUpdateSet(values))
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}
