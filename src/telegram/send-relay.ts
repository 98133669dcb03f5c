import { GrammyError } from 'grammy';
import { putDelivery } from '../db/deliveries.ts';
import { readLife } from '../db/life.ts';
import { deskFacts } from '../db/desk.ts';
import { linkCopy } from '../db/messages.ts';
import { relayFacts, saveByline, saveSentPoll, type RelayFacts } from '../db/relay-facts.ts';
import type { Delivery } from '../db/tables.ts';
import { readersOf } from '../domain/decision.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { Role } from '../domain/roles.ts';
import { speechToStaff } from './customer-speech.ts';
import { sendAlbum } from './relay-album.ts';
import { carry, sendPlaceholder, type Sent } from './relay-carry.ts';
import { openRelayed } from './relay-content.ts';
import { editCopy } from './relay-edit.ts';
import { sendReaction } from './relay-reaction.ts';
import { sideOf, type RelaySide } from './relay-side.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';
import { takeBackCopy } from './send-taken-back.ts';
import { inTopic } from './topics.ts';

/**
 * Brings a message to the other side. Where it can be, the first revision is copied by Telegram itself, so
 * that it arrives as it was sent; what cannot be copied is sent anew, or told of. An edit changes that copy.
 */
export async function sendRelay(deps: SenderDeps, delivery: Delivery): Promise<SendOutcome> {
  const messageId = String(delivery.payload['messageId']);
  const revision = Number(delivery.payload['revision']);
  const message = await relayFacts(deps.db, messageId, revision);
  // What staff wrote for each other is queued for nobody, and would not be sent if it were.
  if (!message || message.kind === NOTE_KIND) return 'gone';
  if (delivery.target === 'staff') return toStaff(deps, message);
  const side = sideOf(deps, message, 'customer');
  if (!side) return 'gone';
  // Nobody answers for an account that was disconnected.
  if (message.businessId !== null && !message.canReply) return tellUnsendable(deps, message);
  const silent = (await deskFacts(deps.db, message.sessionId))?.silent === true;
  return bring(deps, silent ? { ...side, silent } : side, message);
}

async function toStaff(deps: SenderDeps, message: RelayFacts): Promise<SendOutcome> {
  const life = await readLife(deps.db, message.sessionId, deps.clock());
  const readers = readersOf(life.policy, life);
  const there = await inTopic(deps, life, async (topicId): Promise<SendOutcome> => {
    const side = sideOf(deps, message, 'staff', topicId);
    if (!side) return 'gone';
    if (!readers) return bring(deps, side, message);
    await sendNote(deps, side, readers);
    return 'sent';
  });
  return there?.result ?? 'gone';
}

async function bring(deps: SenderDeps, side: RelaySide, message: RelayFacts): Promise<SendOutcome> {
  if (message.kind === 'reaction' || message.kind === 'poll_answer') return sendReaction(deps, side, message);
  if (message.revision > 1) return (await takeBackCopy(deps, side, message)) ?? editCopy(deps, side, message);
  if (side.copyId !== undefined) return 'sent';
  if (message.album !== null && (await asAlbum(deps, side, message))) return 'sent';
  await sendOne(deps, side, message);
  return 'sent';
}

/** What Telegram does not take as an album, such as with a caption that its byline makes too long, goes one by one. */
async function asAlbum(deps: SenderDeps, side: RelaySide, message: RelayFacts): Promise<boolean> {
  try {
    return await sendAlbum(deps, side, message);
  } catch (error) {
    if (isUncopyable(error)) return false;
    throw error;
  }
}

async function sendOne(deps: SenderDeps, side: RelaySide, message: RelayFacts): Promise<void> {
  const relayed = await openRelayed(deps, message, side.target);
  let sent: Sent;
  try {
    sent = await carry(deps, side, relayed);
  } catch (error) {
    if (!isUncopyable(error)) throw error;
    sent = await sendPlaceholder(deps, side, relayed);
  }
  const copy =
    side.target === 'staff' ? { staffMessageId: sent.messageId } : { telegramMessageId: sent.messageId };
  if (sent.bylineId !== undefined) await saveByline(deps.db, message.id, sent.bylineId);
  if (sent.pollId !== undefined) await saveSentPoll(deps.db, sent.pollId, message.id);
  if (await linkCopy(deps.db, message.id, copy)) return;
  // It was deleted in Telegram while it was on its way.
  await deps.api.deleteMessage(side.chatId, sent.messageId);
}

/** A topic that is gone is another matter than a message that may not be copied. */
function isUncopyable(error: unknown): boolean {
  return (
    error instanceof GrammyError &&
    error.error_code === 400 &&
    !/thread|topic|chat not/i.test(error.description)
  );
}

async function tellUnsendable(deps: SenderDeps, message: RelayFacts): Promise<SendOutcome> {
  const { sessionId } = message;
  await putDelivery(deps.db, {
    ...{ projectId: deps.project.id, sessionId, target: 'staff', now: deps.clock() },
    content: { kind: 'message-note', messageId: message.id, note: 'business-no-reply' },
  });
  return 'refused';
}

/** A topic is open to all of the group, so what only some may read is not shown there at all. */
async function sendNote(deps: SenderDeps, side: RelaySide, readers: readonly Role[]): Promise<void> {
  const { say, list } = speechToStaff(deps);
  const roles = list(readers.map((role) => say(`role-${role}`)));
  const text = readers.length > 0 ? say('narrowed', { roles }) : say('narrowed-to-nobody');
  await deps.api.sendMessage(
    side.chatId,
    text,
    side.topicId === undefined ? {} : { message_thread_id: side.topicId },
  );
}
