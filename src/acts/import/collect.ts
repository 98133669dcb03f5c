import { AppError } from '../../domain/errors.ts';
import type { Pseudonym } from '../../vault/pseudonym.ts';
import { isTelegramChat, readChat, type ImportedChat } from './chats.ts';
import type { Portion } from './cut-sessions.ts';
import { isId } from './peers.ts';
import type { ChatHeader, ExportItem } from './read-export.ts';
import { isMessageId, readMessage, type ExportedMessage } from './read-message.ts';
import { REFUSALS, type Refusal, type RefusalReason } from './refusals.ts';

/** Gathers what an export holds into batches, and tells of what cannot be kept. */
export interface Collector {
  /** @throws AppError `input_invalid` when this is no export of Telegram Desktop */
  take(item: ExportItem): void;
  /**
   * Ends the chat that a broken file left open.
   *
   * @throws AppError `input_invalid` when the whole file had nothing of an export
   */
  end(brokeOff: { atByte: number; reason: RefusalReason } | null): void;
  /** The batches that are full, leaving the rest for later. */
  takeFull(): Portion[][];
  takeAll(): Portion[][];
  /** The account that made the export, as far as the export has said it. */
  self(): number | null;
  counts(): { chats: number; messages: number; refused: number };
}

export interface CollectorRules {
  readonly projectId: string;
  readonly pseudonym: Pseudonym;
  readonly timeZone: string;
  readonly now: Date;
  readonly batchSize: number;
  readonly onRefused: (refusal: Refusal) => void;
}

/** The chat that is being read. */
interface Reading {
  readonly header: ChatHeader;
  /** `null` for a chat that is refused as a whole. */
  readonly chat: ImportedChat | null;
  position: number;
  /** The ids taken so far, rising: 8 bytes a message, to tell a repeated one from one out of order. */
  readonly ids: number[];
  messages: ExportedMessage[];
}

export function createCollector(rules: CollectorRules): Collector {
  const counts = { chats: 0, messages: 0, refused: 0 };
  /** The highest id of each chat that was read, should the file hold a chat twice. */
  const highest = new Map<string, number>();
  const full: Portion[][] = [];
  let batch: Portion[] = [];
  let batched = 0;
  let isExport = false;
  let self: number | null = null;
  let reading: Reading | null = null;

  function refuse(refusal: Omit<Refusal, 'because'>) {
    counts.refused += 1;
    rules.onRefused({ ...refusal, because: REFUSALS[refusal.reason] });
  }

  function begin(header: ChatHeader, alone: boolean) {
    if (alone && !isTelegramChat(header)) throw notAnExport();
    isExport = true;
    const chat = readChat(header, rules.projectId, rules.pseudonym);
    reading = { header, chat: 'refused' in chat ? null : chat, position: 0, ids: [], messages: [] };
    if ('refused' in chat) refuse({ chat: idOf(header), message: null, reason: chat.refused });
    else counts.chats += 1;
  }

  function takeMessage(value: unknown) {
    if (!reading?.chat) return;
    reading.position += 1;
    const message = readMessage(value, rules);
    const reason = 'refused' in message ? message.refused : orderOf(reading, reading.chat, message.id);
    if (reason !== null || 'refused' in message) {
      const id = (value as { id?: unknown } | null)?.id;
      const { header, position } = reading;
      refuse({
        chat: idOf(header),
        message: isMessageId(id) ? id : null,
        position,
        reason: reason ?? 'not_a_message',
      });
      return;
    }
    counts.messages += 1;
    reading.ids.push(message.id);
    reading.messages.push(message);
    batched += 1;
    if (batched >= rules.batchSize) close(false);
  }

  function orderOf({ ids }: Reading, { key }: ImportedChat, id: number): RefusalReason | null {
    if (id > (ids.at(-1) ?? highest.get(key) ?? -Infinity)) return null;
    return ids.length === 0 || includes(ids, id) ? 'id_repeated' : 'id_out_of_order';
  }

  /** Moves what was read of the current chat into the batch, and starts a new batch when it is full. */
  function close(ended: boolean) {
    if (reading?.chat && (ended || reading.messages.length > 0)) {
      const { chat, messages } = reading;
      // A batch is planned from what the database says of each chat, so it may hold a chat only once.
      if (batch.some((portion) => portion.chat.key === chat.key)) seal();
      batch.push({ chat, messages, ended });
      reading.messages = [];
    }
    if (ended) {
      const last = reading?.ids.at(-1);
      if (reading?.chat && last !== undefined) highest.set(reading.chat.key, last);
      reading = null;
    }
    if (batched >= rules.batchSize || batch.length >= rules.batchSize) seal();
  }

  function seal() {
    if (batch.length > 0) full.push(batch);
    batch = [];
    batched = 0;
  }

  return {
    take(item) {
      switch (item.part) {
        case 'account':
          self = isId(item.userId) ? item.userId : null;
          return;
        case 'chats':
          isExport = true;
          return;
        case 'chat':
          return begin(item.header, item.alone);
        case 'message':
          return takeMessage(item.value);
        case 'chat-end':
          return close(true);
      }
    },
    end(brokeOff) {
      if (!isExport && brokeOff) throw unusable(brokeOff.reason);
      if (!isExport) throw notAnExport();
      if (brokeOff) refuse({ chat: reading ? idOf(reading.header) : null, message: null, ...brokeOff });
      close(true);
    },
    takeFull: () => full.splice(0),
    takeAll() {
      seal();
      return full.splice(0);
    },
    self: () => self,
    counts: () => counts,
  };
}

function idOf({ id }: ChatHeader): number | null {
  return isId(id) ? id : null;
}

/** Whether rising ids hold this one. */
function includes(ids: readonly number[], id: number): boolean {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? Infinity) < id) low = middle + 1;
    else high = middle;
  }
  return ids[low] === id;
}

function notAnExport(): AppError {
  return new AppError(
    'input_invalid',
    'This is not a Telegram Desktop export: expected `messages` or `chats.list`, each chat with `type` and `id` before its messages. In Telegram Desktop choose Export chat history, format "Machine-readable JSON", and name its result.json.',
  );
}

function unusable(reason: RefusalReason): AppError {
  return new AppError(
    'input_invalid',
    reason === 'file_truncated'
      ? 'The file ends before anything of an export came. Export again.'
      : 'This is not JSON. In Telegram Desktop choose Export chat history, format "Machine-readable JSON", and name its result.json.',
  );
}
