import type { Standing } from './phases.ts';
import type { Role } from './roles.ts';

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

/** What was to be done to a session whose standing does not allow it. */
export type RefusedAct =
  | 'close'
  | 'reopen'
  | 'tag'
  | 'hold'
  | 'decide'
  | 'answer'
  | 'transfer'
  | 'silence'
  | 'note'
  | 'take-back'
  | 'change';

/**
 * Which refusal of its code an error is, where what to do next depends on that; a closed list. Each edge has
 * words of its own for it, filled in with what is given here: phases, roles and ids, never personal data.
 */
export type Refusal =
  | PlainRefusal
  | {
      readonly why: 'standing';
      readonly act: RefusedAct;
      readonly standing: Standing | 'restricted';
      /** When its deletion began. */
      readonly deletionBeganAt: Date | null;
    }
  | { readonly why: 'needs-role'; readonly roles: readonly Role[]; readonly have: readonly Role[] }
  | { readonly why: 'unknown-command'; readonly known: readonly string[] }
  | { readonly why: 'not-a-jurisdiction'; readonly known: readonly string[] }
  | { readonly why: 'wider-hold'; readonly holdId: string }
  | { readonly why: 'request-decided'; readonly outcome: 'approved' | 'refused'; readonly by: string };

type PlainRefusal =
  | 'anonymous'
  | 'not-on-staff'
  | 'session-unknown'
  | 'button-unknown'
  | 'several-people'
  | 'note-empty'
  | 'note-about-whom'
  | 'not-an-answer'
  | 'not-a-tag'
  | 'tag-keeps-no-longer'
  | 'no-tag-keeps-longer'
  | 'hold-without-reason'
  | 'nothing-held'
  | 'waits-already'
  | 'audit-word'
  | 'banned-already'
  | 'not-banned'
  | 'no-own-customer'
  | 'not-answering'
  | 'nobody-answers'
  | 'colleague-unknown'
  | 'request-unknown'
  | 'asked-yourself'
  | 'approved-yourself'
  | 'policy-outdated'
  | 'nothing-waits'
  | 'nothing-else-waits'
  | 'nothing-by-rule'
  | 'summary-unknown'
  | 'not-paused';

/**
 * The one error type of this project. Its message says what happened, to what, and what to do next, and
 * never carries personal data: it ends up in Temporal, in logs and on screens.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly refusal: Refusal | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; refusal?: Refusal }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.refusal = options?.refusal;
  }
}

/** Whether trying the same thing again, unchanged, can succeed. */
export function isRetryable(code: ErrorCode): boolean {
  return !PERMANENT.has(code);
}
