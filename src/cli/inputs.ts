import { InvalidArgumentError } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { AppError } from '../domain/errors.ts';

const MOST = 10_000;

/** Reads how many lines to show, or which review round is meant. */
export function parseCount(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MOST)
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST}.`);
  return limit;
}

/**
 * Reads an instant with its offset (`2030-01-31T12:00:00Z`), or a date (`2030-01-31`), which is its
 * beginning in the given time zone.
 *
 * @throws AppError `input_invalid` naming the option
 */
export function parseInstant(text: string, timeZone: string, option: string): Date {
  try {
    const instant = /^\d{4}-\d{2}-\d{2}$/.test(text)
      ? Temporal.PlainDate.from(text).toZonedDateTime(timeZone).toInstant()
      : Temporal.Instant.from(text);
    return new Date(instant.epochMilliseconds);
  } catch {
    throw new AppError(
      'input_invalid',
      `${option} ${JSON.stringify(text)} is not a date. Write 2030-01-31, or 2030-01-31T12:00:00Z.`,
    );
  }
}

const REASON = /^[A-Za-z0-9._#-]{1,40}$/;

/**
 * Reads the reason for looking into an archive: a word or a ticket number, because it goes into the audit,
 * which holds no free text.
 */
export function parseReadReason(text: string): string {
  if (!REASON.test(text))
    throw new InvalidArgumentError(
      'Expected a word or a ticket number of letters, digits and . _ # - (at most 40). Example: TICKET-4711',
    );
  return text;
}
