import { InlineKeyboard } from 'grammy';
import type { BulkPlan, BulkResult } from '../acts/review-bulk.ts';
import type { DigestFacts, WaitingRule } from '../db/digests.ts';
import type { LeftOut } from '../domain/review-bulk.ts';
import { shortActor } from './cards.ts';
import { date, keyOf, leftText, type Card } from './review-card.ts';
import type { Speech } from './texts.ts';

/** What waits for the supervisors of a project: counts and deadlines, what silence will do, and the ways on. */
export function digestCard(
  speech: Speech,
  digest: { project: string; facts: DigestFacts; rules: readonly WaitingRule[]; now: Date },
): Card {
  const { project, facts, rules, now } = digest;
  const { say } = speech;
  if (facts.waiting === 0) {
    const lines = [`☀️ ${say('digest-none', { project })}`, ...heldLines(speech, facts)];
    return { text: lines.join('\n'), keyboard: undefined };
  }
  const keyboard = nextKeyboard(speech);
  if (rules.length > 0) keyboard.row().text(say('button-approve-rule'), 'd:rules');
  return { text: `☀️ ${waitingText(speech, project, facts, now)}`, keyboard };
}

function waitingText(speech: Speech, project: string, facts: DigestFacts, now: Date): string {
  const { say, list } = speech;
  const { waiting, withinDay, withinThree, withinWeek, deletes, holds, nextDueAt } = facts;
  const silence = [
    ...(deletes > 0 ? [say('digest-deletes', { count: deletes })] : []),
    ...(holds > 0 ? [say('digest-holds', { count: holds })] : []),
  ];
  return [
    say('digest-waiting', { project, count: waiting }),
    say('digest-ending', { day: withinDay, three: withinThree, week: withinWeek }),
    ...(nextDueAt
      ? [say('digest-first', { date: date(nextDueAt), left: leftText(speech, nextDueAt, now) })]
      : []),
    say('digest-silence', { what: list(silence) }),
    ...(facts.withoutCard > 0 ? [say('digest-without-card', { count: facts.withoutCard })] : []),
    ...(facts.approvedOnce > 0 ? [say('digest-approved-once', { count: facts.approvedOnce })] : []),
    ...heldLines(speech, facts),
  ].join('\n');
}

function heldLines({ say }: Speech, { held }: DigestFacts): string[] {
  return held > 0 ? [say('digest-held', { count: held })] : [];
}

/** The reminder of many reviews at once. */
export function endingText(speech: Speech, project: string, facts: DigestFacts, now: Date): string {
  return `⏰ ${waitingText(speech, project, facts, now)}`;
}

/** The way to the most urgent review. */
export function nextKeyboard({ say }: Speech): InlineKeyboard {
  return new InlineKeyboard().text(say('button-next'), 'd:next');
}

/** A keyboard that nobody scrolls through. */
const MOST_RULES = 8;

/** The rules of the reviews that wait, each with its count. */
export function rulesCard(speech: Speech, rules: readonly WaitingRule[]): Card {
  const keyboard = new InlineKeyboard();
  for (const { rule, waiting } of rules.slice(0, MOST_RULES))
    keyboard.text(`${rule} (${waiting})`, `d:rule:${keyOf(rule)}`).row();
  return { text: speech.say('bulk-rules'), keyboard: withWayBack(speech, keyboard) };
}

function withWayBack({ say }: Speech, keyboard: InlineKeyboard): InlineKeyboard {
  return keyboard.text(`‹ ${say('button-back')}`, 'd:digest');
}

/** What approving all of a rule would do; asks once more. */
export function bulkCard(speech: Speech, rule: string, { id, take, more, leftOut }: BulkPlan): Card {
  const { say } = speech;
  const count = take.length;
  const left = Object.entries(leftOut).map(
    ([why, many]) => `– ${say(`bulk-left-${why as LeftOut}`, { count: many })}`,
  );
  const opened = take.map(({ openedAt }) => openedAt.getTime());
  const [oldest, newest] = [new Date(Math.min(...opened)), new Date(Math.max(...opened))];
  const text = [
    ...(count > 0
      ? [say('bulk-ask', { rule }), say('bulk-range', { count, oldest: day(oldest), newest: day(newest) })]
      : [say('bulk-none', { rule })]),
    ...(more > 0 ? [say('bulk-more', { count: more })] : []),
    ...(left.length > 0 ? [say('bulk-left-out'), ...left] : []),
    ...(count > 0 ? [say('bulk-only-these')] : []),
  ].join('\n');
  const keyboard = new InlineKeyboard();
  if (id) keyboard.text(say('button-delete-many', { count }), `d:do:${id}`).row();
  return { text, keyboard: withWayBack(speech, keyboard) };
}

/** What really came of it. */
export function resultCard(speech: Speech, { rule, approved, approvedOnce, ...rest }: BulkResult): Card {
  const { say } = speech;
  const lines = [
    say('bulk-approved', { rule, count: approved }),
    ...(approvedOnce > 0 ? [say('bulk-approved-once', { count: approvedOnce })] : []),
    ...rest.decided.map((one) => decidedLine(speech, one)),
    ...Object.entries(rest.refused).map(([code, count]) => refusedLine(speech, code, count)),
  ];
  return { text: lines.join('\n'), keyboard: withWayBack(speech, new InlineKeyboard()) };
}

function decidedLine(speech: Speech, { by, ended, count }: BulkResult['decided'][number]): string {
  if (ended === 'silence-delete' || ended === 'silence-hold')
    return speech.say('bulk-decided-silence', { count });
  return speech.say(`bulk-decided-${ended}`, { count, who: shortActor(speech, by) });
}

/** Why one of many was refused, by the error's code. */
const REFUSALS = {
  held: 'bulk-refused-held',
  phase_conflict: 'bulk-refused-phase-conflict',
  deletion_began: 'bulk-refused-deletion-began',
  wrong_round: 'bulk-refused-wrong-round',
} as const;

function refusedLine({ say }: Speech, code: string, count: number): string {
  return Object.hasOwn(REFUSALS, code)
    ? say(REFUSALS[code as keyof typeof REFUSALS], { count })
    : say('bulk-refused', { count });
}

function day(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
