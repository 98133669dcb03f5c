import type { CustomerChat, SubjectProfile } from '../domain/messages.ts';
import type { IncomingMessage } from './take-message.ts';

/** A message in a customer's chat with the update that brought it. */
export interface CustomerMessage extends IncomingMessage {
  readonly projectId: string;
  readonly botId: number;
  readonly updateId: number;
  /** Absent: the private chat with the bot. */
  readonly chat?: CustomerChat;
  /** Whose entry it is: who wrote it, or whom the owner of a business account wrote to. */
  readonly from: {
    readonly telegramUserId: number;
    readonly language?: string;
    readonly profile: SubjectProfile;
  };
  /** The owner of a business account wrote it, who may be on the list of staff. */
  readonly byOwner?: { readonly staffId: string | null };
  readonly now: Date;
}
