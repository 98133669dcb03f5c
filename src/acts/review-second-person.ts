import type { Transaction } from 'kysely';
import type { Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { areOnePerson } from './second-person.ts';

/**
 * Records the first of two approvals of a deletion, where the policy asks for two; the caller holds the
 * session's lock.
 *
 * @returns whether it is the first, so that the review goes on; false where the deletion is approved now
 * @throws AppError `not_allowed` to whoever gave the first, to a token of theirs, and to an author whom nobody
 *   has identified
 */
export async function waitsForSecond(
  tx: Transaction<Tables>,
  life: Life,
  act: { actor: Actor; now: Date },
): Promise<boolean> {
  if (!life.policy.review.secondPerson) return false;
  if (act.actor.role === 'temporal')
    throw new AppError(
      'not_allowed',
      `The deletion of session ${life.sessionId} needs two people, and a signal proves nobody’s identity. Approve it in Telegram, in the console or with: retention review approve`,
    );
  const round = { session_id: life.sessionId, round: life.round };
  const { approved_by: first } = await tx
    .selectFrom('review')
    .select('approved_by')
    .where('session_id', '=', round.session_id)
    .where('round', '=', round.round)
    .executeTakeFirstOrThrow();
  if (first !== null && (await areOnePerson(tx, first, act.actor.id)))
    throw new AppError(
      'not_allowed',
      `You approved the deletion of session ${life.sessionId} already: a second person has to approve it too.`,
      { refusal: 'approved-yourself' },
    );
  if (first !== null) return false;
  await tx
    .updateTable('review')
    .set({ approved_by: act.actor.id, approved_at: act.now })
    .where('session_id', '=', round.session_id)
    .where('round', '=', round.round)
    .execute();
  return true;
}
