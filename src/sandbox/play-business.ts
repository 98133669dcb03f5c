import { randomBytes } from 'node:crypto';
import { privateChat } from './access.ts';
import type { Hub } from './hub.ts';
import type { Desk } from './messages.ts';
import { businessView } from './methods/kinds.ts';
import type { BusinessRecord, ChatRecord } from './records.ts';
import { badRequest } from './refusal.ts';
import type { Updates } from './updates.ts';

/** Business accounts that the bot is connected to, and their chats with customers. */
export interface PlayBusiness {
  /** Connects the bot to a person's business account. */
  connect(setup: { projectId: string; ownerId: number; canReply?: boolean }): { businessId: string };
  /** Changes what the bot may do, or disconnects it. */
  change(businessId: string, change: { canReply?: boolean; enabled?: boolean }): void;
  /** The chat of a business account with a customer, for its owner and for the customer alike. */
  chat(userId: number, where: { businessId: string; customerId?: number }): { chatId: number };
  /** Deletes messages in such a chat for both sides. */
  remove(userId: number, what: { chatId: number; messageIds: number[] }): void;
}

/** Beside the ids of people and groups: to the bot, such a chat has the id of the customer. */
const FIRST_CHAT = 8_000_000_000_000;

export function createPlayBusiness(hub: Hub, updates: Updates, desk: Desk): PlayBusiness {
  const businessById = (id: string): BusinessRecord => {
    const business = hub.businesses.get(id);
    if (!business) throw badRequest('business connection not found');
    return business;
  };
  const botOf = ({ botId }: BusinessRecord) => {
    const bot = hub.bots.get(botId);
    if (!bot) throw badRequest('bot not found');
    return bot;
  };
  const tell = (business: BusinessRecord) => {
    hub.businesses.put(business.id, business);
    updates.push(botOf(business), { business_connection: businessView(hub, business.id) });
  };

  return {
    connect({ projectId, ownerId, canReply = true }) {
      const project = hub.projects.get(projectId);
      if (!project || !hub.people.get(ownerId)) throw badRequest('project or owner not found');
      const id = randomBytes(18).toString('base64url');
      const { botId } = project;
      tell({ id, botId, ownerId, date: hub.now(), canReply, enabled: true });
      return { businessId: id };
    },
    change(businessId, change) {
      tell(Object.assign(businessById(businessId), change));
    },
    chat(userId, { businessId, customerId = userId }) {
      const { botId, ownerId } = businessById(businessId);
      const customer = hub.people.get(customerId);
      if (!customer || (userId !== ownerId && userId !== customerId)) throw badRequest('chat not found');
      const known = hub.chats
        .values()
        .find((chat) => chat.businessId === businessId && chat.chat.id === customerId);
      if (known) return { chatId: known.id };
      const id = FIRST_CHAT + hub.next('business-chat');
      const members: ChatRecord['members'] = [ownerId, customerId].map((one) => ({
        ...{ userId: one, status: 'member', canManageTopics: false, canDeleteMessages: true },
      }));
      const { projectId } = customer;
      const chat = privateChat(customer.user);
      hub.chats.put(id, { id, projectId, botId, chat, members, pinned: [], businessId });
      return { chatId: id };
    },
    remove(userId, { chatId, messageIds }) {
      const chat = hub.chats.get(chatId);
      const isTheirs = chat?.members.some((member) => member.userId === userId);
      if (chat?.businessId === undefined || !isTheirs || chat.chat.type !== 'private')
        throw badRequest('chat not found');
      desk.remove(chat, messageIds);
      const business = businessById(chat.businessId);
      if (business.enabled)
        updates.push(botOf(business), {
          deleted_business_messages: {
            business_connection_id: business.id,
            chat: chat.chat,
            message_ids: messageIds,
          },
        });
    },
  };
}
