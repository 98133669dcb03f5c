import type {
  BotCommand,
  Chat,
  InlineKeyboardMarkup,
  Message,
  ReplyKeyboardMarkup,
  Update,
  User,
} from '@grammyjs/types';

export type UpdateKind = Exclude<keyof Update, 'update_id'>;
export type Role = 'customer' | 'agent' | 'supervisor';

export interface ProjectRecord {
  id: string;
  title: string;
  botId: number;
  staffChatId: number;
}

export interface WebhookRecord {
  url: string;
  secretToken?: string;
  maxConnections: number;
  lastErrorDate?: number;
  lastErrorMessage?: string;
}

export interface BotRecord {
  id: number;
  token: string;
  user: User & { username: string };
  projectId: string;
  nextUpdateId: number;
  /** Absent: the documented default set. */
  allowedUpdates?: UpdateKind[];
  webhook?: WebhookRecord;
  /** Commands by scope and language. */
  commands: Record<string, BotCommand[]>;
  description: string;
  shortDescription: string;
}

export interface PersonRecord {
  /** Stable name under which `ensureProject` finds this person again. */
  key: string;
  projectId: string;
  role: Role;
  user: User;
  /** Whether this person ever wrote to the bot: before that, a bot may not write first. */
  started: boolean;
  blocked: boolean;
}

export interface TopicRecord {
  threadId: number;
  name: string;
  iconColor: number;
  iconCustomEmojiId?: string;
  closed: boolean;
}

export interface MemberRecord {
  userId: number;
  status: 'creator' | 'administrator' | 'member' | 'left';
  canManageTopics: boolean;
  canDeleteMessages: boolean;
  /** Absent: as the administrators of a new group may. */
  canPinMessages?: boolean;
}

export interface ChatRecord {
  id: number;
  projectId: string;
  botId: number;
  chat: Chat;
  members: MemberRecord[];
  pinned: number[];
  /** A chat between the owner of a business account and a customer; its `chat` is the customer's. */
  businessId?: string;
}

export interface ReactionRecord {
  userId: number;
  emoji: string[];
}

export interface MessageRecord {
  message: Message;
  reactions: ReactionRecord[];
  /** Sent by a bot to replace the customer's keyboard; not part of the Message that bots see. */
  keyboard?: ReplyKeyboardMarkup;
}

export interface FileRecord {
  id: string;
  uniqueId: string;
  /** Name of the stored bytes. */
  blob: string;
  path: string;
  kind: MediaKind;
  name?: string;
  mimeType?: string;
  size: number;
}

export type MediaKind =
  'photo' | 'document' | 'video' | 'audio' | 'voice' | 'sticker' | 'animation' | 'video_note';

/** A business account that a bot is connected to. */
export interface BusinessRecord {
  id: string;
  botId: number;
  ownerId: number;
  /** Unix seconds. */
  date: number;
  canReply: boolean;
  enabled: boolean;
}

export interface CallbackRecord {
  id: string;
  botId: number;
  userId: number;
  at: number;
  answer?: { text?: string; showAlert: boolean; url?: string };
}

export interface UpdateRecord {
  update: Update;
  /** Unix seconds; Telegram forgets an update after a day. */
  at: number;
}

/** Bytes as they arrive in a request. */
export interface Upload {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export type Markup = InlineKeyboardMarkup;
