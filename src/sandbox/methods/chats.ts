import type { ChatMember, ChatMemberAdministrator, ChatMemberOwner } from '@grammyjs/types';
import { chatFor, userOf } from '../access.ts';
import type { Hub } from '../hub.ts';
import { fileFor, LARGEST_DOWNLOAD } from '../media.ts';
import type { ChatRecord, MemberRecord } from '../records.ts';
import { badRequest } from '../refusal.ts';
import type { Methods } from './method.ts';

/** Looking at chats, members and files, and answering buttons. */
export const chatMethods: Methods = {
  getChat({ hub, bot }, { chat_id }) {
    const record = chatFor(hub, bot, chat_id);
    const pinned = record.pinned.at(-1);
    const message = pinned === undefined ? undefined : hub.messages(record.id).get(pinned)?.message;
    return {
      ...record.chat,
      accent_color_id: 0,
      max_reaction_count: 11,
      accepted_gift_types: {
        unlimited_gifts: false,
        limited_gifts: false,
        unique_gifts: false,
        premium_subscription: false,
        gifts_from_channels: false,
      },
      ...(message && { pinned_message: message }),
    };
  },

  getChatMember({ hub, bot }, { chat_id, user_id }) {
    const chat = chatFor(hub, bot, chat_id);
    const member = chat.members.find((m) => m.userId === user_id);
    if (!member)
      throw badRequest(user_id !== undefined && userOf(hub, user_id) ? 'member not found' : 'user not found');
    return memberView(hub, member);
  },
  getChatAdministrators({ hub, bot }, { chat_id }) {
    const chat = chatFor(hub, bot, chat_id);
    if (chat.chat.type === 'private') throw badRequest('there are no administrators in the private chat');
    return administrators(hub, chat);
  },
  getChatMemberCount({ hub, bot }, { chat_id }) {
    return chatFor(hub, bot, chat_id).members.filter((m) => m.status !== 'left').length;
  },
  leaveChat({ hub, bot }, { chat_id }) {
    const chat = chatFor(hub, bot, chat_id);
    if (chat.chat.type === 'private')
      throw badRequest("chat member status can't be changed in private chats");
    chat.members = chat.members.map((m) => (m.userId === bot.id ? { ...m, status: 'left' } : m));
    hub.chats.put(chat.id, chat);
    return true;
  },

  getFile({ hub }, { file_id }) {
    const file = fileFor(hub, file_id);
    if (file.size > LARGEST_DOWNLOAD) throw badRequest('file is too big');
    return { file_id: file.id, file_unique_id: file.uniqueId, file_size: file.size, file_path: file.path };
  },

  answerCallbackQuery({ hub, bot }, { callback_query_id, text, show_alert = false, url }) {
    const query = callback_query_id === undefined ? undefined : hub.callbacks.get(callback_query_id);
    if (!query || query.botId !== bot.id || query.answer || hub.now() - query.at > CALLBACK_SECONDS) {
      throw badRequest('query is too old and response timeout expired or query ID is invalid');
    }
    if (text !== undefined && text.length > 200) throw badRequest('MESSAGE_TOO_LONG');
    query.answer = {
      showAlert: show_alert,
      ...(text !== undefined && { text }),
      ...(url !== undefined && { url }),
    };
    hub.callbacks.put(query.id, query);
    const toast = {
      userId: query.userId,
      text: text ?? '',
      alert: show_alert,
      ...(url !== undefined && { url }),
    };
    hub.changed({ projectId: bot.projectId, toast });
    return true;
  },
};

/** How long Telegram waits for the answer to a button. */
const CALLBACK_SECONDS = 15 * 60;

function administrators(hub: Hub, chat: ChatRecord): (ChatMemberOwner | ChatMemberAdministrator)[] {
  return chat.members
    .map((member) => memberView(hub, member))
    .filter((view) => view.status === 'creator' || view.status === 'administrator');
}

/** A member as the Bot API shows it. */
export function memberView(hub: Hub, member: MemberRecord): ChatMember {
  const user = userOf(hub, member.userId);
  if (!user) throw badRequest('user not found');
  switch (member.status) {
    case 'creator':
      return { status: 'creator', user, is_anonymous: false };
    case 'left':
      return { status: 'left', user };
    case 'member':
      return { status: 'member', user };
    case 'administrator':
      return {
        status: 'administrator',
        user,
        can_be_edited: false,
        is_anonymous: false,
        can_manage_chat: true,
        can_delete_messages: member.canDeleteMessages,
        can_manage_video_chats: false,
        can_restrict_members: false,
        can_promote_members: false,
        can_change_info: false,
        can_invite_users: true,
        can_post_stories: false,
        can_edit_stories: false,
        can_delete_stories: false,
        can_pin_messages: member.canPinMessages ?? true,
        can_manage_topics: member.canManageTopics,
        can_send_welcome_messages: false,
      };
  }
}
