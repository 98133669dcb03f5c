/** Why a message, a chat or the rest of a file is not imported, in one closed list, with what to do. */
export const REFUSALS = {
  saved_messages: 'notes to oneself are no conversation with a customer',
  channel: 'a channel is a publication, not a conversation',
  chat_not_kept: 'a chat of this type is no conversation with a customer',
  chat_not_identified: 'the chat has no type and id before its messages',
  not_a_message: 'an element of `messages` is not an object',
  id_missing: 'the message has no id',
  id_repeated: 'a message before it in this chat has the same id',
  id_out_of_order: 'a message before it in this chat has a higher id; Telegram Desktop sorts by id',
  date_missing: 'the message has no date',
  date_invalid: 'its date is not a date',
  date_impossible: 'its date is older than Telegram',
  date_in_future: 'its date lies ahead of now',
  unsupported: 'the Telegram Desktop that exported it was too old to write its content: export again',
  file_truncated: 'the file ends in the middle: export again',
  file_damaged: 'the file is not JSON from here on: export again',
} as const;
export type RefusalReason = keyof typeof REFUSALS;

/** One line of the report. No names and no texts: the report may be passed on. */
export interface Refusal {
  /** The chat's id as the export has it; `null` where it has none. */
  readonly chat: number | null;
  /** The message's id; `null` where a whole chat or the rest of the file is meant. */
  readonly message: number | null;
  /** Which message of its chat it is, from 1; absent where a whole chat is meant. */
  readonly position?: number;
  /** Where a file broke off, in bytes. */
  readonly atByte?: number;
  readonly reason: RefusalReason;
  /** The same for people. */
  readonly because: string;
}
