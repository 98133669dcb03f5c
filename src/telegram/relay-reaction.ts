import { GrammyError } from 'grammy';
import type { ReactionType } from 'grammy/types';
import { linkCopy } from '../db/messages.ts';
import type { RelayFacts } from '../db/relay-facts.ts';
import { speechToStaff } from './customer-speech.ts';
import { openRelayed, type Relayed } from './relay-content.ts';
import { placed, type RelaySide } from './relay-side.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

/**
 * Shows a reaction on the copy of its message, or says it in the topic where Telegram lets a bot set none: in
 * a group several people react, and a bot has one reaction; custom emoji are not for bots.
 */
export async function sendReaction(
  deps: SenderDeps,
  side: RelaySide,
  message: RelayFacts,
): Promise<SendOutcome> {
  if (side.replyTo === undefined) return 'gone';
  const relayed = await openRelayed(deps, message, side.target);
  const reactions = (relayed.content.extra?.['reaction'] ?? []) as ReactionType[];
  const isPlain = message.kind === 'reaction' && reactions.every(({ type }) => type === 'emoji');
  if (isPlain && message.sessionKind !== 'group' && side.businessId === undefined) {
    if (await react(deps, side.chatId, side.replyTo, reactions)) return 'sent';
  }
  if (side.target === 'customer') {
    const set = isPlain && side.businessId === undefined;
    return set && (await react(deps, side.chatId, side.replyTo, reactions)) ? 'sent' : 'refused';
  }
  const said = await deps.api.sendMessage(side.chatId, wordsOf(deps, relayed, reactions), placed(side));
  await linkCopy(deps.db, message.id, { staffMessageId: said.message_id });
  return 'sent';
}

/** Telegram lets a chat allow some emoji only: then it is said instead. */
async function react(
  { api }: SenderDeps,
  chatId: number,
  messageId: number,
  reactions: ReactionType[],
): Promise<boolean> {
  try {
    await api.setMessageReaction(chatId, messageId, reactions.slice(-1));
    return true;
  } catch (error) {
    if (error instanceof GrammyError && error.error_code === 400) return false;
    throw error;
  }
}

function wordsOf(deps: SenderDeps, { message, content, byline }: Relayed, reactions: ReactionType[]): string {
  const { say } = speechToStaff(deps);
  const head = byline === '' ? '' : `${byline}: `;
  if (message.kind === 'poll_answer') {
    const chosen = (content.extra?.['poll_answer'] as { options?: number[] } | undefined)?.options ?? [];
    // Telegram counts options from nought, people from one.
    const options = chosen.map((at) => `${at + 1}`).join(', ');
    return head + (options ? say('relay-poll-answer', { options }) : say('relay-poll-answer-none'));
  }
  const emoji = reactions.map((one) => (one.type === 'emoji' ? one.emoji : '⭐')).join(' ');
  return head + (emoji ? say('relay-reaction', { emoji }) : say('relay-reaction-none'));
}
