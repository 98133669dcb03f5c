import type { Transaction } from 'kysely';
import { lockLife, type Life } from '../db/life.ts';
import type { Tables } from '../db/tables.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { answerTo } from '../domain/phases.ts';
import { decide, tagName } from '../domain/policy.ts';
import type { ActDeps } from './deps.ts';
import { close, phaseConflict } from './lifecycle.ts';
import { record } from './record.ts';

/** What a change of tags led to. */
export interface TagOutcome {
  readonly changed: boolean;
  /** The new date of an archived session; `null` while it has none. */
  readonly keepUntil: Date | null;
}

/**
 * Adds or removes a tag. `spam` closes an open session, which then skips the archive. An archived
 * session gets its new date at once; one in review whose new date lies ahead goes back to the archive.
 *
 * @throws AppError `input_invalid` for a tag that is none, `deletion_began` or `phase_conflict` when too late
 */
export async function changeTag(
  deps: ActDeps,
  act: { sessionId: string; tag: string; change: 'add' | 'remove'; actor: Actor; now: Date },
): Promise<TagOutcome> {
  const tag = parseTag(act.tag);
  return deps.db.transaction().execute(async (tx) => {
    const life = await lockLife(tx, act.sessionId, act.now);
    const answer = answerTo(tag === 'spam' ? 'spam' : 'tag', life, act.now);
    if (answer === 'refuse') throw phaseConflict('tag', life);
    if (!(await applyTag(tx, life, { ...act, tag }))) return { changed: false, keepUntil: life.keepUntil };
    if (answer === 'close' && act.change === 'add')
      await close(tx, life, { reason: 'spam', closedAt: act.now });
    const keepUntil = await redecide(tx, await lockLife(tx, act.sessionId, act.now), act);
    await record(tx, life, {
      actor: act.actor,
      action: act.change === 'add' ? 'tag.added' : 'tag.removed',
      reason: tag,
      now: act.now,
      event: { kind: 'tagged' },
      status: 'tagged',
    });
    return { changed: true, keepUntil };
  });
}

/** @throws AppError `input_invalid` */
export function parseTag(text: string): string {
  const parsed = tagName.safeParse(text.trim().toLowerCase());
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      `Not a tag: ${parsed.error.issues[0]?.message ?? ''}. Example: refund`,
    );
  return parsed.data;
}

/** Writes or removes the tag's row; `false` when nothing changed. */
export async function applyTag(
  tx: Transaction<Tables>,
  life: Life,
  act: { tag: string; change: 'add' | 'remove'; actor: Actor; now: Date },
): Promise<boolean> {
  if (act.change === 'remove') {
    const removed = await tx
      .deleteFrom('session_tag')
      .where('session_id', '=', life.sessionId)
      .where('tag', '=', act.tag)
      .executeTakeFirst();
    return removed.numDeletedRows > 0n;
  }
  const added = await tx
    .insertInto('session_tag')
    .values({
      session_id: life.sessionId,
      tag: act.tag,
      origin: 'manual',
      added_by: act.actor.id,
      added_at: act.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Gives an archived session the date its tags now ask for. */
export async function redecide(
  tx: Transaction<Tables>,
  life: Life,
  act: { actor: Actor; now: Date },
): Promise<Date | null> {
  if ((life.phase !== 'archived' && life.phase !== 'review') || !life.closedAt) return null;
  const { keepUntil } = decide(life.policy, {
    sessionId: life.sessionId,
    closedAt: life.closedAt,
    tags: life.tags,
    extendedUntil: life.extendedUntil,
    timeZone: life.timeZone,
  });
  const keptLonger = life.phase === 'review' && life.review?.ended === null && keepUntil > act.now;
  if (keptLonger)
    await tx
      .updateTable('review')
      .set({ ended: 'relabel', ended_by: act.actor.id, ended_at: act.now })
      .where('session_id', '=', life.sessionId)
      .where('round', '=', life.round)
      .execute();
  await tx
    .updateTable('session')
    .set({
      keep_until: keepUntil,
      policy_version: life.policyVersion,
      ...(keptLonger && { phase: 'archived' as const }),
    })
    .where('id', '=', life.sessionId)
    .execute();
  return keepUntil;
}
