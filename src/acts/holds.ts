import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { lockLife, type Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';

/**
 * Places a hold: nothing of the session is destroyed while it lasts. Either it commits, or the deletion
 * has begun and it is refused; never both.
 *
 * @throws AppError `deletion_began`, `phase_conflict`, `input_invalid`
 */
export async function placeHold(
  deps: ActDeps,
  act: { sessionId: string; reason: string; endsAt?: Date; actor: Actor; now: Date },
): Promise<string> {
  if (!act.reason.trim())
    throw new AppError(
      'input_invalid',
      `A hold on session ${act.sessionId} needs a reason. Example: --reason "claim 4711"`,
    );
  if (act.endsAt && act.endsAt <= act.now)
    throw new AppError('input_invalid', `A hold cannot end at ${act.endsAt.toISOString()}: that has passed.`);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    if (answerTo('hold', life, act.now) !== 'take') throw phaseConflict('hold', life);
    const id = await insertHold(tx, life, act);
    await interruptReview(tx, life, act);
    await record(tx, life, {
      actor: act.actor,
      action: 'hold.placed',
      now: act.now,
      event: { kind: 'held' },
      status: 'held',
    });
    return id;
  });
}

/** Writes the hold's row; the caller holds the session's lock. */
export async function insertHold(
  tx: Transaction<Tables>,
  life: Pick<Life, 'sessionId'>,
  hold: { reason: string; endsAt?: Date; actor: Actor; now: Date },
): Promise<string> {
  const id = randomUUID();
  await tx
    .insertInto('hold')
    .values({
      id,
      session_id: life.sessionId,
      reason: hold.reason,
      author: hold.actor.id,
      placed_at: hold.now,
      ends_at: hold.endsAt ?? null,
    })
    .execute();
  return id;
}

/** A review that a hold cuts short starts anew, with a full window, once nothing holds the session. */
async function interruptReview(tx: Transaction<Tables>, life: Life, act: { actor: Actor; now: Date }) {
  if (life.phase !== 'review') return;
  await tx
    .updateTable('review')
    .set({ ended: 'interrupted', ended_by: act.actor.id, ended_at: act.now })
    .where('session_id', '=', life.sessionId)
    .where('round', '=', life.round)
    .where((eb) => eb.or([eb('ended', 'is', null), eb('ended', 'in', ['approve', 'silence-delete'])]))
    .execute();
}

/** Releases every hold in force on a session. @throws AppError `not_found` when there is none. */
export async function releaseHolds(
  deps: ActDeps,
  act: { sessionId: string; actor: Actor; now: Date },
): Promise<number> {
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const released = await tx
      .updateTable('hold')
      .set({ released_at: act.now, released_by: act.actor.id })
      .where('session_id', '=', act.sessionId)
      .where('released_at', 'is', null)
      .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', act.now)]))
      .executeTakeFirst();
    const count = Number(released.numUpdatedRows);
    if (count === 0) throw new AppError('not_found', `Nothing holds session ${act.sessionId}.`);
    await record(tx, life, {
      actor: act.actor,
      action: 'hold.released',
      counts: { holds: count },
      now: act.now,
      event: { kind: 'released' },
      status: 'released',
    });
    return count;
  });
}
