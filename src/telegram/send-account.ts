import { accountById } from '../db/accounts.ts';
import type { Delivery } from '../db/tables.ts';
import type { AccountNews } from '../domain/account-news.ts';
import { speechToStaff } from './customer-speech.ts';
import { unlessBlocked } from './send-staff.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/** Tells a person what somebody else did to an account that acts as them, in their own chat with the bot. */
export async function sendAccountNews(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { accountId, news } = delivery.payload as { accountId: string; news: AccountNews };
  const account = await accountById(deps.db, accountId, { disabledToo: true });
  const chatId = account?.telegram_user_id ?? null;
  if (chatId === null) return 'gone';
  const text = speechToStaff(deps).say(`account-${news}`, { project: deps.project.name });
  return (await unlessBlocked(() => deps.api.sendMessage(chatId, text))) ? 'sent' : 'blocked';
}
