/** Who wrote an entry of a session. */
export const AUTHOR_ROLES = ['customer', 'agent', 'bot', 'system'] as const;
export type AuthorRole = (typeof AUTHOR_ROLES)[number];

/** What a session takes place in. */
export const SESSION_KINDS = ['private', 'group', 'business'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** Where a customer writes: a group or a business account by its id, or the private chat with the bot. */
export interface CustomerChat {
  readonly kind: SessionKind;
  readonly id: string | null;
}

/** What a file can be, in Telegram's own terms. */
export const ATTACHMENT_KINDS = [
  'photo',
  'document',
  'video',
  'audio',
  'voice',
  'video_note',
  'animation',
  'sticker',
] as const;
export type AttachmentKind = (typeof ATTACHMENT_KINDS)[number];

/** A range of text with a meaning, in Telegram's own terms (offsets count UTF-16 units). */
export interface TextEntity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly [detail: string]: unknown;
}

/** What is sealed of one revision of a message. */
export interface MessageContent {
  readonly text?: string;
  readonly entities?: readonly TextEntity[];
  /** What is not text, as Telegram sent it: location, contact, sticker, service action and the like. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What is sealed of one attachment. */
export interface AttachmentContent {
  readonly fileId?: string;
  /** The same for the same file, whoever sends it. */
  readonly uniqueId?: string;
  readonly fileName?: string;
  readonly mimeType?: string;
}

/** What is sealed of a subject. */
export interface SubjectProfile {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly username?: string;
}
