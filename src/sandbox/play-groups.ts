import type { Chat } from '@grammyjs/types';
import { memberOf } from './access.ts';
import type { Hub } from './hub.ts';
import { memberView } from './methods/chats.ts';
import type { Desk } from './messages.ts';
import type { BotRecord, ChatRecord, MemberRecord } from './records.ts';
import { badRequest } from './refusal.ts';
import type { Updates } from './updates.ts';

/** Groups that people make, and that they let the bot into. */
export interface PlayGroups {
  /** A group of these people; the first of them adds the bot. */
  make(setup: {
    projectId: string;
    title: string;
    type?: 'group' | 'supergroup';
    members: number[];
    /** What the bot may do there; absent: a member like any other. */
    bot?: 'member' | 'administrator';
  }): { chatId: number };
  /** Lets a person or the bot in, puts them out, or makes them an administrator. */
  setMember(chatId: number, change: { userId: number; status: MemberRecord['status'] }): void;
  /** Makes a basic group a supergroup, which gets another id, with messages counted anew. */
  migrate(chatId: number): { chatId: number };
}

const FIRST_BASIC_GROUP = 5_000_000_000;
const FIRST_SUPERGROUP = 1_002_500_000_000;

export function createPlayGroups(hub: Hub, updates: Updates, desk: Desk): PlayGroups {
  const chatById = (chatId: number): ChatRecord => {
    const chat = hub.chats.get(chatId);
    if (!chat) throw badRequest('chat not found');
    return chat;
  };
  const tellBot = (chat: ChatRecord, byId: number, before: MemberRecord, after: MemberRecord) => {
    const from = hub.people.get(byId)?.user;
    if (!from) throw badRequest('user not found');
    updates.push(botOf(hub, chat), {
      my_chat_member: {
        chat: chat.chat,
        from,
        date: hub.now(),
        old_chat_member: memberView(hub, before),
        new_chat_member: memberView(hub, after),
      },
    });
  };

  return {
    make({ projectId, title, type = 'group', members, bot = 'member' }) {
      const project = hub.projects.get(projectId);
      if (!project) throw badRequest('project not found');
      const id = type === 'group' ? -(FIRST_BASIC_GROUP + hub.next('basic-group')) : newSupergroup(hub);
      const chat: Chat = { id, type, title };
      const record: ChatRecord = {
        ...{ id, projectId, botId: project.botId, chat, pinned: [] },
        members: [
          ...members.map((userId, at) => member(userId, at === 0 ? 'creator' : 'member')),
          member(project.botId, bot),
        ],
      };
      hub.chats.put(id, record);
      const [creator = 0] = members;
      tellBot(record, creator, member(project.botId, 'left'), member(project.botId, bot));
      hub.changed({ projectId, chatId: id });
      return { chatId: id };
    },
    setMember(chatId, { userId, status }) {
      const chat = chatById(chatId);
      const before = memberOf(chat, userId) ?? member(userId, 'left');
      const after = member(userId, status);
      chat.members = [...chat.members.filter((one) => one.userId !== userId), after];
      hub.chats.put(chatId, chat);
      const creator = chat.members.find((one) => one.status === 'creator')?.userId ?? 0;
      if (userId === chat.botId) tellBot(chat, creator, before, after);
      hub.changed({ projectId: chat.projectId, chatId });
    },
    migrate(chatId) {
      const old = chatById(chatId);
      if (old.chat.type !== 'group') throw badRequest('the chat is a supergroup already');
      const id = newSupergroup(hub);
      const chat = { ...old.chat, id, type: 'supergroup' } as unknown as Chat.SupergroupChat;
      const record: ChatRecord = { ...old, id, chat, pinned: [] };
      hub.chats.put(id, record);
      const creator = hub.people.get(old.members.find((one) => one.status === 'creator')?.userId ?? 0)?.user;
      if (!creator) throw badRequest('user not found');
      desk.postNotice(old, creator, { migrate_to_chat_id: id });
      old.members = old.members.map((one) => ({ ...one, status: 'left' }));
      hub.chats.put(chatId, old);
      desk.postNotice(record, creator, { migrate_from_chat_id: chatId });
      return { chatId: id };
    },
  };
}

function newSupergroup(hub: Hub): number {
  return -(FIRST_SUPERGROUP + hub.next('supergroup'));
}

function member(userId: number, status: MemberRecord['status']): MemberRecord {
  const leads = status === 'administrator' || status === 'creator';
  return { userId, status, canManageTopics: leads, canDeleteMessages: leads };
}

function botOf(hub: Hub, chat: ChatRecord): BotRecord {
  const bot = hub.bots.get(chat.botId);
  if (!bot) throw badRequest('bot not found');
  return bot;
}
