import type { ErrorCode } from '../../domain/errors.ts';

type Status = 400 | 403 | 404 | 409 | 500 | 503;

/** The status of each way to say no. */
const STATUS: Partial<Record<ErrorCode, Status>> = {
  not_found: 404,
  not_allowed: 403,
  input_invalid: 400,
  config_invalid: 500,
  phase_conflict: 409,
  already_decided: 409,
  wrong_round: 409,
  held: 409,
  deletion_began: 409,
  key_destroyed: 409,
  object_exists: 409,
  object_changed: 409,
  object_locked: 409,
  rows_changed: 409,
  store_unavailable: 503,
  clock_skewed: 503,
  not_running: 503,
};

const TITLES: Record<Status, string> = {
  400: 'That cannot be used as it is',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible as things stand',
  500: 'Something went wrong here',
  503: 'Not reachable just now',
};

/** How an error of this service is told on a page. */
export function errorPage(code: ErrorCode): { readonly status: Status; readonly title: string } {
  const status = STATUS[code] ?? 500;
  return { status, title: TITLES[status] };
}
