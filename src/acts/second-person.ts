import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { peopleBehindToken } from '../db/tokens.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { tokenOfActor } from '../domain/tokens.ts';
import type { ActDeps } from './deps.ts';

interface Decides {
  readonly approvalId: string;
  readonly outcome: 'approved' | 'refused';
  readonly actor: Actor;
}

/**
 * An act that approves, once it is clear that a token and the person who answers for it, or who made it, are
 * not its two persons. Who stands behind a token never changes, so it is read ahead of the act.
 *
 * @throws AppError `not_allowed`
 */
export async function bySecondPerson<A extends Decides>({ db }: Pick<ActDeps, 'db'>, act: A): Promise<A> {
  if (act.outcome !== 'approved') return act;
  const approval = await db
    .selectFrom('approval')
    .select('requested_by')
    .where('id', '=', act.approvalId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  if (!approval) return act;
  if (!(await areOnePerson(db, approval.requested_by, act.actor.id))) return act;
  throw new AppError(
    'not_allowed',
    `Request ${act.approvalId} comes from you or from a token that you answer for: a second person has to approve it.`,
    { refusal: 'asked-yourself' },
  );
}

/** Whether two actors are the same human, as far as is known: a token is who owns it and who made it. */
export async function areOnePerson(db: Kysely<Tables>, one: string, other: string): Promise<boolean> {
  const those = await peopleBehind(db, one);
  return (await peopleBehind(db, other)).some((id) => those.includes(id));
}

async function peopleBehind(db: Kysely<Tables>, actorId: string): Promise<string[]> {
  const tokenId = tokenOfActor(actorId);
  return tokenId === undefined ? [actorId] : [actorId, ...(await peopleBehindToken(db, tokenId))];
}
