import { Temporal } from 'temporal-polyfill';

/** When supervisors of a project are written to, by the clock of its time zone. */
export interface ReviewTimes {
  /** The digest, as `09:00`. */
  readonly digestAt: string;
  /** From when to when nothing rings, as `['22:00', '07:00']`; over midnight where the second is earlier. */
  readonly quiet: readonly [string, string] | 'off';
  readonly timeZone: string;
}

/** So long before a review ends nobody's sleep counts for more than the deletion. */
const LAST_CALL_MS = 4 * 3_600_000;

/**
 * When a message may be sent: at once, or when the quiet hours end. Never later than four hours before the
 * deadline, where there is one.
 */
export function soundsAt(now: Date, times: Pick<ReviewTimes, 'quiet' | 'timeZone'>, deadline?: Date): Date {
  const end = endOfQuiet(now, times);
  const latest = deadline ? deadline.getTime() - LAST_CALL_MS : Infinity;
  return new Date(Math.max(now.getTime(), Math.min(end.getTime(), latest)));
}

/** When the quiet hours end in which an instant lies; the instant itself where it lies in none. */
function endOfQuiet(now: Date, { quiet, timeZone }: Pick<ReviewTimes, 'quiet' | 'timeZone'>): Date {
  if (quiet === 'off') return now;
  const [from, until] = quiet;
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);
  const clock = clockOf(local);
  if (!isBetween(clock, from, until)) return now;
  const day = clock < until ? local.toPlainDate() : local.toPlainDate().add({ days: 1 });
  const end = day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(until) });
  return new Date(end.epochMilliseconds);
}

/** Whether a time of day such as `23:30` lies in quiet hours. */
export function isBetween(clock: string, from: string, until: string): boolean {
  return from <= until ? clock >= from && clock < until : clock >= from || clock < until;
}

/**
 * The day whose digest is due by now, in the project's time zone; `undefined` before its hour, and in quiet
 * hours: a digest that was missed is not worth waking anybody.
 */
export function digestDay(now: Date, { digestAt, quiet, timeZone }: ReviewTimes): string | undefined {
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);
  if (clockOf(local) < digestAt || endOfQuiet(now, { quiet, timeZone }) > now) return undefined;
  return local.toPlainDate().toString();
}

function clockOf(local: Temporal.ZonedDateTime): string {
  return local.toPlainTime().toString({ smallestUnit: 'minute' });
}
