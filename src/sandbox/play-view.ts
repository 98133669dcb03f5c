import type { Chat, Message } from '@grammyjs/types';
import type { Hub } from './hub.ts';
import type { BotRecord, ChatRecord, MessageRecord, PersonRecord } from './records.ts';
import { badRequest } from './refusal.ts';

/** A chat as one of its people sees it. */
export interface PlayedChat {
  id: number;
  title: string;
  kind: 'private' | 'group' | 'business';
  topics: { id: number; name: string; closed: boolean; color: number; lastMessageId: number }[];
  started: boolean;
  blocked: boolean;
}

/** A message with what only people see of it. */
export type SeenMessage = Message & {
  reactions: { userId: number; emoji: string[] }[];
  keyboard?: string[][];
};

/** The bot of a chat. */
export function botOf(hub: Hub, chat: ChatRecord): BotRecord {
  const bot = hub.bots.get(chat.botId);
  if (!bot) throw badRequest('bot not found');
  return bot;
}

/** A chat for one of its people. */
export function seenChat(hub: Hub, person: PersonRecord, chat: ChatRecord): PlayedChat {
  const messages = hub.messages(chat.id).values();
  return {
    id: chat.id,
    title: titleOf(hub, chat),
    kind: chat.businessId !== undefined ? 'business' : chat.chat.type === 'private' ? 'private' : 'group',
    started: person.started,
    blocked: person.blocked,
    topics: hub
      .topics(chat.id)
      .values()
      .map((topic) => ({
        id: topic.threadId,
        name: topic.name,
        closed: topic.closed,
        color: topic.iconColor,
        lastMessageId:
          messages.findLast((m) => m.message.message_thread_id === topic.threadId)?.message.message_id ?? 0,
      })),
  };
}

function titleOf(hub: Hub, chat: ChatRecord): string {
  return (chat.chat as Partial<Chat.SupergroupChat>).title ?? botOf(hub, chat).user.first_name;
}

/** A message with what only people see of it. */
export function seenMessage({ message, reactions, keyboard }: MessageRecord): SeenMessage {
  const keys = keyboard?.keyboard.map((row) =>
    row.map((button) => (typeof button === 'string' ? button : button.text)),
  );
  return { ...message, reactions, ...(keys && { keyboard: keys }) };
}
