import { InlineKeyboard } from 'grammy';
import type { ApprovalFacts } from '../db/approval-cards.ts';
import { nextStepOf, type Life } from '../db/life.ts';
import type { Phase } from '../domain/phases.ts';
import { targetText } from './decision-text.ts';
import { nextStepText } from './next-step-text.ts';
import type { Speech } from './texts.ts';
import { isPlainTextId } from './texts/list.ts';

/** A text with buttons under it, while there is something to press. */
interface Card {
  readonly text: string;
  readonly keyboard: InlineKeyboard | undefined;
}

const SIGNS: Record<Phase, string> = { open: '🟢', closed: '🔒', archived: '📦', review: '⏳', deleted: '🗑' };

/** A session's short name for people: the beginning of its id. */
export function shortId(sessionId: string): string {
  return sessionId.slice(0, 8);
}

/** The title of a session's topic: state and short id, never a name. */
export function topicTitle({ say }: Speech, session: { sessionId: string; phase: Phase }): string {
  return `${SIGNS[session.phase]} ${say(`topic-${session.phase}`)} · ${shortId(session.sessionId)}`;
}

/** What the topic is told when something changed. */
export function statusText(speech: Speech, life: Life, what: string): string {
  const { say } = speech;
  const id = `status-${what}`;
  return [
    `${SIGNS[life.phase]} ${isPlainTextId(id) ? say(id) : what}`,
    nextStepText(speech, nextStepOf(life)),
    ...(life.tags.length > 0 ? [say('status-tags', { tags: life.tags.join(', ') })] : []),
    ...(life.holdEnds.length > 0 ? [say('status-on-hold')] : []),
  ].join('\n');
}

/** The card of what waits for a second person. */
export function approvalCard(speech: Speech, approval: ApprovalFacts): Card {
  const { say } = speech;
  const id = `approval-${approval.kind}`;
  const what = isPlainTextId(id) ? say(id) : approval.kind;
  const facts = [
    ...approval.holds.map((hold) =>
      say('approval-target', { target: targetText(speech, hold), reason: hold.reason }),
    ),
    say('approval-asked', {
      who: shortActor(speech, approval.requested_by),
      at: date(approval.requested_at),
    }),
    ...(approval.reason ? [say('approval-reason', { reason: approval.reason })] : []),
  ];
  if (approval.outcome) {
    const who = shortActor(speech, approval.decided_by ?? '');
    const decided = say(approval.outcome === 'approved' ? 'approval-approved' : 'approval-refused', { who });
    return { text: [`✔️ ${what}`, ...facts, decided].join('\n'), keyboard: undefined };
  }
  const keyboard = new InlineKeyboard()
    .text(say('button-approve'), `a:approved:${approval.id}`)
    .text(say('button-refuse'), `a:refused:${approval.id}`);
  return { text: [`✋ ${say('approval-waits', { what })}`, ...facts].join('\n'), keyboard };
}

/** Staff by the beginning of their id, never by a name. */
export function shortActor({ say }: Speech, id: string): string {
  return /^[0-9a-f-]{36}$/.test(id) ? say('staff-short', { id: id.slice(0, 8) }) : id;
}

/** What those who decide deletions are told when the breaker pauses them. */
export function pausedCard({ say }: Speech, project: string): Card {
  return {
    text: say('deletions-paused', { project }),
    keyboard: new InlineKeyboard().text(say('button-resume-deletions'), 'b:resume'),
  };
}

/** What they are told when compliance resumes them. */
export function resumedCard({ say }: Speech, project: string): Card {
  return { text: say('deletions-resumed', { project }), keyboard: undefined };
}

function date(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
