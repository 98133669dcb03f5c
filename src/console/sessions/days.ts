import { Temporal } from 'temporal-polyfill';

/** When a day begins in a time zone. */
export function beginningOf(day: string, timeZone: string): Date {
  return new Date(Temporal.PlainDate.from(day).toZonedDateTime(timeZone).toInstant().epochMilliseconds);
}

/** When the day after it begins. */
export function endOf(day: string, timeZone: string): Date {
  const next = Temporal.PlainDate.from(day).add({ days: 1 });
  return new Date(next.toZonedDateTime(timeZone).toInstant().epochMilliseconds);
}
