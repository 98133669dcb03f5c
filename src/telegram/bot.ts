import { Bot, type Composer, type Context } from 'grammy';
import { recordUpdate, wasHandled } from '../db/inbox.ts';
import { createApprovalDesk } from './approvals.ts';
import { createBusinessDesk } from './business.ts';
import { createChatGate } from './chat-gate.ts';
import { createCustomerDesk } from './customer.ts';
import type { DeskDeps } from './deps.ts';
import { createDigestDesk } from './digest.ts';
import { createErasureDesk } from './erasure.ts';
import { createGroupDesk } from './groups.ts';
import { createLanguageDesk } from './language.ts';
import { createMembershipDesk } from './membership.ts';
import { createMyDataDesk } from './my-data.ts';
import { createNoticeDesk } from './notice.ts';
import { createPatientReplies, isReplyRefused } from './patient-replies.ts';
import { createReactionDesk } from './reactions.ts';
import { createReviewDesk } from './review.ts';
import { createSettingsDesk } from './settings.ts';
import { createBanDesk } from './staff-bans.ts';
import { createCardDesk } from './staff-cards.ts';
import { createStaffDesk } from './staff.ts';

/** The updates the bot asks Telegram for. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'callback_query',
  'inline_query',
  'my_chat_member',
  'message_reaction',
  'poll_answer',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
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
  bot.api.config.use(createChatGate(deps.clock));
  bot.use((context, next) => {
    context.api.config.use(createPatientReplies());
    return next();
  });
  bot.use((context, next) => once(deps, context, next));
  bot.use(createMembershipDesk(deps));
  bot.use(createReviewDesk(deps));
  bot.use(createDigestDesk(deps));
  bot.use(createApprovalDesk(deps));
  // Before the staff's own group desk, which takes every message of that group.
  bot.use(createMyDataDesk(deps));
  bot.use(options.exportDesk);
  bot.use(createErasureDesk(deps));
  bot.use(createCardDesk(deps));
  bot.use(createStaffDesk(deps));
  bot.use(createSettingsDesk(deps));
  bot.use(createNoticeDesk(deps));
  bot.use(createLanguageDesk(deps));
  // After all by which people rule their own data, which nobody can be banned from.
  bot.use(createBanDesk(deps));
  bot.use(createCustomerDesk(deps));
  bot.use(createGroupDesk(deps));
  bot.use(createBusinessDesk(deps));
  bot.use(createReactionDesk(deps));
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
  try {
    await next();
  } catch (error) {
    if (!isReplyRefused(error)) throw error;
    deps.log.warn(
      { updateId, code: `telegram_${error.error_code}` },
      'nobody was answered: Telegram takes no answer now',
    );
  }
  const [kind = 'unknown'] = Object.keys(context.update).filter((name) => name !== 'update_id');
  await recordUpdate(deps.db, { botId, updateId, kind, outcome: 'handled', now: deps.clock() });
}
