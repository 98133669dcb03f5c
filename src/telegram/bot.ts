import { Bot, type Composer, type Context } from 'grammy';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { createApprovalDesk } from './approvals.ts';
import { createCustomerDesk } from './customer.ts';
import type { DeskDeps } from './deps.ts';
import { createErasureDesk } from './erasure.ts';
import { createMembershipDesk } from './membership.ts';
import { createMyDataDesk } from './my-data.ts';
import { createReviewDesk } from './review.ts';
import { createSettingsDesk } from './settings.ts';
import { createStaffDesk } from './staff.ts';

/** The updates the bot asks Telegram for. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'callback_query',
  'inline_query',
  'my_chat_member',
] as const;

/** Longer than a long poll, shorter than the claim on a delivery. */
const CALL_SECONDS = 45;

/**
 * The bot of one project. Features are composers, merged here.
 *
 * @param options.apiRoot another Bot API server than Telegram's, such as the sandbox
 * @param options.exportDesk hands out people's data; it outlives the update that asks for it
 */
export function createBot(
  deps: DeskDeps,
  options: { token: string; apiRoot?: string; exportDesk: Composer<Context> },
): Bot {
  const bot = new Bot(options.token, {
    client: { timeoutSeconds: CALL_SECONDS, ...(options.apiRoot && { apiRoot: options.apiRoot }) },
  });
  bot.use((context, next) => once(deps, context, next));
  bot.use(createMembershipDesk(deps));
  bot.use(createReviewDesk(deps));
  bot.use(createApprovalDesk(deps));
  // Before the staff's own group desk, which takes every message of that group.
  bot.use(createMyDataDesk(deps));
  bot.use(options.exportDesk);
  bot.use(createErasureDesk(deps));
  bot.use(createStaffDesk(deps));
  bot.use(createSettingsDesk(deps));
  bot.use(createCustomerDesk(deps));
  return bot;
}

/**
 * An update that comes again does nothing. Messages and edits record their own update in the
 * transaction that stores them; the others are recorded here, after they were handled.
 */
async function once(deps: DeskDeps, context: Context, next: () => Promise<void>) {
  const botId = context.me.id;
  const updateId = context.update.update_id;
  if (await wasHandled(deps.db, botId, updateId)) return;
  await next();
  const [kind = 'unknown'] = Object.keys(context.update).filter((name) => name !== 'update_id');
  await recordUpdate(deps.db, { botId, updateId, kind, outcome: 'handled', now: deps.clock() });
}
