import type { TableEntry } from './data-map.ts';

/** Group chats with customers, and business connections. */
export const CHATS_TABLES: Readonly<Record<string, TableEntry>> = {
  business_connection: {
    rows: 'kept',
    because: 'Whose business account the bot answers for: one of the staff, no customer.',
    columns: {
      'opaque id': 'id',
      staff: 'telegram_id owner_telegram_id',
      nobody: 'project_id enabled can_reply rights connected_at changed_at',
    },
  },
  group_chat: {
    rows: 'kept',
    because: 'The groups the bot is in, without names and without who is in them.',
    columns: {
      'opaque id': 'id',
      nobody: 'project_id telegram_chat_id notice_version joined_at left_at',
    },
  },
  relay_byline: {
    rows: 'with the session',
    because: 'Where the staff topic says who sent a message; goes with that message.',
    columns: { 'opaque id': 'message_id', 'message id': 'staff_message_id' },
  },
  sent_poll: {
    rows: 'with the session',
    because: 'Leads from the answers to a poll to the entry that asked; goes with that entry.',
    columns: { 'opaque id': 'message_id', 'message id': 'poll_id' },
  },
};
