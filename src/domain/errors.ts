/**
 * Every way this service says no, in one closed list.
 *
 * A code is wire contract: retry policies of running workflows match on it, so a code is never renamed
 * while a workflow that may meet it is open.
 */
export type ErrorCode =
  | 'config_invalid'
  | 'already_running'
  | 'not_running'
  | 'tool_missing'
  | 'not_found'
  | 'not_allowed'
  | 'phase_conflict'
  | 'already_decided'
  | 'wrong_round'
  | 'held'
  | 'deletion_began'
  | 'input_invalid'
  | 'key_destroyed'
  | 'key_unknown'
  | 'sealed_text_damaged'
  | 'object_exists'
  | 'object_missing'
  | 'object_changed'
  | 'object_locked'
  | 'archive_damaged'
  | 'audit_damaged'
  | 'store_unavailable'
  | 'translation_unavailable'
  | 'clock_skewed'
  | 'rows_changed';

/** Codes that no retry will mend: the caller has to change something first. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'config_invalid',
  'tool_missing',
  'not_found',
  'not_allowed',
  'phase_conflict',
  'already_decided',
  'wrong_round',
  'held',
  'deletion_began',
  'input_invalid',
  'key_destroyed',
]);

/**
 * The one error type of this project. Its message says what happened, to what, and what to do next, and
 * never carries personal data: it ends up in Temporal, in logs and on screens.
 */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

/** Whether trying the same thing again, unchanged, can succeed. */
export function isRetryable(code: ErrorCode): boolean {
  return !PERMANENT.has(code);
}
