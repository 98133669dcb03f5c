import type { Kysely } from 'kysely';
import { sessionsByIdPrefix } from '../db/session-details.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import { when } from './output.ts';

const FEWEST_DIGITS = 6;
const SHOWN = 5;

/** How `--help` describes an id. */
export const ID_HELP = 'the id of a session, or its first 6 characters or more';

/**
 * Finds the session that an id, or the beginning of one, means.
 *
 * @throws AppError `input_invalid` when it is no id or means several sessions, `not_found`
 */
export async function findSession(db: Kysely<Tables>, text: string): Promise<string> {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]*$/.test(digits) || digits.length < FEWEST_DIGITS || digits.length > 32)
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(text)} is not the id of a session. Give at least its first ${FEWEST_DIGITS} characters; retention session list shows them.`,
    );
  const found = await sessionsByIdPrefix(db, digits, SHOWN + 1);
  const [only, ...others] = found;
  if (!only)
    throw new AppError('not_found', `There is no session ${text}. Look it up with: retention session list`);
  if (others.length === 0) return only.id;
  const shown = found
    .slice(0, SHOWN)
    .map((match) => `${match.id} (${match.projectId}, ${match.phase}, opened ${when(match.openedAt)})`);
  throw new AppError(
    'input_invalid',
    `${text} may mean ${found.length > SHOWN ? `more than ${SHOWN}` : found.length} sessions: ${shown.join(', ')}. Give more of the id.`,
  );
}
