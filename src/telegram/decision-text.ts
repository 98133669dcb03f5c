import type { Decision, TraceLine } from '../domain/decision.ts';
import { isShort, outcomeOf } from '../domain/decision-words.ts';
import type { HoldTarget } from '../domain/holds.ts';
import type { Speech } from './texts.ts';

/** A decision as staff read it. */
export interface DecisionTexts {
  /** Until when, and by which rule. */
  readonly kept: string;
  /** Every rule that applied, and what came of it. */
  readonly trace: readonly string[];
  /** The line among them that decided. */
  readonly decisive: string | undefined;
}

/** A decision in the language of the project, rule by rule. */
export function decisionTexts(speech: Speech, decision: Decision, policyVersion: number): DecisionTexts {
  const { say, moment, period } = speech;
  const { keepUntil, decidedBy, spreadMs } = decision;
  const day = decision.trace.some(isShort) ? moment : speech.day;
  const lines = decision.trace.map((line) => lineText(speech, line, decision, day));
  const at = decision.trace.findIndex(({ rule }) => rule === decidedBy);
  return {
    kept: say('decision-kept', {
      date: moment(keepUntil),
      rule: named(speech, decidedBy),
      version: policyVersion,
    }),
    trace: [
      ...lines,
      ...(spreadMs > 0 ? [say('decision-spread', { period: period(lengthOf(spreadMs)) })] : []),
    ],
    decisive: lines[at],
  };
}

type Day = (instant: Date) => string;

function named({ say }: Speech, rule: string): string {
  if (rule === 'base' || rule === 'extension') return say(`decision-by-${rule}`);
  return say('decision-by-rule', { rule });
}

function lineText(speech: Speech, line: TraceLine, decision: Decision, day: Day): string {
  const { say } = speech;
  const outcome = outcomeOf(line, decision);
  return [
    effectText(speech, line, day),
    ...(line.rule === 'base' || line.effect === 'extension'
      ? []
      : [say('decision-because', { reason: line.because.replace(/\.$/, '') })]),
    ...(line.duty ? [say(`decision-duty-${line.duty}`)] : []),
    ...(line.source ? [say('decision-source', { source: line.source })] : []),
    ...(outcome ? [say(`decision-${outcome.what}`, { rule: outcome.rule })] : []),
  ].join(' ');
}

function effectText(speech: Speech, line: TraceLine, day: Day): string {
  const { say, period } = speech;
  const date = day(new Date(line.asks));
  if (line.effect === 'extension') return say('decision-extended', { date });
  const { rule, pack } = line;
  return say(`decision-${line.effect}`, {
    rule:
      rule === 'base'
        ? say('decision-base')
        : pack
          ? say('decision-pack-rule', { rule, pack })
          : say('decision-rule', { rule }),
    period: period(line.period ?? 'PT0S'),
    start: startText(speech, line.from ?? 'closure', day(new Date(line.startsAt ?? line.asks))),
    date,
  });
}

const AT_LATEST = ', at latest';

function startText({ say }: Speech, from: string, date: string): string {
  if (from === 'closure' || from === 'last-message' || from === 'majority')
    return say(`decision-from-${from}`, { date });
  return from.endsWith(AT_LATEST)
    ? say('decision-from-event-latest', { event: from.slice(0, -AT_LATEST.length), date })
    : say('decision-from-event', { event: from, date });
}

/** To the minute, and of less than one to the second. */
function lengthOf(milliseconds: number): string {
  if (milliseconds < 60_000) return `PT${Math.ceil(milliseconds / 1000)}S`;
  const minutes = Math.ceil(milliseconds / 60_000);
  const hours = Math.floor(minutes / 60);
  return `PT${hours > 0 ? `${hours}H` : ''}${minutes % 60 > 0 ? `${minutes % 60}M` : ''}`;
}

/** What a hold is on; no names, ids shortened. */
export function targetText({ say, list, day }: Speech, hold: HoldTarget): string {
  if (hold.session_id) return say('target-session', { id: hold.session_id.slice(0, 8) });
  if (hold.subject_id) return say('target-subject', { id: hold.subject_id.slice(0, 8) });
  const which = [
    ...(hold.tag === null ? [] : [say('target-tagged', { tag: hold.tag })]),
    ...(hold.opened_from === null ? [] : [say('target-from', { date: day(hold.opened_from) })]),
    ...(hold.opened_before === null ? [] : [say('target-before', { date: day(hold.opened_before) })]),
  ];
  return which.length > 0 ? say('target-query', { which: list(which) }) : say('target-all');
}
