import type { RelayFacts } from '../db/relay-facts.ts';
import type { DeskDeps } from './deps.ts';

/** Where a message goes, and what it has to do with what is there already. */
export interface RelaySide {
  readonly target: 'customer' | 'staff';
  readonly chatId: number;
  readonly topicId?: number;
  /** The business connection in whose name it is sent. */
  readonly businessId?: string;
  readonly replyTo?: number;
  /** The copy that is there already. */
  readonly copyId?: number;
  /** Without a notification. */
  readonly silent?: boolean;
  /** Where the message itself stands, if Telegram lets it be copied from there. */
  readonly from?: { readonly chatId: number; readonly messageId: number };
}

/** The side that a message goes to; `undefined` where there is none any more. */
export function sideOf(
  { project }: Pick<DeskDeps, 'project'>,
  message: RelayFacts,
  target: 'customer' | 'staff',
  topicId?: number,
): RelaySide | undefined {
  const { customerChatId, businessId, telegramMessageId, staffMessageId } = message;
  const staffChat = project.staffChatId;
  if (staffChat === null || customerChatId === null) return undefined;
  if (target === 'staff')
    return {
      ...{ target, chatId: staffChat },
      ...(topicId !== undefined && { topicId }),
      ...linked(message.replyToStaffId, staffMessageId),
      // The bot is no member of the chats of a business account.
      ...(businessId === null &&
        telegramMessageId !== null && { from: { chatId: customerChatId, messageId: telegramMessageId } }),
    };
  return {
    ...{ target, chatId: customerChatId },
    ...(businessId !== null && { businessId }),
    ...linked(message.replyToTelegramId, telegramMessageId),
    ...(businessId === null &&
      staffMessageId !== null && { from: { chatId: staffChat, messageId: staffMessageId } }),
  };
}

function linked(replyTo: number | null, copyId: number | null) {
  return { ...(replyTo !== null && { replyTo }), ...(copyId !== null && { copyId }) };
}

/** What every sending method is told of the place. A quote that is not there any more is left out by Telegram. */
export function placed({ topicId, businessId, replyTo, silent }: RelaySide, quote?: string) {
  return {
    ...(silent && { disable_notification: true }),
    ...(topicId !== undefined && { message_thread_id: topicId }),
    ...(businessId !== undefined && { business_connection_id: businessId }),
    ...(replyTo !== undefined && {
      reply_parameters: {
        message_id: replyTo,
        allow_sending_without_reply: true,
        ...(quote !== undefined && { quote }),
      },
    }),
  };
}
