import { GrammyError } from 'grammy';
import type { Message } from 'grammy/types';
import { speechToStaff, unlessGone } from './customer-speech.ts';
import { underByline, type Relayed } from './relay-content.ts';
import { placed, type RelaySide } from './relay-side.ts';
import { sendAnew } from './relay-anew.ts';
import type { SenderDeps } from './sending.ts';

/** What a message became on the other side. */
export interface Sent {
  readonly messageId: number;
  /** The poll it asks there. */
  readonly pollId?: string;
  /** The line above it that says who sent it. */
  readonly bylineId?: number;
}

/** Telegram's own bounds, with room for who said it. */
const LONGEST = { text: 4096, caption: 1024 };

const CAPTIONED = new Set(['photo', 'video', 'animation', 'audio', 'document', 'voice']);

/** Brings one message to a side: copied where Telegram can, else sent anew. */
export async function carry(deps: SenderDeps, side: RelaySide, relayed: Relayed): Promise<Sent> {
  try {
    return await carryOnce(deps, side, relayed);
  } catch (error) {
    // What is quoted was edited since: the answer goes without it.
    const lost = error instanceof GrammyError && /QUOTE/i.test(error.description);
    if (!lost || relayed.quote === undefined) throw error;
    const { quote: _, ...rest } = relayed;
    return carryOnce(deps, side, rest);
  }
}

async function carryOnce(deps: SenderDeps, side: RelaySide, relayed: Relayed): Promise<Sent> {
  const { api } = deps;
  const { from } = side;
  const { message, quote } = relayed;
  const whole = underByline(relayed);
  const place = placed(side, quote);
  const { kind } = message;
  if (!from || needsNumber(relayed, side)) return sendNew(deps, side, relayed);
  if (relayed.byline === '') {
    const { message_id } = await api.copyMessage(side.chatId, from.chatId, from.messageId, place);
    return { messageId: message_id };
  }
  if (kind === 'text' && whole.text.length <= LONGEST.text) {
    const sent = await api.sendMessage(side.chatId, whole.text, { ...place, entities: whole.entities });
    return { messageId: sent.message_id };
  }
  if (CAPTIONED.has(kind) && whole.text.length <= LONGEST.caption) {
    const caption = { caption: whole.text, caption_entities: whole.entities };
    const copied = await api.copyMessage(side.chatId, from.chatId, from.messageId, { ...place, ...caption });
    return { messageId: copied.message_id };
  }
  const head = await api.sendMessage(side.chatId, `${relayed.byline}:`, place);
  const under = placed({ ...side, replyTo: head.message_id });
  try {
    const { message_id } = await api.copyMessage(side.chatId, from.chatId, from.messageId, under);
    return { messageId: message_id, bylineId: head.message_id };
  } catch (error) {
    // Nobody would know of the name any more, and an erasure could not take it away.
    await unlessGone(() => api.deleteMessage(side.chatId, head.message_id));
    throw error;
  }
}

/** Telegram tells of answers to a poll, and takes new positions of a live location, only for those sent anew. */
function needsNumber({ message, content }: Relayed, { target }: RelaySide): boolean {
  if (message.kind === 'poll') return target === 'customer';
  const location = content.extra?.['location'] as { live_period?: number } | undefined;
  return location?.live_period !== undefined;
}

async function sendNew(deps: SenderDeps, side: RelaySide, relayed: Relayed): Promise<Sent> {
  const sent = await sendAnew(deps.api, side, relayed);
  return sent ? sentAs(sent) : sendPlaceholder(deps, side, relayed);
}

function sentAs({ message_id, poll }: Message): Sent {
  return { messageId: message_id, ...(poll && { pollId: poll.id }) };
}

/** Says that something came which cannot be shown here. Customers are told nothing of it, staff are. */
export async function sendPlaceholder(deps: SenderDeps, side: RelaySide, relayed: Relayed): Promise<Sent> {
  const { say } = speechToStaff(deps);
  const kind = relayed.message.kind;
  if (side.target === 'customer')
    throw new GrammyError(
      `a message of kind ${kind} cannot be sent on`,
      { ok: false, error_code: 400, description: 'Bad Request: this kind of message cannot be sent on' },
      'copyMessage',
      {},
    );
  const told = say('relay-not-shown', { kind: kind.replaceAll('_', ' ') });
  const lines = [relayed.byline && `${relayed.byline}:`, relayed.text, told].filter(Boolean);
  const sent = await deps.api.sendMessage(side.chatId, lines.join('\n').slice(0, LONGEST.text), placed(side));
  return { messageId: sent.message_id };
}
