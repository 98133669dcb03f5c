import { createHash } from 'node:crypto';
import { InlineKeyboard } from 'grammy';
import { describe } from '../domain/next-step-words.ts';
import type { ApprovalFacts } from '../db/approval-cards.ts';
import { nextStepOf, type Life } from '../db/life.ts';
import { describeTarget } from '../domain/holds.ts';
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
    redated: 'A date was told that its period counts from.',
    jurisdiction: 'Where the customer lives was corrected.',
    held: 'Held.',
    released: 'Released.',
    'release-asked': 'Its release waits for a second person.',
    archived: 'The messages are sealed in the archive store.',
    review: 'The retention period is over.',
    lapsed: 'The review window passed without a decision.',
    decided: 'The review is decided.',
    blocked: 'The customer has blocked the bot: the last answer was not delivered.',
    undelivered: 'Telegram refused the last answer: it was not delivered. It is kept in the session.',
    unsubscribed: 'The customer wants no more contact: no answer reaches them until they write again.',
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

/** The decisions of a review, and the way to the tags it can be relabelled with. */
export function reviewKeyboard(sessionId: string, round: number): InlineKeyboard {
  // Telegram allows 64 bytes of callback data: a letter, the id's 36 and the round.
  const data = (decision: string) => `r:${decision}:${sessionId}:${round}`;
  return new InlineKeyboard()
    .text('Approve deletion', data('approve'))
    .row()
    .text('Keep 30 days more', data('extend'))
    .text('Hold', data('hold'))
    .row()
    .text('Relabel…', data('relabel'));
}

/** A keyboard that nobody scrolls through. */
const MOST_CHOICES = 12;

/** The tags that would keep a session longer, each with the date it would have. */
export function relabelKeyboard(
  session: { sessionId: string; round: number },
  choices: readonly { tag: string; keepUntil: Date }[],
): InlineKeyboard {
  const { sessionId, round } = session;
  const keyboard = new InlineKeyboard();
  for (const { tag, keepUntil } of choices.slice(0, MOST_CHOICES))
    keyboard
      .text(
        `${tag} → until ${keepUntil.toISOString().slice(0, 10)}`,
        `r:tag:${sessionId}:${round}:${tagKey(tag)}`,
      )
      .row();
  return keyboard.text('Back', `r:back:${sessionId}:${round}`);
}

/** A tag in a button: of 64 bytes, id and round leave too few for the longest tag. */
export function tagKey(tag: string): string {
  return createHash('sha256').update(tag).digest('hex').slice(0, 8);
}

const APPROVAL_HEADS: Readonly<Record<string, string>> = {
  policy: 'A policy that keeps sessions for a shorter time',
  'hold-release': 'The release of a hold',
  erasure: 'The erasure of a customer',
};

/** The card of what waits for a second person. */
export function approvalCard(approval: ApprovalFacts): {
  text: string;
  keyboard: InlineKeyboard | undefined;
} {
  const head = APPROVAL_HEADS[approval.kind] ?? approval.kind;
  const facts = [
    ...approval.holds.map((hold) => `On ${describeTarget(hold)}: ${hold.reason}`),
    `Asked for by ${shortActor(approval.requested_by)} at ${date(approval.requested_at)}`,
    ...(approval.reason ? [`Reason: ${approval.reason}`] : []),
  ];
  if (approval.outcome) {
    const decided = `${approval.outcome === 'approved' ? 'Approved' : 'Refused'} by ${shortActor(approval.decided_by ?? '')}.`;
    return { text: [`✔️ ${head}`, ...facts, decided].join('\n'), keyboard: undefined };
  }
  const keyboard = new InlineKeyboard()
    .text('Approve', `a:approved:${approval.id}`)
    .text('Refuse', `a:refused:${approval.id}`);
  return { text: [`✋ ${head} waits for a second person`, ...facts].join('\n'), keyboard };
}

/** Staff by the beginning of their id, never by a name. */
function shortActor(id: string): string {
  return /^[0-9a-f-]{36}$/.test(id) ? `staff ${id.slice(0, 8)}` : id;
}

/** What those who decide deletions are told when the breaker pauses them. */
export function pausedCard(project: string): { text: string; keyboard: InlineKeyboard | undefined } {
  return {
    text: `⛔ The deletions of ${project} are paused: more of the archive would go in one day than its policy lets. Nothing is deleted until compliance resumes them.`,
    keyboard: new InlineKeyboard().text('Resume deletions', 'b:resume'),
  };
}

/** What they are told when compliance resumes them. */
export function resumedCard(project: string): { text: string; keyboard: InlineKeyboard | undefined } {
  return { text: `▶️ The deletions of ${project} go on.`, keyboard: undefined };
}

/** What supervisors and compliance are called for when the audit log cannot be relied on. */
export function auditAlarmCard(what: string): { text: string; keyboard: InlineKeyboard | undefined } {
  return { text: `🚨 ${what}: retention audit verify`, keyboard: undefined };
}

function date(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
