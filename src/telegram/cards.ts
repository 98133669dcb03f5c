import { InlineKeyboard } from 'grammy';
import { describe } from '../domain/next-step-words.ts';
import { nextStepOf, type Life } from '../db/life.ts';
import type { Phase } from '../domain/phases.ts';

const SIGNS: Record<Phase, string> = { open: '🟢', closed: '🔒', archived: '📦', review: '⏳', deleted: '🗑' };

/** A session's short name for people: the beginning of its id. */
export function shortId(sessionId: string): string {
  return sessionId.slice(0, 8);
}

/** The title of a session's topic: state and short id, never a name. */
export function topicTitle(session: { sessionId: string; phase: Phase }): string {
  return `${SIGNS[session.phase]} ${session.phase} · ${shortId(session.sessionId)}`;
}

/** What the topic is told when something changed. */
export function statusText(life: Life, what: string): string {
  const tags = life.tags.length > 0 ? `\nTags: ${life.tags.join(', ')}` : '';
  const hold = life.holdEnds.length > 0 ? '\nOn hold: nothing is deleted while it lasts.' : '';
  return `${SIGNS[life.phase]} ${headline(what)}\n${describe(nextStepOf(life))}${tags}${hold}`;
}

function headline(what: string): string {
  const lines: Record<string, string> = {
    opened: 'A customer writes. Answer here; /close when it is done, /tag to label it.',
    closed: 'Closed.',
    reopened: 'Open again.',
    tagged: 'Tags changed.',
    held: 'Held.',
    released: 'Released.',
    archived: 'The messages are sealed in the archive store.',
    review: 'The retention period is over.',
    lapsed: 'The review window passed without a decision.',
    decided: 'The review is decided.',
    blocked: 'The customer has blocked the bot: the last answer was not delivered.',
    undelivered: 'Telegram refused the last answer: it was not delivered. It is kept in the session.',
    uncopied: 'A message came in that Telegram does not let be copied here. It is kept in the session.',
  };
  return lines[what] ?? what;
}

/** The card of a review round as supervisors see it: what it is about, and what silence will do. */
export function reviewCard(
  life: Life,
  review: {
    round: number;
    dueAt: Date;
    onSilence: string;
    ended: string | null;
    endedBy: string | null;
    messages: number;
  },
): { text: string; keyboard: InlineKeyboard | undefined } {
  const head = `Review of session ${shortId(life.sessionId)}, round ${review.round}`;
  const facts = [
    `Opened ${date(life.openedAt)}, closed ${life.closedAt ? date(life.closedAt) : '–'}`,
    `Messages: ${review.messages}`,
    `Tags: ${life.tags.join(', ') || 'none'}`,
  ];
  if (life.phase === 'deleted')
    return { text: `🗑 ${head}\nDeleted for good: objects, keys and rows.`, keyboard: undefined };
  if (review.ended)
    return {
      text: [`✔️ ${head}`, ...facts, `Decided: ${review.ended}.`, describe(nextStepOf(life))].join('\n'),
      keyboard: undefined,
    };
  const silence =
    review.onSilence === 'delete'
      ? `Without a decision it is deleted at ${date(review.dueAt)}.`
      : `Without a decision it is held from ${date(review.dueAt)}.`;
  return {
    text: [`⏳ ${head}`, ...facts, silence].join('\n'),
    keyboard: reviewKeyboard(life.sessionId, review.round),
  };
}

function reviewKeyboard(sessionId: string, round: number): InlineKeyboard {
  // Telegram allows 64 bytes of callback data: a letter, the id's 36 and the round.
  const data = (decision: string) => `r:${decision}:${sessionId}:${round}`;
  return new InlineKeyboard()
    .text('Approve deletion', data('approve'))
    .row()
    .text('Keep 30 days more', data('extend'))
    .text('Hold', data('hold'));
}

function date(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
