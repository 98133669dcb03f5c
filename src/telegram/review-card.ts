import { createHash } from 'node:crypto';
import { InlineKeyboard } from 'grammy';
import { nextStepOf, type Life } from '../db/life.ts';
import type { ReviewFacts } from '../db/reviews.ts';
import { timeLeft } from '../domain/review-reminders.ts';
import { shortActor, shortId } from './cards.ts';
import { nextStepText } from './next-step-text.ts';
import type { Speech } from './texts.ts';

/** A text with buttons under it, while there is something to press. */
export interface Card {
  readonly text: string;
  readonly keyboard: InlineKeyboard | undefined;
}

/**
 * The card of a review round as supervisors see it: what it is about, how long is left, what silence will do,
 * and in the end who decided what.
 */
export function reviewCard(
  speech: Speech,
  life: Life,
  review: ReviewFacts & { round: number },
  now: Date,
): Card {
  const { say } = speech;
  const head = say('review-head', { id: shortId(life.sessionId), round: review.round });
  const ended = review.ended ? [decidedText(speech, review)] : [];
  if (life.phase === 'deleted')
    return { text: [`🗑 ${head}`, say('review-deleted'), ...ended].join('\n'), keyboard: undefined };
  // What an erasure keeps is for compliance alone, what it takes for nobody; a card is for all supervisors.
  if (life.restrictedAt) return { text: `🔒 ${head}\n${say('next-restricted')}`, keyboard: undefined };
  if (life.erased) return { text: `🗑 ${head}\n${say('next-delete-now')}`, keyboard: undefined };
  const facts = factLines(speech, life, review);
  if (review.ended)
    return {
      text: [`✔️ ${head}`, ...facts, ...ended, nextStepText(speech, nextStepOf(life))].join('\n'),
      keyboard: undefined,
    };
  const lines = [silenceText(speech, review, now), ...secondPersonLines(speech, life, review)];
  return {
    text: [`⏳ ${head}`, ...facts, ...lines].join('\n'),
    keyboard: reviewKeyboard(speech, life.sessionId, review.round),
  };
}

function factLines({ say }: Speech, life: Life, { messages, keepRule }: ReviewFacts): string[] {
  const closed = life.closedAt ? date(life.closedAt) : '–';
  return [
    say('review-dates', { opened: date(life.openedAt), closed }),
    say('review-messages', { messages }),
    life.tags.length > 0 ? say('review-tags', { tags: life.tags.join(', ') }) : say('review-no-tags'),
    ...(keepRule ? [say('review-kept-by', { rule: keepRule })] : []),
  ];
}

/** How long is left of a review, and what follows when nobody decides. */
export function silenceText(
  speech: Speech,
  { dueAt, onSilence }: Pick<ReviewFacts, 'dueAt' | 'onSilence'>,
  now: Date,
): string {
  const said = { left: leftText(speech, dueAt, now), date: date(dueAt) };
  return speech.say(`review-silence-${onSilence}`, said);
}

/** How long is left until an instant. */
export function leftText({ say }: Speech, until: Date, now: Date): string {
  const left = timeLeft(until, now);
  return left.unit === 'none' ? say('left-none') : say(`left-${left.unit}`, { count: left.count });
}

function secondPersonLines(speech: Speech, life: Life, { approvedBy, approvedAt }: ReviewFacts): string[] {
  if (!life.policy.review.secondPerson) return [];
  if (!approvedBy || !approvedAt) return [speech.say('review-needs-two')];
  const who = shortActor(speech, approvedBy);
  return [speech.say('review-approved-once', { who, at: date(approvedAt) })];
}

/** Who decided what and when. `you` is the staff id of whoever reads it. */
export function decidedText(
  speech: Speech,
  { ended, endedBy, endedAt, approvedBy }: Pick<ReviewFacts, 'ended' | 'endedBy' | 'endedAt' | 'approvedBy'>,
  you?: string,
): string {
  const { say, list } = speech;
  const at = endedAt ? date(endedAt) : '–';
  if (ended === null) return '';
  if (ended === 'silence-delete' || ended === 'silence-hold') return say(`review-ended-${ended}`, { at });
  const named = (id: string) => (id === you ? say('review-you') : shortActor(speech, id));
  const first = ended === 'approve' && approvedBy ? [approvedBy] : [];
  return say(`review-ended-${ended}`, { who: list([...first, endedBy ?? ''].map(named)), at });
}

/** The decisions of a review, and the way to the tags it can be relabelled with. */
export function reviewKeyboard({ say }: Speech, sessionId: string, round: number): InlineKeyboard {
  // Telegram allows 64 bytes of callback data: a letter, the id's 36 and the round.
  const data = (decision: string) => `r:${decision}:${sessionId}:${round}`;
  return new InlineKeyboard()
    .text(say('button-approve-deletion'), data('approve'))
    .row()
    .text(say('button-keep-30-days'), data('extend'))
    .text(say('button-hold'), data('hold'))
    .row()
    .text(say('button-relabel'), data('relabel'))
    .text(say('button-next'), `d:next:${sessionId}`);
}

/** A keyboard that nobody scrolls through. */
const MOST_CHOICES = 12;

/** The tags that would keep a session longer, each with the date it would have. */
export function relabelKeyboard(
  { say }: Speech,
  session: { sessionId: string; round: number },
  choices: readonly { tag: string; keepUntil: Date }[],
): InlineKeyboard {
  const { sessionId, round } = session;
  const keyboard = new InlineKeyboard();
  for (const { tag, keepUntil } of choices.slice(0, MOST_CHOICES))
    keyboard
      .text(
        say('button-tag-until', { tag, date: keepUntil.toISOString().slice(0, 10) }),
        `r:tag:${sessionId}:${round}:${keyOf(tag)}`,
      )
      .row();
  return keyboard.text(say('button-back'), `r:back:${sessionId}:${round}`);
}

/** A tag or a rule in a button: of 64 bytes, id and round leave too few for the longest. */
export function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8);
}

/** An instant as staff read it. */
export function date(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
