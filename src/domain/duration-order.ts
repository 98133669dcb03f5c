import { Temporal } from 'temporal-polyfill';
import type { IsoDuration } from './durations.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Whether a duration ends before another one that begins at the same instant: for any beginning, in any
 * time zone. `P365D` does, compared with `P12M`, since some years have 366 days. Where clocks that change
 * could decide, as between `P1D` and `PT24H`, the answer is yes.
 */
export function mayEndEarlier(duration: IsoDuration, than: IsoDuration): boolean {
  const [ours, theirs] = [partsOf(duration), partsOf(than)];
  if (ours.months >= theirs.months && ours.days >= theirs.days && ours.ms >= theirs.ms) return false;
  // Far apart, the calendar decides nothing, and its 720 beginnings cost 5 ms for each two periods (measured).
  const apart = roughDays(ours) - roughDays(theirs);
  if (Math.abs(apart) > CLOSE_DAYS) return apart < 0;
  // A clock that changes moves the hours of a day against a day, by two hours at most.
  const slack = ours.ms === theirs.ms ? 0 : 2 * HOUR_MS;
  const ahead = ours.ms - theirs.ms - slack;
  return BEGINNINGS.some((start) => daysAfter(start, ours, theirs) * DAY_MS + ahead < 0);
}

interface Parts {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

function partsOf(text: IsoDuration): Parts {
  const { years, months, weeks, days, hours, minutes, seconds, milliseconds } = Temporal.Duration.from(text);
  const time = Temporal.Duration.from({ hours, minutes, seconds, milliseconds });
  return { months: years * 12 + months, days: weeks * 7 + days, ms: time.total('milliseconds') };
}

function roughDays({ months, days, ms }: Parts): number {
  return months * MEAN_MONTH_DAYS + days + ms / DAY_MS;
}

// Of 400 years. Any number of months is within four days of so many mean ones, and clocks add hours.
const MEAN_MONTH_DAYS = 146_097 / 4_800;
const CLOSE_DAYS = 10;

function daysAfter(start: Temporal.PlainDate, ours: Parts, theirs: Parts): number {
  const end = ({ months, days }: Parts) => start.add({ months, days });
  return end(theirs).until(end(ours)).days;
}

// The first 28 days of a month are as far from those of another month; the rest may meet its end. The years
// have every distance to a leap day that there is, and to 2100, which has none.
const BEGINNINGS = [
  2023,
  2024,
  2025,
  2026,
  2027,
  ...Array.from({ length: 10 }, (_, at) => 2095 + at),
].flatMap((year) =>
  Array.from({ length: 12 }, (_, at) => at + 1).flatMap((month) =>
    [1, 29, 30, 31].map((day) => Temporal.PlainDate.from({ year, month, day })),
  ),
);
