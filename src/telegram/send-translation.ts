import { GrammyError } from 'grammy';
import { putDelivery } from '../db/deliveries.ts';
import { readLife } from '../db/life.ts';
import { revisionContext } from '../db/messages.ts';
import { relayFacts, type RelayFacts } from '../db/relay-facts.ts';
import type { Delivery } from '../db/tables.ts';
import { noteShown, shownTranslation, translationParties, type TranslationSide } from '../db/translations.ts';
import { readersOf } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import type { MessageContent } from '../domain/messages.ts';
import type { Translated } from '../domain/translation.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

type Reader = 'staff' | 'customer';

/** Queues the translation of a message that was just relayed, in a stream that holds up no message. */
export async function queueTranslation(deps: SenderDeps, relay: Delivery): Promise<void> {
  const { translation, id: projectId } = deps.project;
  const reader: Reader = relay.target === 'customer' ? 'customer' : 'staff';
  if (!deps.translations || !translation || relay.session_id === null) return;
  if (reader === 'customer' && !translation.answers) return;
  const messageId = String(relay.payload['messageId']);
  const revision = Number(relay.payload['revision']);
  await putDelivery(deps.db, {
    projectId,
    sessionId: relay.session_id,
    target: 'translation',
    content: { kind: 'translation', messageId, revision, reader },
    now: deps.clock(),
  });
}

/** Shows a translation under the message it belongs to, or renews the one that an edit made old. */
export async function sendTranslation(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const { translations } = deps;
  const messageId = String(delivery.payload['messageId']);
  const revision = Number(delivery.payload['revision']);
  const reader: Reader = delivery.payload['reader'] === 'customer' ? 'customer' : 'staff';
  const message = await relayFacts(deps.db, messageId, revision);
  const place = message && (await placeOf(deps, message, reader));
  if (!message || !place || !translations) return 'gone';
  const opened = await deps.vault.open(message.sealed, revisionContext(messageId, revision));
  const { text } = JSON.parse(opened.toString()) as MessageContent;
  if (!text) return 'gone';
  const { sessionId } = message;
  const { to, subjectId } = place;
  try {
    const act = { sessionId, subjectId, messageId, revision, text, to, now: deps.clock() };
    const translated = await translations.translate(act);
    await show(deps, { messageId, revision, language: to }, place, translated);
    return 'sent';
  } catch (error) {
    // They have the original; a translation that comes much later would only confuse.
    if (error instanceof AppError && error.code === 'translation_unavailable') return 'untranslated';
    throw error;
  }
}

interface Place {
  readonly chatId: number;
  readonly topicId?: number;
  readonly replyTo: number;
  readonly side: TranslationSide;
  readonly to: string;
  /** Whose part of the session the message is. */
  readonly subjectId: string;
}

async function placeOf(deps: SenderDeps, message: RelayFacts, reader: Reader): Promise<Place | undefined> {
  const { staffChatId, translation, language } = deps.project;
  const { subjectId, customerLanguage, kind, lastRevision } = await translationParties(deps.db, message.id);
  // What it says now has a translation of its own; what was taken back has none.
  if (message.revision < lastRevision) return undefined;
  if (reader === 'customer') {
    // In a group everybody would read the translation that is meant for one.
    if (kind !== 'private' || !customerLanguage || !message.customerChatId) return undefined;
    if (message.telegramMessageId === null) return undefined;
    const { customerChatId: chatId, telegramMessageId: replyTo } = message;
    return { chatId, replyTo, side: 'telegram_message_id', to: customerLanguage, subjectId };
  }
  const life = await readLife(deps.db, message.sessionId, deps.clock());
  const { topicId } = life;
  // A topic is open to all of the group: what only some may read is not shown there in any language.
  if (readersOf(life.policy, life)) return undefined;
  if (staffChatId === null || topicId === null || message.staffMessageId === null) return undefined;
  const to = translation?.staff ?? language;
  return {
    ...{ chatId: staffChatId, topicId, replyTo: message.staffMessageId },
    ...{ side: 'staff_message_id', to, subjectId },
  };
}

async function show(
  deps: SenderDeps,
  key: { messageId: string; revision: number; language: string },
  { chatId, topicId, replyTo, side }: Place,
  translated: Translated | undefined,
): Promise<void> {
  const before = key.revision > 1 ? await shownTranslation(deps.db, key, side) : undefined;
  if (before !== undefined) {
    // The edited text is in the reader's own language now: the translation of the old one is wrong.
    if (!translated) await unlessRefused(() => deps.api.deleteMessage(chatId, before));
    else await unlessRefused(() => deps.api.editMessageText(chatId, before, line(translated, key.language)));
    if (translated) await noteShown(deps.db, key, side, before);
    return;
  }
  if (!translated) return;
  const { message_id: shown } = await deps.api.sendMessage(chatId, line(translated, key.language), {
    ...(topicId !== undefined && { message_thread_id: topicId }),
    reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
    // The message itself has rung already.
    disable_notification: true,
  });
  await noteShown(deps.db, key, side, shown);
}

/** Telegram takes 4,096 signs; a translation may be longer than what it translates. */
const MOST_SIGNS = 4000;

function line({ from, text }: Translated, to: string): string {
  const shown = text.length > MOST_SIGNS ? `${text.slice(0, MOST_SIGNS)}…` : text;
  return `🌐 ${from} → ${to}\n${shown}`;
}

/** Whoever deleted the translation by hand does not want it renewed. */
async function unlessRefused(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
  }
}
