import { HttpError } from 'grammy';
import { AppError, isRetryable } from '../domain/errors.ts';
import { isReadingRefused } from '../telegram/patient-replies.ts';

/** Classes of PostgreSQL errors that pass by themselves: connection, resources, shutdown, serialisation. */
const PASSING = /^(08|53|57P|40)/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Whether an error says that a service is away for now, so that the same update is tried again, rather
 * than that the update cannot be handled, so that it is set aside.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof HttpError || isReadingRefused(error)) return true;
  if (error instanceof AppError) return isRetryable(error.code);
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return PASSING.test(code) || NETWORK.has(code);
  // The pool and the client say it in words when a connection ends under a query, or did before it.
  return (
    error instanceof Error &&
    /connection terminated|is not queryable|timeout (exceeded|expired)/i.test(error.message)
  );
}
