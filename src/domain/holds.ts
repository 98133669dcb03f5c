import { Temporal } from 'temporal-polyfill';
import { AppError } from './errors.ts';

/** What a hold is on: one session, all of a subject, or all that a query finds, now or later. */
export interface HoldTarget {
  readonly scope: 'session' | 'subject' | 'query';
  readonly session_id: string | null;
  readonly subject_id: string | null;
  readonly tag: string | null;
  readonly opened_from: Date | null;
  readonly opened_before: Date | null;
}

/**
 * The instants between which a session of these days was opened: from the beginning of the first day to
 * the end of the last one, by the calendar of a time zone. A day that is left out leaves that side open.
 *
 * @param days dates such as `2026-01-31`
 * @throws AppError `input_invalid`
 */
export function openedBetween(
  days: { readonly first?: string; readonly last?: string },
  timeZone: string,
): { from: Date | null; before: Date | null } {
  const first = days.first === undefined ? null : dayOf(days.first);
  const last = days.last === undefined ? null : dayOf(days.last);
  if (first && last && Temporal.PlainDate.compare(first, last) > 0)
    throw new AppError('input_invalid', `The last day ${days.last} lies before the first, ${days.first}.`);
  return {
    from: first && beginningOf(first, timeZone),
    before: last && beginningOf(last.add({ days: 1 }), timeZone),
  };
}

/** What a hold is on, in words for people; no names, ids shortened. */
export function describeTarget(hold: HoldTarget): string {
  if (hold.session_id) return `session ${hold.session_id.slice(0, 8)}`;
  if (hold.subject_id) return `every session of subject ${hold.subject_id.slice(0, 8)}`;
  const tagged = hold.tag === null ? '' : ` tagged ${hold.tag}`;
  const from = hold.opened_from === null ? '' : ` from ${instant(hold.opened_from)}`;
  const before = hold.opened_before === null ? '' : ` until ${instant(hold.opened_before)}`;
  return `every session${tagged}${from || before ? ` opened${from}${before}` : ''}`;
}

/**
 * Checks what is said of a hold before it is placed.
 *
 * @param what it is to be on
 * @throws AppError `input_invalid`
 */
export function checkHold(
  hold: { readonly reason: string; readonly endsAt?: Date; readonly now: Date },
  what: string,
): void {
  if (!hold.reason.trim())
    throw new AppError('input_invalid', `A hold on ${what} needs a reason. Example: --reason "claim 4711"`, {
      refusal: 'hold-without-reason',
    });
  if (hold.endsAt && hold.endsAt <= hold.now)
    throw new AppError(
      'input_invalid',
      `A hold cannot end at ${hold.endsAt.toISOString()}: that has passed.`,
    );
}

function dayOf(text: string): Temporal.PlainDate {
  // A date alone: Temporal would take the day out of an instant, whatever its offset.
  if (/^\d{4}-\d{2}-\d{2}$/.test(text))
    try {
      return Temporal.PlainDate.from(text, { overflow: 'reject' });
    } catch {
      // Told below.
    }
  throw new AppError('input_invalid', `${JSON.stringify(text)} is not a day. Write 2026-01-31.`);
}

function beginningOf(day: Temporal.PlainDate, timeZone: string): Date {
  return new Date(day.toZonedDateTime(timeZone).epochMilliseconds);
}

function instant(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
