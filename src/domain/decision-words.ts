import { Temporal } from 'temporal-polyfill';
import { decisiveLine, type Decision, type TraceLine } from './decision.ts';

/**
 * A decision in sentences that a customer can read: the date and the rule that decided it, then every rule
 * that applied, with its period, the day it counts from, the day it asks for, its reason and its source.
 * Days and hours are those of the project's time zone.
 */
export function decisionInWords(
  decision: Decision,
  { policyVersion, timeZone }: { policyVersion: number; timeZone: string },
): string[] {
  const { keepUntil, decidedBy, spreadMs, trace } = decision;
  const precision = trace.some(isShort) ? 'second' : 'day';
  const day = (instant: string) => inWords(instant, timeZone, precision);
  return [
    `Kept until ${inWords(keepUntil, timeZone, precision === 'day' ? 'minute' : precision)}, by ${named(decidedBy)} (policy version ${policyVersion}).`,
    ...trace.map((line) => `${sentenceOf(line, day)}${resultOf(line, decision)}`),
    ...(spreadMs > 0
      ? [
          `${inLength(spreadMs)} more: every session has its own fixed time within the day, so that not all end at once.`,
        ]
      : []),
  ];
}

function named(rule: string): string {
  if (rule === 'base') return 'the base period';
  return rule === 'extension' ? 'a decision of a supervisor' : `the rule ${rule}`;
}

const VERBS = { baseline: 'keeps', cap: 'keeps at most', minimum: 'keeps at least' } as const;

function sentenceOf(line: TraceLine, day: (instant: string) => string): string {
  if (line.effect === 'extension') return `A supervisor extended it to ${day(line.asks)}.`;
  const pack = line.pack ? ` (pack ${line.pack})` : '';
  const rule = line.rule === 'base' ? 'The base period' : `The rule ${line.rule}${pack}`;
  const start = `${startInWords(line.from ?? 'closure')} on ${day(line.startsAt ?? line.asks)}`;
  const duty =
    line.duty === 'legal' ? ' This is a duty by law.' : line.duty ? ' This is a duty by contract.' : '';
  const source = line.source ? ` Source: ${line.source}.` : '';
  const because = line.rule === 'base' ? '' : `, because ${line.because.replace(/\.$/, '')}`;
  return `${rule} ${VERBS[line.effect]} ${inLength(line.period ?? 'PT0S')} from ${start}, which is until ${day(line.asks)}${because}.${duty}${source}`;
}

/** What came of a line, beside the others; with the rule that outweighs it, where one does. */
export interface Outcome {
  readonly what: 'decides' | 'outweighed-legal' | 'outweighed' | 'stricter';
  readonly rule: string;
}

/** What came of a line, if there is anything to say. */
export function outcomeOf(line: TraceLine, { decidedBy, trace }: Decision): Outcome | undefined {
  if (line.rule === decidedBy) return { what: 'decides', rule: line.rule };
  const decisive = decisiveLine(trace);
  const isUpper = line.effect === 'cap' || line.effect === 'baseline';
  if (isUpper && decisive.effect === 'minimum' && line.asks < decisive.asks)
    return { what: decisive.duty === 'legal' ? 'outweighed-legal' : 'outweighed', rule: decisive.rule };
  if (isUpper && line.asks > decisive.asks) return { what: 'stricter', rule: decisive.rule };
  return undefined;
}

function resultOf(line: TraceLine, decision: Decision): string {
  const outcome = outcomeOf(line, decision);
  switch (outcome?.what) {
    case 'decides':
      return ' This decides.';
    case 'outweighed-legal':
      return ` The legal minimum of the rule ${outcome.rule} outweighs it.`;
    case 'outweighed':
      return ` The minimum of the rule ${outcome.rule} outweighs it.`;
    case 'stricter':
      return ' A stricter period applies.';
    case undefined:
      return '';
  }
}

function startInWords(from: string): string {
  switch (from) {
    case 'closure':
      return 'the closure';
    case 'last-message':
      return 'the last message';
    case 'majority':
      return 'the coming of age';
    default:
      return from.endsWith(', at latest')
        ? `the latest date that ${from.slice(0, -', at latest'.length)} can have`
        : `the event ${from}`;
  }
}

/** `P1Y6M` as `1 year, 6 months`; a number of milliseconds to the minute. */
function inLength(length: string | number): string {
  const duration =
    typeof length === 'string'
      ? Temporal.Duration.from(length)
      : Temporal.Duration.from({ milliseconds: length }).round({
          largestUnit: 'hour',
          smallestUnit: length < 60_000 ? 'second' : 'minute',
          roundingMode: 'ceil',
        });
  return duration.toLocaleString('en', { style: 'long' });
}

/** Whether days alone would not tell the start of a line from its end. */
export function isShort({ startsAt, asks }: TraceLine): boolean {
  return startsAt !== undefined && Date.parse(asks) - Date.parse(startsAt) < TWO_DAYS_MS;
}

const TWO_DAYS_MS = 2 * 86_400_000;

function inWords(instant: string | Date, timeZone: string, precision: 'day' | 'minute' | 'second'): string {
  const timeStyle = { day: undefined, minute: 'short', second: 'medium' } as const;
  const at = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: timeStyle[precision],
    timeZone,
  });
  return `${at.format(new Date(instant))}${precision === 'day' ? '' : ` (${timeZone})`}`;
}
