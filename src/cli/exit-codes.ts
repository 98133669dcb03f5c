import { AppError, type ErrorCode } from '../domain/errors.ts';

/** What the exit code of a command says. */
export const EXIT = { fine: 0, unexpected: 1, usage: 2, notFound: 3, refused: 4, unreachable: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The same for people, as `--help` shows it. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  something unexpected failed
  2  wrong usage, wrong input or wrong configuration
  3  what the command names does not exist
  4  refused: the session's state does not allow it, or somebody decided first
  5  a service cannot be reached or is not ready
  6  import alone: done, but for what its report lists`;

const EXIT_OF: Record<ErrorCode, ExitCode> = {
  config_invalid: EXIT.usage,
  input_invalid: EXIT.usage,
  not_found: EXIT.notFound,
  already_running: EXIT.refused,
  not_allowed: EXIT.refused,
  phase_conflict: EXIT.refused,
  already_decided: EXIT.refused,
  wrong_round: EXIT.refused,
  held: EXIT.refused,
  deletion_began: EXIT.refused,
  key_destroyed: EXIT.refused,
  object_exists: EXIT.refused,
  object_changed: EXIT.refused,
  object_locked: EXIT.refused,
  clock_skewed: EXIT.unreachable,
  not_running: EXIT.unreachable,
  store_unavailable: EXIT.unreachable,
  translation_unavailable: EXIT.unreachable,
  tool_missing: EXIT.unreachable,
  key_unknown: EXIT.unexpected,
  sealed_text_damaged: EXIT.unexpected,
  object_missing: EXIT.unexpected,
  archive_damaged: EXIT.unexpected,
  audit_damaged: EXIT.unexpected,
  rows_changed: EXIT.unexpected,
};

/** PostgreSQL's way of saying that the schema is missing or older than this program. */
const SCHEMA_MISSING = new Set(['42P01', '42703', '3F000']);
/** Wrong role or password, no such database. */
const CONNECTION_REFUSED = /^(28|3D)/;

/**
 * Turns whatever a command threw into an exit code and one line for people: what happened, to what, what
 * to do next. A foreign error's own message stays out: it may quote a row.
 */
export function explain(
  error: unknown,
  isOutage: (error: unknown) => boolean,
): { exitCode: ExitCode; message: string } {
  if (error instanceof AppError)
    return { exitCode: EXIT_OF[error.code], message: error.message.replace(/\s*\n\s*/g, '; ') };
  const code = codeOf(error);
  if (SCHEMA_MISSING.has(code))
    return {
      exitCode: EXIT.unreachable,
      message: `The database lacks tables of this version (${code}). Bring it up to date with: retention migrate`,
    };
  if (CONNECTION_REFUSED.test(code))
    return {
      exitCode: EXIT.unreachable,
      message: `The database turned the connection away (${code}). Check RETENTION_DATABASE_URL and RETENTION_KEYS_DATABASE_URL.`,
    };
  if (isOutage(error))
    return {
      exitCode: EXIT.unreachable,
      message: `The database cannot be reached (${code || 'the connection broke'}). Start the service with npm start, or check RETENTION_DATABASE_URL.`,
    };
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    exitCode: EXIT.unexpected,
    message: `Something unexpected failed: ${[kind, code, placeOf(error)].filter(Boolean).join(' ')}. Report this line together with the command.`,
  };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** The first place in this project's own code that the error went through. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const own = stack.split('\n').find((line) => /^\s+at /.test(line) && !/node_modules|node:/.test(line));
  const place = /((?:src|activities|workflows)\/[^\s():]+:\d+)/.exec(own ?? '')?.[1];
  return place ? `at ${place}` : '';
}
