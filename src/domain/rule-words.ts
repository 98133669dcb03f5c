import { durationInWords } from './durations.ts';
import type { Policy } from './policy.ts';

type Rule = Policy['rules'][number];

/** A rule as a line of a table reads it. */
export interface RuleWords {
  /** What it does. */
  readonly does: string;
  /** When it applies. */
  readonly applies: string;
  /** For how long, and from when on. */
  readonly period: string;
}

/** What a rule says, in words for staff. */
export function ruleInWords(rule: Rule): RuleWords {
  const { keep, keepAtMost, keepAtLeast, duty, exemptFromErasure, readers, attachments } = rule;
  const does = [
    keep && 'keeps',
    keepAtMost && 'keeps at most',
    keepAtLeast && `keeps at least${duty ? `, by ${duty === 'legal' ? 'law' : 'contract'}` : ''}`,
    exemptFromErasure && 'outweighs an erasure request',
    readers && `readable by ${readers.join(' and ')} alone`,
    attachments && 'attachments as references only',
  ];
  const period = keep ?? keepAtMost ?? keepAtLeast;
  return {
    does: does.filter(Boolean).join('; '),
    applies: conditionsInWords(rule.when),
    period: period ? `${durationInWords(period)} from ${startInWords(rule.from)}` : '–',
  };
}

function conditionsInWords(when: Rule['when']): string {
  const named = Object.entries(when).flatMap(([name, value]: [string, unknown]) =>
    value === undefined ? [] : [name === 'authorized' ? consent(value) : `${name} ${anyOf(value)}`],
  );
  return named.length > 0 ? named.join(' and ') : 'always';
}

function consent(value: unknown): string {
  return value === true ? 'the customer agreed to longer' : 'the customer did not agree to longer';
}

function anyOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' or ') : String(value);
}

const STARTS = { closure: 'closure', 'last-message': 'the last message', majority: 'coming of age' } as const;

function startInWords(from: Rule['from']): string {
  return typeof from === 'string'
    ? STARTS[from]
    : `${from.event}, at latest ${durationInWords(from.atLatest)} after closure`;
}
