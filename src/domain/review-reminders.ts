const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How many hours before the end of a review its supervisors are reminded. */
export const REMINDER_HOURS = [168, 72, 24, 4] as const;

/**
 * A reminder fits a review that was open for so long by then: one of seven days is shown when it opens, and
 * not reminded of in the same breath, even in the week in which the clocks go back.
 */
export const OPEN_FOR_HOURS = 2;

/** What is left until an instant, in the unit in which people think of it. */
export type TimeLeft =
  { readonly unit: 'days' | 'hours' | 'minutes'; readonly count: number } | { readonly unit: 'none' };

/** How long is left until an instant: days from two on, hours from two on, then minutes. */
export function timeLeft(until: Date, now: Date): TimeLeft {
  const left = until.getTime() - now.getTime();
  if (left <= 0) return { unit: 'none' };
  if (left >= 47.5 * HOUR_MS) return { unit: 'days', count: Math.round(left / (24 * HOUR_MS)) };
  if (left >= 1.5 * HOUR_MS) return { unit: 'hours', count: Math.round(left / HOUR_MS) };
  return { unit: 'minutes', count: Math.max(1, Math.round(left / MINUTE_MS)) };
}
