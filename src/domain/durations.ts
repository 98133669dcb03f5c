import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';

/** An ISO 8601 duration such as `P12M` or `PT24H`. */
export type IsoDuration = string;

/** Whether `text` is an ISO 8601 duration longer than nothing and not negative. */
export function isDuration(text: string): boolean {
  try {
    return Temporal.Duration.from(text).sign > 0;
  } catch {
    return false;
  }
}

/**
 * The instant one duration after another, by the calendar of a time zone: `P1M` after 31 January is the
 * last day of February, and a day across a change of clocks is still a day.
 */
export function addDuration(from: Date, duration: IsoDuration, timeZone: string): Date {
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(timeZone);
  return new Date(start.add(duration).epochMilliseconds);
}

/** A duration's length in milliseconds, counted from an instant by the calendar of a time zone. */
export function lengthOf(duration: IsoDuration, from: Date, timeZone: string): number {
  return addDuration(from, duration, timeZone).getTime() - from.getTime();
}

/** `P1Y6M` as `1 year, 6 months`. */
export function durationInWords(duration: IsoDuration): string {
  return Temporal.Duration.from(duration).toLocaleString('en', { style: 'long' });
}

const DAY_MS = 86_400_000;

/**
 * A fixed delay within the day, taken from the session's id, so that midnight does not wake 100,000
 * sessions at once (measured: 32 wake-ups a second is what a small machine drains). It only ever adds,
 * never more than a day nor a thirtieth of the period, so a period of seconds stays one of seconds.
 */
export function spreadOf(sessionId: string, periodMs: number): number {
  const share = createHash('sha256').update(sessionId).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor(share * Math.min(DAY_MS, periodMs / 30));
}
