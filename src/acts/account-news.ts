import type { Transaction } from 'kysely';
import { putDelivery } from '../db/deliveries.ts';
import { staffPlacesOf } from '../db/staff.ts';
import type { Tables } from '../db/tables.ts';
import type { AccountNews } from '../domain/account-news.ts';

/**
 * Lets the bots tell a person in Telegram that somebody else did something to an account that acts as them: by
 * every bot of a project where they are staff, since nobody knows which of them they read.
 *
 * @returns by how many
 */
export async function tellInTelegram(
  tx: Transaction<Tables>,
  act: {
    readonly accountId: string;
    readonly telegramUserId: number | null;
    readonly news: AccountNews;
    readonly now: Date;
  },
): Promise<number> {
  if (act.telegramUserId === null) return 0;
  const places = await staffPlacesOf(tx, act.telegramUserId);
  for (const { projectId } of places)
    await putDelivery(tx, {
      ...{ projectId, now: act.now, target: 'supervisors' },
      content: { kind: 'account', accountId: act.accountId, news: act.news },
    });
  return places.length;
}
