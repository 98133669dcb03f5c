export interface GroupChatTable {
  id: string;
  project_id: string;
  telegram_chat_id: number;
  notice_version: string | null;
  joined_at: Date;
  left_at: Date | null;
}

export interface BusinessConnectionTable {
  id: string;
  project_id: string;
  telegram_id: string;
  owner_telegram_id: number;
  enabled: boolean;
  can_reply: boolean;
  rights: string[];
  connected_at: Date;
  changed_at: Date;
}

export interface SentPollTable {
  poll_id: string;
  message_id: string;
}

export interface RelayBylineTable {
  message_id: string;
  staff_message_id: number;
}

/** Group chats with customers, and business connections. */
export interface ChatsTables {
  group_chat: GroupChatTable;
  business_connection: BusinessConnectionTable;
  sent_poll: SentPollTable;
  relay_byline: RelayBylineTable;
}
