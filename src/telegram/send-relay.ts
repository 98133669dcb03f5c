import { GrammyError } from 'grammy';
import type { MessageEntity } from 'grammy/types';
import { readLife } from '../db/life.ts';
import { linkCopy, relayFacts, revisionContext, type RelayFacts } from '../db/messages.ts';
import type { Delivery } from '../db/tables.ts';
import { readersOf } from '../domain/decision.ts';
import type { MessageContent } from '../domain/messages.ts';
import type { Role } from '../domain/roles.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { topicOf } from './topics.ts';

/**
 * Brings a message to the other side. The first revision is copied by Telegram itself, so that every
 * kind of message arrives as it was sent; an edit changes the text of that copy.
 */
export async function sendRelay(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const messageId = String(delivery.payload['messageId']);
  const revision = Number(delivery.payload['revision']);
  const message = await relayFacts(deps.db, messageId, revision);
  if (!message) return 'gone';
  const route = await routeOf(deps, delivery, message);
  if (!route) return 'gone';
  if (route.readers) {
    await sendNote(deps, route, route.readers);
    return 'sent';
  }
  if (revision > 1) return editCopy(deps, route, message);
  const copy = await copyMessage(deps, route);
  await linkCopy(
    deps.db,
    messageId,
    delivery.target === 'staff' ? { staffMessageId: copy } : { telegramMessageId: copy },
  );
  return 'sent';
}

interface Route {
  readonly from: { readonly chatId: number; readonly messageId: number };
  readonly to: {
    readonly chatId: number;
    readonly topicId?: number;
    readonly replyTo?: number;
    readonly copyId?: number;
  };
  /** Who alone may read it, where the policy narrows that. */
  readonly readers?: readonly Role[] | null;
}

async function routeOf(
  deps: SenderDeps,
  delivery: Delivery,
  message: RelayFacts,
): Promise<Route | undefined> {
  const staffChat = deps.project.staffChatId;
  if (!message.customerChatId || staffChat === null) return undefined;
  if (delivery.target === 'staff') {
    const life = await readLife(deps.db, message.sessionId, deps.clock());
    const topicId = await topicOf(deps, life);
    if (topicId === undefined || message.telegramMessageId === null) return undefined;
    return {
      from: { chatId: message.customerChatId, messageId: message.telegramMessageId },
      to: { chatId: staffChat, topicId, ...side(message.replyToStaffId, message.staffMessageId) },
      readers: readersOf(life.policy, life),
    };
  }
  if (message.staffMessageId === null) return undefined;
  return {
    from: { chatId: staffChat, messageId: message.staffMessageId },
    to: { chatId: message.customerChatId, ...side(message.replyToTelegramId, message.telegramMessageId) },
  };
}

function side(replyTo: number | null, copyId: number | null) {
  return { ...(replyTo !== null && { replyTo }), ...(copyId !== null && { copyId }) };
}

/** A topic is open to all of the group, so what only some may read is not shown there at all. */
async function sendNote(deps: SenderDeps, { to }: Route, readers: readonly Role[]): Promise<void> {
  const who = readers.length > 0 ? `${readers.join(' and ')} alone` : 'nobody';
  await deps.api.sendMessage(
    to.chatId,
    `🔒 The customer wrote. It is kept in the session and not shown here: by the policy it is readable by ${who}.`,
    to.topicId === undefined ? {} : { message_thread_id: to.topicId },
  );
}

async function copyMessage(deps: SenderDeps, { from, to }: Route): Promise<number> {
  const { message_id } = await deps.api.copyMessage(to.chatId, from.chatId, from.messageId, {
    ...(to.topicId !== undefined && { message_thread_id: to.topicId }),
    ...(to.replyTo !== undefined && {
      reply_parameters: { message_id: to.replyTo, allow_sending_without_reply: true },
    }),
  });
  return message_id;
}

async function editCopy(deps: SenderDeps, { to }: Route, message: RelayFacts): Promise<SendOutcome> {
  if (to.copyId === undefined) return 'gone';
  const opened = await deps.vault.open(message.sealed, revisionContext(message.id, message.revision));
  const content = JSON.parse(opened.toString()) as MessageContent;
  // A mention of somebody else by a reference is one that Telegram could not follow.
  const sendable = (content.entities ?? []).filter(({ type, user }) => type !== 'text_mention' || idIn(user));
  const entities = sendable as unknown as MessageEntity[];
  try {
    if (message.kind === 'text')
      await deps.api.editMessageText(to.chatId, to.copyId, content.text ?? '', { entities });
    else
      await deps.api.editMessageCaption(to.chatId, to.copyId, {
        caption: content.text ?? '',
        caption_entities: entities,
      });
  } catch (error) {
    // An edit of what a reader cannot see, such as a link's preview, changes nothing in the copy.
    if (!(error instanceof GrammyError) || !error.description.includes('not modified')) throw error;
  }
  return 'sent';
}

function idIn(user: unknown): boolean {
  return typeof (user as { id?: unknown } | undefined)?.id === 'number';
}
