import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError, type ErrorCode } from '../../domain/errors.ts';

/** A place in a request that cannot be used. */
export interface Fault {
  /** RFC 6901 in the body; `#/query/NAME` and the like elsewhere. */
  readonly pointer: string;
  readonly detail: string;
}

/** A problem as RFC 9457 has it. It never quotes what was sent: that may be a person's. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ContentfulStatusCode;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly Fault[];
  /** Who decided first, where somebody did. */
  readonly decision?: Readonly<Record<string, unknown>>;
}

/** An answer that is a problem. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.detail, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

const TITLES = {
  400: 'The request cannot be read',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'The method is not supported here',
  409: 'It does not go together with how things stand',
  413: 'The request is too large',
  415: 'The content type is not supported',
  422: 'The key was used for another request',
  429: 'Too many requests',
  500: 'Something unexpected failed',
  503: 'A service is away for now',
} as const;
export type ProblemStatus = keyof typeof TITLES;

/** Makes a problem. */
export function problemOf(
  status: ProblemStatus,
  code: string,
  detail: string,
  more: Pick<Problem, 'errors' | 'decision'> = {},
): Problem {
  return {
    type: `urn:telegram-retention:problem:${code}`,
    title: TITLES[status],
    ...{ status, detail, code },
    ...more,
  };
}

/** How each error code is answered: here alone. */
const STATUS_OF: Record<ErrorCode, ProblemStatus> = {
  input_invalid: 400,
  not_allowed: 403,
  not_found: 404,
  phase_conflict: 409,
  already_decided: 409,
  wrong_round: 409,
  held: 409,
  deletion_began: 409,
  key_destroyed: 409,
  rows_changed: 409,
  already_running: 409,
  object_exists: 409,
  object_changed: 409,
  object_locked: 409,
  store_unavailable: 503,
  translation_unavailable: 503,
  clock_skewed: 503,
  not_running: 503,
  tool_missing: 503,
  config_invalid: 500,
  key_unknown: 500,
  sealed_text_damaged: 500,
  object_missing: 500,
  archive_damaged: 500,
  audit_damaged: 500,
};

const UNEXPECTED = 'Something unexpected failed; it is in the log of the service. Try again later.';
const AWAY = 'A service that is needed for this is away. Try again in a moment.';

/** Turns whatever was thrown into a problem; an error of a library keeps its words to itself. */
export function problemFrom(error: unknown, isOutage: (error: unknown) => boolean): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof HTTPException && error.status < 500)
    return problemOf(400, 'input_invalid', 'The body of the request is not JSON.');
  if (!(error instanceof AppError))
    return isOutage(error) ? problemOf(503, 'unavailable', AWAY) : problemOf(500, 'unexpected', UNEXPECTED);
  const status = STATUS_OF[error.code];
  return problemOf(status, error.code, status === 500 ? UNEXPECTED : error.message);
}
