import type { Context } from 'grammy';
import { AppError, type ErrorCode, type Refusal } from '../domain/errors.ts';
import type { Role } from '../domain/roles.ts';
import { shortActor, shortId } from './cards.ts';
import { answerButton, speechTo } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';
import type { PlainTextId } from './texts/list.ts';

/** What is said where nothing finer is known than the code. */
const OF_CODE = {
  not_found: 'refused-not-found',
  not_allowed: 'refused-not-allowed',
  phase_conflict: 'refused-phase-conflict',
  already_decided: 'refused-already-decided',
  wrong_round: 'refused-wrong-round',
  held: 'refused-held',
  deletion_began: 'refused-deletion-began',
  input_invalid: 'refused-input-invalid',
  key_destroyed: 'refused-key-destroyed',
  rows_changed: 'refused-rows-changed',
  already_running: 'refused-rows-changed',
  store_unavailable: 'refused-away',
  translation_unavailable: 'refused-away',
  clock_skewed: 'refused-away',
  not_running: 'refused-away',
  config_invalid: 'refused-broken',
  tool_missing: 'refused-broken',
  key_unknown: 'refused-broken',
  sealed_text_damaged: 'refused-broken',
  object_exists: 'refused-broken',
  object_missing: 'refused-broken',
  object_changed: 'refused-broken',
  object_locked: 'refused-broken',
  archive_damaged: 'refused-broken',
  audit_damaged: 'refused-broken',
} as const satisfies Record<ErrorCode, PlainTextId>;

/** A refusal that the bot itself finds. */
export function refused(code: ErrorCode, refusal: Refusal): AppError {
  const why = typeof refusal === 'string' ? refusal : refusal.why;
  return new AppError(code, `The bot refused an act: ${why}.`, { refusal });
}

/** Does what a button asks for; where it is refused, the button answers with why. */
export async function orSayWhy(
  deps: DeskDeps,
  context: Context,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await answerButton(context, whyNot(deps, context, error), true);
  }
}

/** Why nothing was done, in the language of whoever asked for it. */
export function whyNot(deps: DeskDeps, context: Context, error: AppError): string {
  const { code, refusal } = error;
  // Whoever reads this is sent to an operator, who has to find it.
  if (!refusal && (OF_CODE[code] === 'refused-broken' || OF_CODE[code] === 'refused-away'))
    deps.log.error({ code, updateId: context.update.update_id }, 'an act from a chat could not be done');
  return refusalText(speechTo(deps, context), error);
}

/** The words of a refusal in a language: what is the matter, and what to do next. */
export function refusalText(speech: Speech, { code, refusal }: Pick<AppError, 'code' | 'refusal'>): string {
  const { say } = speech;
  if (!refusal) return say(OF_CODE[code]);
  if (typeof refusal === 'string') return say(`refused-${refusal}`);
  switch (refusal.why) {
    case 'standing':
      return standingText(speech, refusal);
    case 'needs-role':
      return say('refused-needs-role', {
        roles: rolesIn(speech, refusal.roles),
        have: rolesIn(speech, refusal.have),
      });
    case 'unknown-command':
      return say('refused-unknown-command', { commands: refusal.known.join(' ') });
    case 'not-a-jurisdiction':
      return say('refused-not-a-jurisdiction', { known: refusal.known.join(', ') });
    case 'wider-hold':
      return say('refused-wider-hold', { hold: shortId(refusal.holdId) });
    case 'request-decided': {
      const who = shortActor(speech, refusal.by);
      return say('refused-request-decided', { how: say(`approval-${refusal.outcome}`, { who }) });
    }
  }
}

/** How a session stands, and what that means for what was asked. */
function standingText(
  { say, day }: Speech,
  { act, standing, deletionBeganAt }: Extract<Refusal, { why: 'standing' }>,
): string {
  const is =
    standing === 'deleting' && deletionBeganAt
      ? say('refused-standing-deleting', { date: day(deletionBeganAt) })
      : say(standing === 'deleting' ? 'refused-deletion-began' : `refused-standing-${standing}`);
  return `${is} ${say(`refused-act-${act}`)}`;
}

function rolesIn({ say, list }: Speech, roles: readonly Role[]): string {
  return list(roles.map((role) => say(`role-${role}`)));
}
