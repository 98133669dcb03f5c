import { addDuration } from './durations.ts';
import type { Policy } from './policy.ts';

/** What a policy says of customers of whom nothing is heard any more. */
export type InactivityRule = Exclude<Policy['inactivity'], 'off'>;

/** What there is to know of a subject's silence. */
export interface SilenceFacts {
  /** The last interaction of any kind: message, command, button or inline query. */
  readonly lastSeenAt: Date;
  /** When the customer blocked the bot; `null` while they have not. */
  readonly blockedAt: Date | null;
  readonly warnedAt: Date | null;
}

export type InactivityStep = 'none' | 'warn' | 'erase';

/**
 * What is to be done about a silent subject now. Nobody is erased without the whole time to answer a warning,
 * however late that was given; who has blocked the bot cannot be warned, and is erased without.
 */
export function inactivityStep(
  rule: InactivityRule,
  facts: SilenceFacts,
  now: Date,
  timeZone: string,
): InactivityStep {
  const since = silentSince(facts);
  if (facts.blockedAt) return addDuration(since, rule.eraseAfter, timeZone) <= now ? 'erase' : 'none';
  if (facts.warnedAt && facts.warnedAt > since)
    return eraseAt(rule, since, facts.warnedAt, timeZone) <= now ? 'erase' : 'none';
  return warnAt(rule, since, timeZone) <= now ? 'warn' : 'none';
}

/** When a subject that is warned now would be erased. */
export function announcedErasure(
  rule: InactivityRule,
  facts: SilenceFacts,
  now: Date,
  timeZone: string,
): Date {
  return eraseAt(rule, silentSince(facts), now, timeZone);
}

function silentSince({ lastSeenAt, blockedAt }: SilenceFacts): Date {
  return blockedAt && blockedAt > lastSeenAt ? blockedAt : lastSeenAt;
}

function warnAt({ eraseAfter, warnBefore }: InactivityRule, since: Date, timeZone: string): Date {
  const end = addDuration(since, eraseAfter, timeZone);
  return addDuration(end, `-${warnBefore}`, timeZone);
}

function eraseAt(rule: InactivityRule, since: Date, warnedAt: Date, timeZone: string): Date {
  const silent = addDuration(since, rule.eraseAfter, timeZone);
  const warned = addDuration(warnedAt, rule.warnBefore, timeZone);
  return silent > warned ? silent : warned;
}
