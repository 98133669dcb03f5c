import type { Pseudonym } from '../../vault/pseudonym.ts';
import { channelPeer, groupPeer, isId, type PeerId } from './peers.ts';
import type { ChatHeader } from './read-export.ts';
import type { RefusalReason } from './refusals.ts';

/** A chat that is imported. */
export interface ImportedChat {
  /** What its progress is recorded under; it cannot be traced back to the chat without the pepper. */
  readonly key: string;
  readonly kind: 'private' | 'group';
  /** In a private chat its customer. */
  readonly peer: PeerId;
  readonly name: string | null;
}

type ChatType = { readonly kind: 'private' | 'group'; readonly peer: (id: number) => PeerId };

const KEPT: Readonly<Record<string, ChatType>> = {
  personal_chat: { kind: 'private', peer: (id) => id },
  bot_chat: { kind: 'private', peer: (id) => id },
  private_group: { kind: 'group', peer: groupPeer },
  private_supergroup: { kind: 'group', peer: channelPeer },
  public_supergroup: { kind: 'group', peer: channelPeer },
};

const REFUSED: Readonly<Record<string, RefusalReason>> = {
  saved_messages: 'saved_messages',
  private_channel: 'channel',
  public_channel: 'channel',
};

/** Whether a chat's own fields are those of a Telegram Desktop export. */
export function isTelegramChat({ id, type }: ChatHeader): boolean {
  return isId(id) && typeof type === 'string';
}

/** Reads a chat's own fields, or says why the chat is refused as a whole. */
export function readChat(
  header: ChatHeader,
  projectId: string,
  pseudonym: Pseudonym,
): ImportedChat | { refused: RefusalReason } {
  const { id, type, name } = header;
  if (!isId(id) || typeof type !== 'string') return { refused: 'chat_not_identified' };
  const kept = Object.hasOwn(KEPT, type) ? KEPT[type] : undefined;
  if (!kept)
    return { refused: (Object.hasOwn(REFUSED, type) ? REFUSED[type] : undefined) ?? 'chat_not_kept' };
  const peer = kept.peer(id);
  return {
    key: pseudonym('import-chat', projectId, String(peer)),
    kind: kept.kind,
    peer,
    name: typeof name === 'string' && name !== '' ? name : null,
  };
}

/**
 * The id of an imported message, the same in every run: so a reply finds the message it answers however
 * far back it is, and a message could not be stored twice even if its progress were lost.
 */
export function messageIdOf(pseudonym: Pseudonym, chat: ImportedChat, messageId: number): string {
  const hex = pseudonym('import-message', chat.key, String(messageId));
  // UUID version 8: "vendor-specific", here a keyed hash.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
