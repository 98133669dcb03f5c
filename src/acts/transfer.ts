import type { Transaction } from 'kysely';
import { recordUpdate } from '../db/inbox.ts';
import { lockLife, type Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { answerTo } from '../domain/phases.ts';
import { mayDo } from '../domain/roles.ts';
import type { ActDeps } from './deps.ts';
import { phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';

/**
 * Makes a member of staff responsible for a session.
 *
 * @throws AppError `input_invalid` for who does not answer customers, `phase_conflict`
 */
export async function transferSession(
  deps: ActDeps,
  act: { sessionId: string; to: string; actor: Actor; now: Date },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    requireShown(life, 'transfer', act.now);
    await requireAnswering(tx, life, act.to);
    await tx.updateTable('session').set({ assigned_to: act.to }).where('id', '=', act.sessionId).execute();
    await record(tx, life, {
      actor: act.actor,
      action: 'session.transferred',
      reason: `to staff ${act.to}`,
      now: act.now,
      status: 'transferred',
    });
  });
}

async function requireAnswering(tx: Transaction<Tables>, { projectId }: Life, staffId: string) {
  const member = await tx
    .selectFrom('staff')
    .select('roles')
    .where('id', '=', staffId)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (!member || !mayDo(member.roles, 'session.answer'))
    throw new AppError(
      'input_invalid',
      'A session is transferred to somebody who answers customers here. /transfer alone lists them.',
      { refusal: 'not-answering' },
    );
}

/** Turns the notification with which the session's answers arrive off, or on again. */
export async function toggleSilence(
  deps: ActDeps,
  act: { sessionId: string; botId: number; updateId: number; actor: Actor; now: Date },
): Promise<void> {
  const { sessionId, botId, updateId, now } = act;
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireShown(life, 'silence', now);
    // Done twice it would be as if it had not been done.
    if (!(await recordUpdate(tx, { botId, updateId, kind: 'message', outcome: 'handled', now }))) return;
    const { silent } = await tx
      .updateTable('session')
      .set((eb) => ({ silent: eb.not('silent') }))
      .where('id', '=', sessionId)
      .returning('silent')
      .executeTakeFirstOrThrow();
    await recordSilence(tx, life, { ...act, silent });
  });
}

/**
 * The same where nobody wrote to a bot: it names what shall be, so done twice it is as if done once.
 *
 * @throws AppError `phase_conflict`
 */
export async function setSilence(
  deps: ActDeps,
  act: { sessionId: string; silent: boolean; actor: Actor; now: Date },
): Promise<void> {
  const { sessionId, silent, now } = act;
  await deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, sessionId, now);
    requireShown(life, 'silence', now);
    const { numUpdatedRows } = await tx
      .updateTable('session')
      .set({ silent })
      .where('id', '=', sessionId)
      .where('silent', '<>', silent)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await recordSilence(tx, life, act);
  });
}

async function recordSilence(
  tx: Transaction<Tables>,
  life: Life,
  { silent, actor, now }: { silent: boolean; actor: Actor; now: Date },
): Promise<void> {
  await record(tx, life, {
    ...{ actor, now },
    action: silent ? 'session.silenced' : 'session.unsilenced',
    status: silent ? 'silent' : 'audible',
  });
}

/** What a deletion or an erasure has begun to take is not shown to anybody any more. */
function requireShown(life: Life, act: 'transfer' | 'silence', now: Date): void {
  if (life.restrictedAt !== null || answerTo('tag', life, now) === 'refuse') throw phaseConflict(act, life);
}
